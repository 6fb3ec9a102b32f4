import { Effect } from "effect"
import { showing } from "../../../display.ts"
import { type FitError, GuideMismatch, InvalidOption } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { summarise } from "../../fitted/summarise.ts"
import { attempt } from "../../run/attempt.ts"
import { type Prepared, type ProgramData, prepare } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import { type Density, densityOf, type Evaluations } from "../density.ts"
import { onSupports } from "../onSupports.ts"
import { type Target, targetOf } from "../target.ts"
import type { AnySteinDraws } from "./SteinDraws.ts"
import { type SteinDirection, steinDirection } from "./steinDirection.ts"
import { type SteinOptions, type SteinSettings, steinSettings } from "./steinSettings.ts"

/** Moves particles to the posterior of a program given data; all input is checked before. */
export const steinSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: SteinOptions
): Effect.Effect<AnySteinDraws, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => steinSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, settings.init))
    const { points, gradient, last } = yield* transported(target, data, settings)
    const posterior = yield* onSupports(target, data, settings.seed, Float32Array.from(points))
    const residual = residualOf(points, last, target.size)
    const spread = spreadOf(points, gradient, target.size)
    const found: AnySteinDraws = {
      ...posterior,
      summary: () => summarise(posterior.draws),
      ...{ bandwidth: last.bandwidth, residual, spread, advice: adviceOf(residual, spread) }
    }
    return showing(found, () => {
      const title = `${settings.particles} particles after ${settings.iterations} iterations, residual ${residual.toFixed(3)}, spread ${spread.toFixed(2)}`
      return { text: [title, String(found.summary()), ...found.advice].join("\n") }
    })
  })

interface Transported {
  /** `[particles, size]` */
  readonly points: Float64Array
  /** of the log density, and the direction in which particles would move next, at these points */
  readonly gradient: Float32Array
  readonly last: SteinDirection
}

/** Adam on the particles along Stein's direction, one evaluation of all of them an iteration. */
const transported = (
  target: Target,
  data: Prepared,
  settings: SteinSettings
): Effect.Effect<Transported, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { particles, iterations, stepSize, signal } = settings
      const density = yield* densityOf(target, data, particles)
      let { points, evaluated } = yield* begun(target, density, settings)
      const [mean, square] = [new Float64Array(points.length), new Float64Array(points.length)]
      for (let t = 1; ; t++) {
        const last = steinDirection(points, evaluated.gradient, target.size)
        if (t > iterations) return { points, gradient: evaluated.gradient, last }
        const rate = 0.5 * stepSize * (1 + Math.cos((Math.PI * (t - 1)) / iterations))
        points = points.map((x, i) => {
          const slope = last.direction[i] ?? 0
          mean[i] = 0.9 * (mean[i] ?? 0) + 0.1 * slope
          square[i] = 0.999 * (square[i] ?? 0) + 0.001 * slope ** 2
          return x + (rate * (mean[i] ?? 0)) / (1 - 0.9 ** t) / (Math.sqrt((square[i] ?? 0) / (1 - 0.999 ** t)) + 1e-8)
        })
        evaluated = yield* density(Float32Array.from(points))
        if (broken(evaluated, target.size).length > 0)
          return yield* new InvalidOption({
            option: "stepSize",
            value: String(stepSize),
            expected: `a smaller one, or values of init: after ${t} iterations the log density of a particle is not finite`
          })
        yield* Effect.yieldNow
        if (signal?.aborted === true) return yield* Effect.interrupt
      }
    })
  )

/** Particles whose log density or gradient is not finite. */
const broken = ({ logDensity, gradient }: Evaluations, size: number): ReadonlyArray<number> =>
  Array.from(logDensity, (value, i) =>
    Number.isFinite(value) && gradient.subarray(i * size, (i + 1) * size).every(Number.isFinite) ? -1 : i
  ).filter((i) => i >= 0)

/** Places where the log density is finite: each particle is drawn anew until its is, at most a hundred times. */
const begun = (
  { size, start }: Target,
  density: Density,
  { particles, seed }: SteinSettings
): Effect.Effect<{ readonly points: Float64Array; readonly evaluated: Evaluations }, FitError> =>
  Effect.gen(function* () {
    const numbers = Array.from({ length: particles }, (_, i) => numbersOf(seed, i, "particle"))
    const points = new Float64Array(particles * size)
    let open = numbers.map((_, i) => i)
    for (let round = 0; round < 100; round++) {
      for (const i of open)
        start.forEach((value, d) => {
          const drawn = 4 * (numbers[i]?.uniform() ?? 0) - 2
          // particles at one place would never part
          points[i * size + d] = Number.isNaN(value) ? drawn : value + drawn / 20
        })
      const evaluated = yield* density(Float32Array.from(points))
      open = [...broken(evaluated, size)]
      if (open.length === 0) return { points, evaluated }
    }
    return yield* new GuideMismatch({
      site: "(program)",
      reason:
        "at 100 places drawn from uniform(−2, 2) on the real numbers, the log density of a particle or its gradient was not finite. Give values near which it is: { init: { SITE: value } }"
    })
  })

/** The mean of f over the particles. */
const meanOver = (n: number, f: (i: number) => number): number => {
  let sum = 0
  for (let i = 0; i < n; i++) sum += f(i)
  return sum / n
}

const residualOf = (points: Float64Array, { direction }: SteinDirection, size: number): number => {
  const n = points.length / size
  const residuals = Array.from({ length: size }, (_, d) => {
    const centre = meanOver(n, (i) => points[i * size + d] ?? 0)
    const variance = meanOver(n, (i) => ((points[i * size + d] ?? 0) - centre) ** 2)
    return Math.sqrt(variance * meanOver(n, (i) => (direction[i * size + d] ?? 0) ** 2))
  })
  return Math.max(...residuals)
}

const spreadOf = (points: Float64Array, gradient: Float32Array, size: number): number => {
  const n = points.length / size
  const spreads = Array.from({ length: size }, (_, d) => {
    const centre = meanOver(n, (i) => points[i * size + d] ?? 0)
    return -meanOver(n, (i) => ((points[i * size + d] ?? 0) - centre) * (gradient[i * size + d] ?? 0))
  })
  return spreads.reduce((furthest, each) => (Math.abs(each - 1) > Math.abs(furthest - 1) ? each : furthest), 1)
}

const adviceOf = (residual: number, spread: number): ReadonlyArray<string> => [
  ...(residual < 0.05
    ? []
    : [
        `the particles still move (residual ${residual.toFixed(2)}, above 0.05). Ask for more iterations, or a larger stepSize.`
      ]),
  ...(Math.abs(spread - 1) < 0.2
    ? []
    : [
        `standard deviations are not those of the posterior (spread ${spread.toFixed(2)}, which is 1 for its draws): particles collapse where there are many numbers. Ask for more particles, or sample by nuts.`
      ])
]
