import type * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { isRowStream, type RowStream } from "../../data/stream/RowStream.ts"
import type { Dist } from "../../dist/Dist.ts"
import type { Accepts, Support } from "../../dist/Support.ts"
import { DataFormat, ShapeMismatch } from "../../Errors.ts"
import type { CheckEncoder, DataFor, DataOrStream, Guided, Local } from "../../model/Guided.ts"
import { withParams } from "../../model/Param.ts"
import { observe, plate, sample } from "../../model/Site.ts"
import type { Key } from "../../tensor/random.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { record } from "../../trace/record.ts"
import type { Diagnosis } from "../diagnose/Diagnosis.ts"
import { type DiagnoseOptions, diagnoseFit } from "../diagnose/diagnoseFit.ts"
import { type Checks, checkOptions, count, oneOf } from "../fit/checkOptions.ts"
import { deriveFor } from "../fit/deriveFor.ts"
import type { Learned, Problem } from "../fit/Learned.ts"
import { planSettingsOf } from "../fit/options.ts"
import { inWordsOf } from "../fit/words.ts"
import { type Exports, exporting } from "../fitted/exported.ts"
import { type DrawOptions, drawChecks, type Fitted, fitted, type Result } from "../fitted/fitted.ts"
import { mapRows } from "../fitted/mapRows.ts"
import type { RowFunction } from "../fitted/rowGraph.ts"
import { own } from "../joint/names.ts"
import { type DataShapes, recordedParams } from "../joint/recordedWorld.ts"
import type { Plan } from "../plan/Plan.ts"
import { attempt } from "../run/attempt.ts"
import { prepare, type RowSource } from "../run/prepared.ts"
import type { FitData } from "../run/streamed.ts"
import { explained, type Fittable, fittable, type Loadable, loadable } from "./fittable.ts"
import { type ModelPart, modelParts } from "./modelParts.ts"
import type { PlanOptions } from "./program.ts"

/** A model of one latent value per datum, waiting for its guide. */
export interface Model<Z extends Shape, P extends Support, X extends Shape, PX extends Support> {
  /** Says how the latent value is guessed from the datum: a distribution of the same shape, with a support inside the prior's. */
  readonly guide: <Q extends Dist>(
    encoder: (x: Tensor<X>) => Q & CheckEncoder<Z, P, Q>
  ) => GuidedModel<Z, X, DataFor<X, PX>>
}

/** A model with its guide, ready to be fitted to data, N rows. */
export interface GuidedModel<Z extends Shape, X extends Shape, D>
  extends Fittable<D, FittedModel<Z, X, D>, DataOrStream<D>, "z">,
    Loadable<FittedModel<Z, X, D>> {
  /** How the objective and its gradient will be estimated, and why. Records the program; nothing is run. */
  readonly explain: (options?: PlanOptions<"z">) => Plan
}

const generateChecks: Checks<GenerateOptions> = {
  ...drawChecks,
  give: (option, value) => oneOf(option, value, ["mean", "draw"])
}

type Rows<E extends Shape> = Dataset<E, "real">

/** The latent sites of a model: one value z in each row of the plate `data`. */
export interface ModelLatents<Z extends Shape> {
  readonly data: Local<unknown, { readonly z: Dist<Z> }>
}

export interface GenerateOptions extends DrawOptions {
  /** what is made of each latent value: the mean of x given it ("mean"), or a draw, with the noise of the likelihood */
  readonly give?: "mean" | "draw"
}

/** A fitted model of one latent value per datum. Numbers are in nats per datum. */
export interface FittedModel<Z extends Shape, X extends Shape, D>
  extends Fitted<ModelLatents<Z>, D>,
    Exports<ModelPart> {
  /** log p(x | z) for each of the `n` draws of `posterior` and each datum, `[n, N]` */
  readonly logLikelihood: (
    data: D,
    n: number,
    options?: DrawOptions
  ) => Result<{ readonly data: { readonly x: Dataset<ReadonlyArray<number>, "real"> } }>
  /** q(z | x) for each datum: mean and standard deviation, `[N, ...z]` */
  readonly encode: (data: D) => Result<{ readonly mean: Rows<Z>; readonly scale: Rows<Z> }>
  /** E[x | z] for each row of latent values */
  readonly decode: (latents: Dataset<Z, string> | Tensor<readonly [number, ...Z]>) => Result<Rows<X>>
  /** For `n` draws of z from the prior: the mean E[x | z] of each, or with `give: "draw"` a draw from p(x | z). */
  readonly generate: (n: number, options?: GenerateOptions) => Result<Rows<X>>
  /** E[x | z] at the mean of q(z | x), for each datum */
  readonly reconstruct: (data: D) => Result<Rows<X>>
  /**
   * Whether to trust the fit: for each datum the guide against the posterior by Pareto smoothed importance weights, with the share of the data where they differ too much; the KL of each number of z and
   * which of them are in use; posterior predictive checks. It prints as tables with a verdict and advice (docs/trust.md). A hundred data are enough.
   */
  readonly diagnose: (data: D, options?: DiagnoseOptions) => Result<Diagnosis>
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
  guide: (encoder) => guidedModel({ prior, likelihood, encoder: encoder as (x: Tensor<X>) => Dist<Z, Accepts[P]> })
})

/** The parts of a model of one latent value, as functions of one datum. */
interface Parts<Z extends Shape, X extends Shape> {
  readonly prior: Dist<Z>
  readonly likelihood: (z: Tensor<Z>) => Dist<X>
  readonly encoder: (x: Tensor<X>) => Dist<Z>
}

const guidedOf = <Z extends Shape, X extends Shape>({ prior, likelihood, encoder }: Parts<Z, X>): Guided => ({
  model: plate("data", (_row: object) => Effect.flatMap(sample("z", prior), (z) => observe("x", likelihood(z)))),
  guide: { kind: "record", make: () => ({ data: (row) => ({ z: encoder(row["x"] as Tensor<X>) }) }) }
})

