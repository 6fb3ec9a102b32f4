import { Effect } from "effect"
import { DataFormat } from "../../Errors.ts"
import { generative } from "../../model/handler/generative.ts"
import type { Learned } from "../fit/Learned.ts"
import { own } from "../joint/names.ts"
import { attempt } from "../run/attempt.ts"
import type { ParametersOfDraws } from "./eachDraw.ts"
import type { Result } from "./fitted.ts"
import { type Draws, drawPosterior } from "./posterior.ts"
import { checked, drawnJoint, inputsOf } from "./simulate.ts"

export interface PredictOptions {
  /** of the draws (that of the fit) */
  readonly seed?: number
}

/** A fitted value that predicts. */
export interface Predicting<I, P> {
  readonly predict: (inputs: I, n: number, options?: PredictOptions) => Result<P>
}

/**
 * `n` joint draws of new rows from the posterior predictive of a fitted program: `fitted.predict(inputs, n)` as a function.
 *
 * @param inputs the fields of the new rows of each plate; for rows without fields how many there are
 * @throws the errors of `simulate`, but for factors, which speak of what is given
 * @example
 * ```ts
 * const line = Effect.gen(function* () {
 *   const slope = yield* sample("slope", Normal(0, 1))
 *   yield* plate("rows", (row: { readonly x: Tensor<readonly []> }) => observe("y", Normal(Tensor.of([], tf.mul(slope, row.x)), 0.1)))
 * })
 * const guided = program(line).guide(() => ({ slope: Normal(param("loc", 0), param.positive("scale", 1)) }))
 * const data = { rows: { x: Data.of([1, 2], []), y: Data.of([2, 4], []) } }
 * const predicted = Effect.flatMap(guided.fit(data, { epochs: 200 }), (fitted) =>
 *   predict(fitted, { rows: { x: Data.of([3], []) } }, 100)
 * ) // .rows.y: [100, 1]
 * ```
 */
export const predict = <I, P>(
  fitted: Predicting<I, P>,
  inputs: I,
  n: number,
  options: PredictOptions = {}
): Result<P> => fitted.predict(inputs, n, options)

/** Draws of new rows under a fit: latent sites outside of plates from its guide, those in plates from their priors, then all that is observed. */
export const predictFrom = (
  learned: Learned,
  inputs: unknown,
  n: number,
  options: PredictOptions = {},
  each?: ParametersOfDraws
): Result<Draws> =>
  Effect.gen(function* () {
    const { derived, parameters, shapes } = learned
    const seed = yield* attempt(() => checked(n, options, ["seed"], learned.seed))
    const data = yield* attempt(() => inputsOf(inputs))
    const joint = yield* attempt(() => {
      for (const [plate, fields] of Object.entries(data.plates)) mustBeFields(plate, fields, learned)
      const model = generative<unknown, never, unknown, unknown>(derived.guided.model, "leave aside")
      return drawnJoint(model, { kind: "globals", guide: derived.guided.guide }, shapes, data)
    })
    return yield* drawPosterior(joint, data, parameters, n, seed, each)
  })

const mustBeFields = (plate: string, fields: Readonly<Record<string, unknown>>, { shapes }: Learned): void => {
  const known = own(shapes.plates, plate)
  const unknown = known === undefined ? undefined : Object.keys(fields).find((name) => own(known, name) === undefined)
  if (unknown === undefined) return
  throw new DataFormat({
    path: `data.${plate}.${unknown}`,
    reason: "it was not fitted to such a field",
    advice: `The rows of '${plate}' have the fields ${Object.keys(known ?? {}).join(", ")}.`
  })
}
