import { Effect, type Stream } from "effect"
import type { Dist } from "../dist/Dist.ts"
import type { Accepts, Support } from "../dist/Support.ts"
import type { FitError } from "../Errors.ts"
import type { Engine } from "../engine/Engine.ts"
import { withParams } from "../model/Param.ts"
import type { CheckEncoder, DataFor } from "../model/Program.ts"
import { observe, plate, sample } from "../model/Site.ts"
import { type Shape, type Tensor, typed } from "../tensor/Tensor.ts"
import { record } from "../trace/record.ts"
import { load } from "./checkpoint.ts"
import { type FittedModel, fittedModel } from "./Fitted.ts"
import { deriveFor, type FitInput, fitStream, type Learned, type Problem, runFit } from "./fit.ts"
import { type FitOptions, settingsOf } from "./options.ts"
import type { Plan } from "./Plan.ts"
import type { Progress } from "./progress.ts"
import { type EngineLayer, type Promised, promised, runOn } from "./promised.ts"
import { asFitError, recording } from "./recording.ts"
import { type DataShapes, recordedParams } from "./world.ts"

/** A model of one latent value per datum, waiting for its guide. */
export interface Model<Z extends Shape, P extends Support, X extends Shape, PX extends Support> {
  /** Says how the latent value is guessed from the datum: a distribution of the same shape, with a support inside the prior's. */
  readonly guide: <Q extends Dist>(
    encoder: (x: Tensor<X>) => Q & CheckEncoder<Z, P, Q>
  ) => GuidedModel<Z, X, DataFor<X, PX>>
}

/** A model with its guide, ready to be fitted. */
export interface GuidedModel<Z extends Shape, X extends Shape, D> {
  /** How the objective and its gradient will be estimated, and why. Records the program; nothing is run. */
  readonly explain: (options?: Pick<FitOptions, "particles" | "estimators">) => Plan
  /** Maximises the ELBO on the data, N rows. */
  readonly fit: (data: D, options?: FitOptions & Validation<D>) => Effect.Effect<FittedModel<Z, X, D>, FitError, Engine>
  /** The same as a stream of progress, whose last element holds the fitted model. */
  readonly fitStream: (
    data: D,
    options?: FitOptions & Validation<D>
  ) => Stream.Stream<Progress<FittedModel<Z, X, D>>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly fitPromise: (
    data: D,
    options?: FitOptions & Validation<D> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<FittedModel<Z, X, D>>>
  /** A fitted model from a file that `save` wrote; fails with DataFormat when it was saved from another model. */
  readonly load: (path: string) => Effect.Effect<FittedModel<Z, X, D>, FitError>
}

export interface Validation<D> {
  /** data on which the loss is also evaluated after each epoch */
  readonly validation?: D
}

/**
 * A model of one latent value z per datum x: z ~ prior, x ~ likelihood(z), written for ONE datum. It is the program
 * `plate("data", () => flatMap(sample("z", prior), (z) => observe("x", likelihood(z))))`.
 *
 * @example
 * ```ts
 * const decoder = Net.mlp([2, 32, 4])
 * const encoder = Net.mlp([4, 32, 4])
 * const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) => Normal.fromLocLogVariance(encoder(x)))
 * console.log(`${vae.explain()}`)
 * ```
 */
export const model = <Z extends Shape, P extends Support, X extends Shape, PX extends Support>(
  prior: Dist<Z, P, string>,
  likelihood: (z: Tensor<Readonly<Z>>) => Dist<X, PX, string>
): Model<Z, P, X, PX> => ({
  guide: (encoder) => guidedModel(prior, likelihood, encoder as (x: Tensor<X>) => Dist<Z, Accepts[P]>)
})

const guidedModel = <Z extends Shape, P extends Support, X extends Shape, PX extends Support>(
  prior: Dist<Z, P>,
  likelihood: (z: Tensor<Z>) => Dist<X, PX>,
  encoder: (x: Tensor<X>) => Dist<Z, Accepts[P]>
): GuidedModel<Z, X, DataFor<X, PX>> => {
  type D = DataFor<X, PX>
  const shapes = (): DataShapes => ({ globals: {}, plates: { data: { x: eventShape(prior, likelihood) } } })
  const problem: Problem = {
    per: "datum",
    shapes,
    guided: {
      model: plate("data", (_row: object) => Effect.flatMap(sample("z", prior), (z) => observe("x", likelihood(z)))),
      guide: { kind: "record", make: () => ({ data: (row) => ({ z: encoder(row["x"] as Tensor<X>) }) }) }
    }
  }
  const derived = (options: Pick<FitOptions, "particles" | "estimators"> = {}) =>
    deriveFor(problem, shapes(), settingsOf(options))
  const finish = (learned: Learned): FittedModel<Z, X, D> => fittedModel(learned, { prior, likelihood, encoder })
  const inputOf = (data: D, validation: D | undefined): FitInput => ({
    data: { data: { x: data } },
    validation: validation === undefined ? undefined : { data: { x: validation } }
  })
  const stream: GuidedModel<Z, X, D>["fitStream"] = (data, { validation, ...options } = {}) =>
    fitStream(problem, inputOf(data, validation), options, finish)
  const fit: GuidedModel<Z, X, D>["fit"] = (data, options = {}) => runFit(stream(data, options), options.progress)
  return {
    explain: (options) => explained(() => derived(options).plan),
    fitStream: stream,
    fit,
    fitPromise: async (data, { engine, ...options } = {}) => promised(await runOn(fit(data, options), engine), engine),
    load: (path) =>
      Effect.flatMap(
        recording(() => derived()),
        (known) => Effect.map(load(path, problem, shapes(), known), finish)
      )
  }
}

/** Errors of a synchronous call are thrown as the same tagged errors that an Effect would fail with. */
export const explained = (f: () => Plan): Plan => {
  try {
    return f()
  } catch (error) {
    throw asFitError(error)
  }
}

/** The shape of one datum: what the likelihood says of it. */
const eventShape = <Z extends Shape, X extends Shape>(prior: Dist<Z>, likelihood: (z: Tensor<Z>) => Dist<X>): Shape => {
  let shape: Shape = []
  record((recorder) =>
    withParams(recordedParams(recorder).store, () => {
      shape = likelihood(typed(recorder.input("z", prior.shape))).shape
      return {}
    })
  )
  return shape
}
