import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { drawingJoint } from "../fit/derive.ts"
import type { Learned } from "../fit/Learned.ts"
import type { ParametersOfDraws } from "../fitted/eachDraw.ts"
import { drawLogLikelihood } from "../fitted/logLikelihood.ts"
import { drawPosterior } from "../fitted/posterior.ts"
import { predictFrom } from "../fitted/predict.ts"
import { attempt } from "../run/attempt.ts"
import { initialParameters } from "../run/initial.ts"
import { type Prepared, shapesOf } from "../run/prepared.ts"
import { sizeOfLayout } from "../step/fromVector.ts"
import type { AnySampledPosterior } from "./SampledPosterior.ts"
import type { Target } from "./target.ts"

/**
 * Vectors of real numbers as draws of the posterior: those of latent sites on their supports, of sites that are summed out given these, and of computed values.
 *
 * @param vectors `[n, size]`
 */
export const onSupports = (
  target: Target,
  data: Prepared,
  seed: number,
  vectors: Float32Array
): Effect.Effect<AnySampledPosterior, FitError, Engine> =>
  drawsAt(learnedOf(target, data, seed), data, { layout: target.layout, vectors })

/** Draws of the posterior at given parameters of a guide that is a point. */
export const drawsAt = (
  learned: Learned,
  data: Prepared,
  each: ParametersOfDraws
): Effect.Effect<AnySampledPosterior, FitError, Engine> => {
  const { derived, parameters, seed } = learned
  const n = each.vectors.length / sizeOfLayout(each.layout)
  const draws = Effect.flatMap(
    attempt(() => drawingJoint(derived, shapesOf(data))),
    (joint) => drawPosterior(joint, data, parameters, n, seed, each)
  )
  return Effect.map(draws, (draws) => ({
    draws,
    logLikelihood: () => drawLogLikelihood(derived.joint, { data, parameters, n, seed, each }),
    predict: (inputs, options = {}) => predictFrom(learned, inputs, n, options, each)
  }))
}

/** A fitted value whose guide is a point: its parameters are those of each draw. */
const learnedOf = ({ derived, layout, fixed }: Target, data: Prepared, seed: number): Learned => ({
  problem: { guided: () => derived.guided, per: "total" },
  plan: derived.decisions.plan,
  shapes: shapesOf(data),
  derived,
  parameters: { ...fixed, ...initialParameters(layout, 0) },
  history: [],
  sizes: data.sizes,
  seed,
  stopped: false
})