const guidedModel = <Z extends Shape, X extends Shape, D extends RowSource>(
  parts: Parts<Z, X>
): GuidedModel<Z, X, D> => {
  const shapes = (): DataShapes => ({ globals: {}, plates: { data: { x: eventShape(parts) } } })
  const problem: Problem = { per: "datum", rows: "data.x", shapes, guided: () => guidedOf(parts) }
  const finish = (learned: Learned): FittedModel<Z, X, D> => fittedModel(learned, parts)
  return {
    ...fittable(problem, { held: (data: D) => ({ data: { x: data } }), streamed }, finish),
    explain: (options = {}) => explained(() => deriveFor(problem, shapes(), planSettingsOf(options)).decisions.plan),
    ...loadable(problem, finish)
  }
}

/** The data of a model are the field `x` of its plate, also those of a stream. */
const streamed = (data: RowSource | RowStream): FitData => {
  if (!isRowStream(data)) return { data: { x: data } }
  const [field, ...more] = Object.keys(data.fields)
  if (field === "x" && more.length === 0) return { data }
  throw new DataFormat({
    path: "data",
    reason: `the stream has the fields ${[field, ...more].map((name) => `'${name}'`).join(", ")}`,
    advice: "A model is fitted to one field, 'x': Data.stream({ x: shape }, source)."
  })
}

/** The shape of one datum: that of the likelihood. */
const eventShape = <Z extends Shape, X extends Shape>({ prior, likelihood }: Parts<Z, X>): Shape => {
  let shape: Shape = []
  record((recorder) =>
    withParams(recordedParams(recorder).store, () => {
      shape = likelihood(typed(recorder.input("z", prior.shape))).shape
      return {}
    })
  )
  return shape
}

const fittedModel = <Z extends Shape, X extends Shape, D extends RowSource>(
  learned: Learned,
  { prior, likelihood, encoder }: Parts<Z, X>
): FittedModel<Z, X, D> => {
  const { parameters, seed, derived } = learned
  const mustBeRow = (name: string, actual: Shape): void => {
    const expected = name === "z" ? prior.shape : own(learned.shapes.plates, "data")?.["x"]
    if (expected === undefined || sameShape(expected, actual)) return
    throw new ShapeMismatch({ site: name, where: "one row", expected, actual })
  }
  /** A function of one row of data or latent values, for each row. */
  const overRows = <E extends Shape>(source: Readonly<Record<string, RowSource>>, f: RowFunction) =>
    Effect.flatMap(
      attempt(() => {
        const [field = "x"] = Object.keys(source)
        return inWordsOf({ rows: `rows.${field}` }, field === "z" ? "latents" : "data", () => {
          const { plates, sizes } = prepare({ rows: source })
          const inputs = plates["rows"] ?? {}
          for (const [name, { event }] of Object.entries(inputs)) mustBeRow(name, event)
          return { inputs, count: sizes["rows"] ?? 1 }
        })
      }),
      ({ inputs, count }) =>
        mapRows({ inputs, count, parameters, nets: derived.nets, seed }, f) as Result<Readonly<Record<string, Rows<E>>>>
    )
  const named = <E extends Shape>(results: Readonly<Record<string, Rows<E>>>, name: string): Rows<E> => {
    const value = results[name]
    if (value === undefined) throw new RangeError(`no result '${name}'`)
    return value
  }
  const toData = (data: D) => ({ data: { x: data } })
  const shared = fitted<ModelLatents<Z>, D>(learned, toData)
  const decodeMean = (z: Tensor): ReturnType<Dist["mean"]> => likelihood(z as Tensor<Z>).mean()
  return {
    ...shared,
    ...exporting(
      learned,
      modelParts(learned, {
        ...{ prior, datum: own(learned.shapes.plates, "data")?.["x"] ?? [] },
        likelihood: (z) => likelihood(z as Tensor<Z>),
        encoder: (x) => encoder(x as Tensor<X>)
      })
    ),
    diagnose: (data, options = {}) => diagnoseFit(learned, () => toData(data), options),
    logLikelihood: (data, n, options) =>
      shared.logLikelihood(data, n, options) as ReturnType<FittedModel<Z, X, D>["logLikelihood"]>,
    encode: (data) =>
      Effect.map(
        overRows<Z>({ x: data }, ({ x }) => {
          const q = encoder(x as Tensor<X>)
          return { mean: q.mean(), scale: q.variance().sqrt() }
        }),
        (results) => ({ mean: named(results, "mean"), scale: named(results, "scale") })
      ),
    decode: (latents) =>
      Effect.map(
        overRows<X>({ z: latents }, ({ z }) => ({ x: decodeMean(z as Tensor) })),
        (results) => named(results, "x")
      ),
    generate: (n, options = {}) =>
      Effect.gen(function* () {
        yield* attempt(() => {
          checkOptions(options, generateChecks)
          return count("n", n)
        })
        const made = (z: Tensor<Z>, key: Key): tf.Tensor =>
          options.give === "draw" ? likelihood(z).sample(key) : decodeMean(z)
        const results = yield* mapRows(
          { inputs: {}, count: n, parameters, nets: derived.nets, seed: options.seed ?? seed },
          (_, key) => ({ x: made(prior.sample(key("z")), key("x")) })
        ) as Result<Readonly<Record<string, Rows<X>>>>
        return named(results, "x")
      }),
    reconstruct: (data) =>
      Effect.map(
        overRows<X>({ x: data }, ({ x }) => ({ x: decodeMean(encoder(x as Tensor<X>).mean()) })),
        (results) => named(results, "x")
      )
  }
}
