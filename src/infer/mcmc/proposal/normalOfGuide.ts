import { Effect } from "effect"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import { onCpu } from "../../../engine/backend.ts"
import type { Engine } from "../../../engine/Engine.ts"
import { drawingJoint } from "../../fit/derive.ts"
import type { Learned } from "../../fit/Learned.ts"
import { drawPosterior } from "../../fitted/posterior.ts"
import { mustBeWeighable } from "../../fitted/weighedDraws.ts"
import { attempt } from "../../run/attempt.ts"
import { type Prepared, shapesOf } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import type { Density } from "../density.ts"
import { dot, plus } from "../hamiltonian.ts"
import { type Metric, metricEstimateOf } from "../metric.ts"
import { onReals } from "../smc/priorVectors.ts"
import type { Target } from "../target.ts"

/** A normal distribution of vectors. */
export interface NormalVectors {
  /** `[n, size]`, in single precision */
  readonly draws: (n: number, seed: number) => Float32Array
  readonly density: Density
}

/** How many draws of the guide there are, and up to how many numbers covariances are estimated beside variances. */
const [n, mostDense] = [1000, 100]

/**
 * The normal distribution on the real numbers that has the mean and the covariance of a thousand draws of a guide (variances alone for more than 100 numbers): the guide itself, for normals and their images, and close to it
 * for most others. It has a density everywhere, which guides that draw several sites together do not tell for given values.
 */
export const normalOfGuide = (
  { derived, parameters }: Learned,
  target: Target,
  data: Prepared,
  seed: number
): Effect.Effect<NormalVectors, FitError, Engine> =>
  Effect.gen(function* () {
    const { size } = target
    const joint = yield* attempt(() => {
      mustBeWeighable(derived.sampled)
      return drawingJoint(derived, shapesOf(data))
    })
    const drawn = yield* drawPosterior(joint, data, parameters, n, seed)
    const vectors = onCpu(() => onReals(target, drawn, n))
    const estimate = metricEstimateOf(size > mostDense ? "diagonal" : "dense", size)
    const mean = new Float64Array(size)
    for (let i = 0; i < n; i++) {
      const vector = Float64Array.from(vectors.subarray(i * size, (i + 1) * size))
      estimate.add(vector)
      for (let d = 0; d < size; d++) mean[d] = (mean[d] ?? 0) + (vector[d] ?? 0) / n
    }
    const metric = estimate.metric()
    if (metric !== undefined && mean.every(Number.isFinite)) return normalVectors(mean, metric)
    return yield* new GuideMismatch({
      site: "(program)",
      reason:
        "draws of its guide have no finite covariance on the real numbers: some lie at the end of a support. Sample with smc or nuts of the program"
    })
  })

/** N(mean, M⁻¹) */
export const normalVectors = (mean: Float64Array, metric: Metric): NormalVectors => {
  const size = mean.length
  const constant = -(size * Math.log(2 * Math.PI) + metric.logDeterminant) / 2
  return {
    draws: (n, seed) => {
      const numbers = numbersOf(seed, 0, "guide")
      const vectors = new Float32Array(n * size)
      for (let i = 0; i < n; i++) vectors.set(plus(mean, metric.velocity(metric.momentum(numbers))), i * size)
      return vectors
    },
    density: (vectors) =>
      Effect.sync(() => {
        const logDensity = new Float32Array(vectors.length / size)
        const gradient = new Float32Array(vectors.length)
        for (let i = 0; i < logDensity.length; i++) {
          const away = mean.map((x, d) => (vectors[i * size + d] ?? Number.NaN) - x)
          const slope = metric.precision(away)
          logDensity[i] = constant - dot(away, slope) / 2
          for (let d = 0; d < size; d++) gradient[i * size + d] = -(slope[d] ?? Number.NaN)
        }
        return { logDensity, gradient }
      })
  }
}
