import { Effect } from "effect"
import { type FitError, GuideMismatch } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { belowName, locName, scaleName } from "../../model/auto/together.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import type { Prepared } from "../run/prepared.ts"
import { choleskyOf, halfway, inverseOf, solve } from "./choleskyOf.ts"
import { deriveFor } from "./deriveFor.ts"
import { type Curvature, curvatureOf } from "./hessian.ts"
import type { Learned, Problem } from "./Learned.ts"
import { settingsOf } from "./options.ts"

/** Newton's steps from where the fit ended, and how far from the mode, in nats, the last one may begin. */
const [most, nearest, tolerated] = [20, 1e-7, 1e-2]

/** How far from the mode gradients are compared, in standard deviations. */
const apart = 0.1

/**
 * The Laplace approximation (MacKay 2003, chapter 27): from the end of a fit by a point, Newton's steps to the mode of the posterior in the space of the real numbers; the
 * normal there whose precision is the Hessian of −log p. Parameters of the model stay as they were fitted.
 *
 * @param last the problem whose guide is that normal
 */
export const curvedAtMode = (
  learned: Learned,
  data: Prepared,
  last: Problem
): Effect.Effect<Learned, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { derived, shapes } = learned
      const { mode, curvature, parameters } = yield* newton(learned, data)
      const lower = yield* attempt(() => mustBePositive(choleskyOf(inverseOf(curvature.hessian))))
      const final = yield* attempt(() => deriveFor(last, shapes, settingsOf({})))
      const scales = lower.map((row, i) => row[i] ?? Number.NaN)
      const own = {
        [locName]: Float32Array.from(mode),
        [scaleName]: Float32Array.from(scales, Math.log),
        [belowName]: Float32Array.from(lower.flatMap((row, i) => row.map((x, j) => (j < i ? x / (scales[i] ?? 1) : 0))))
      }
      return {
        ...learned,
        problem: last,
        derived: { ...final, nets: derived.nets },
        plan: final.decisions.plan,
        parameters: { ...parameters, ...own }
      }
    })
  )

interface AtMode {
  readonly mode: ReadonlyArray<number>
  readonly curvature: Curvature
  readonly parameters: Parameters
}

/** The mode, by Newton's method. Its decrement ½ gᵀH⁻¹g is how many nats the mode lies below, by the quadratic form. */
const newton = ({ derived, parameters }: Learned, data: Prepared) =>
  Effect.gen(function* () {
    const from = Array.from(own(parameters, locName) ?? [])
    const evaluate = yield* curvatureOf(derived.loss, data, locName, from.length)
    const at = (mode: ReadonlyArray<number>) => evaluate({ ...parameters, [locName]: Float32Array.from(mode) })
    let [mode, curvature]: [ReadonlyArray<number>, Curvature] = [from, yield* at(from)]
    let left = Number.POSITIVE_INFINITY
    for (let step = 0; step < most && left > nearest; step++) {
      const { hessian, gradient } = curvature
      const lower = yield* attempt(() => mustBePositive(choleskyOf(hessian)))
      const move = solve(lower, gradient)
      const decrement = dot(gradient, move) / 2
      // rounding alone is left, or the quadratic form does not hold here
      if (!(decrement < left / 2)) break
      left = decrement
      mode = moved(mode, move, -1)
      curvature = yield* at(mode)
    }
    if (!(left < tolerated)) return yield* Effect.fail(notThere(`the mode is still ${left.toPrecision(2)} nats away`))
    // along d, with dᵀHd = 1, differences of the gradient must say the same as its derivative
    const lower = yield* attempt(() => mustBePositive(choleskyOf(curvature.hessian)))
    const d = halfway(
      lower,
      mode.map(() => 1 / Math.sqrt(mode.length))
    )
    const slopes = [yield* at(moved(mode, d, apart)), yield* at(moved(mode, d, -apart))].map(({ gradient }) =>
      dot(gradient, d)
    )
    const measured = ((slopes[0] ?? Number.NaN) - (slopes[1] ?? Number.NaN)) / (2 * apart)
    if (!(Math.abs(measured - 1) < 0.1))
      return yield* Effect.fail(
        new GuideMismatch({
          site: locName,
          reason: `the curvature that AutoLaplace reads is not that of the loss: along one direction its gradient changes by ${measured.toPrecision(3)} in place of 1. An op of the model may jump, or have a wrong second derivative; use Guide.multivariateNormal()`
        })
      )
    const found: AtMode = { mode, curvature, parameters }
    return found
  })

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

const moved = (x: ReadonlyArray<number>, d: ReadonlyArray<number>, by: number): ReadonlyArray<number> =>
  x.map((each, i) => each + by * (d[i] ?? 0))

const mustBePositive = (lower: ReadonlyArray<ReadonlyArray<number>> | undefined) => {
  if (lower !== undefined) return lower
  throw notThere("the curvature there is not positive in each direction, so it is no mode of the posterior")
}

const notThere = (reason: string): GuideMismatch =>
  new GuideMismatch({
    site: locName,
    reason: `AutoLaplace needs the mode, and where the fit ended ${reason}. Fit for more epochs or with another learning rate, or use Guide.multivariateNormal()`
  })
