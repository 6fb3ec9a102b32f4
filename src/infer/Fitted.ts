import { Effect } from "effect"
import type { Dataset } from "../data/Dataset.ts"
import type { Dist } from "../dist/Dist.ts"
import { type FitError, ShapeMismatch } from "../Errors.ts"
import type { Engine } from "../engine/Engine.ts"
import { type Shape, sameShape, type Tensor } from "../tensor/Tensor.ts"
import { save } from "./checkpoint.ts"
import { prepare, type RowSource } from "./data.ts"
import { type Estimated, type EvaluateOptions, evaluator } from "./evaluate.ts"
import { checkData, type Learned } from "./fit.ts"
import { importanceEstimate } from "./importance.ts"
import { mapRows, type RowFunction } from "./mapRows.ts"
import { count } from "./options.ts"
import type { Plan } from "./Plan.ts"
import type { EpochReport } from "./progress.ts"
import { recording } from "./recording.ts"
import type { Parameters } from "./world.ts"

type Rows<E extends Shape> = Dataset<E, "real">
type Result<A> = Effect.Effect<A, FitError, Engine>

/** The parts of an ELBO, in nats per datum: elbo = −reconstruction − kl. */
export interface ElboParts {
  readonly elbo: number
  /** −E_q[log p(x | z)] */
  readonly reconstruction: number
  /** KL(q(z | x) ‖ p(z)) */
  readonly kl: number
}

/**
 * A fitted model of one latent value per datum. It holds parameters as plain numbers and no tensors; each method compiles what it needs
 * on the engine that it is given, and frees it again.
 */
export interface FittedModel<Z extends Shape, X extends Shape, D> {
  readonly parameters: Parameters
  readonly history: ReadonlyArray<EpochReport>
  /** whether the fit was told to stop before its last epoch */
  readonly stopped: boolean
  readonly explain: () => Plan
  /** q(z | x) for each datum: mean and standard deviation, `[N, ...z]` */
  readonly encode: (data: D) => Result<{ readonly mean: Rows<Z>; readonly scale: Rows<Z> }>
  /** E[x | z] for each row of latent values */
  readonly decode: (latents: Dataset<Z, string> | Tensor<readonly [number, ...Z]>) => Result<Rows<X>>
  /** E[x | z] for `n` draws of z from the prior */
  readonly generate: (n: number, options?: { readonly seed?: number }) => Result<Rows<X>>
  /** E[x | z] at the mean of q(z | x), for each datum */
  readonly reconstruct: (data: D) => Result<Rows<X>>
  /** the evidence lower bound, in nats per datum: an average of `particles` draws for each datum (1) */
  readonly elbo: (data: D, options?: EstimateOptions) => Result<number>
  /** the same with its two parts */
  readonly elboParts: (data: D, options?: EstimateOptions) => Result<ElboParts>
  /** log p(x) by importance weighting with `particles` draws for each datum (100), in nats per datum: a lower bound that tightens with them */
  readonly logMarginal: (data: D, options?: EstimateOptions) => Result<number>
  /** writes the parameters to a safetensors file, with the signature of the model */
  readonly save: (path: string) => Effect.Effect<void, FitError>
}

export interface EstimateOptions {
  readonly particles?: number
  readonly seed?: number
}

/** The two halves of a model of one latent value, as functions of one datum. */
export interface Halves<Z extends Shape, X extends Shape> {
  readonly prior: Dist<Z>
  readonly likelihood: (z: Tensor<Z>) => Dist<X>
  readonly encoder: (x: Tensor<X>) => Dist<Z>
}

export const fittedModel = <Z extends Shape, X extends Shape, D extends RowSource>(
  learned: Learned,
  { prior, likelihood, encoder }: Halves<Z, X>
): FittedModel<Z, X, D> => {
  const { parameters, seed, derived } = learned
  const mustBeRow = (name: string, actual: Shape): void => {
    const expected = name === "z" ? prior.shape : learned.shapes.plates["data"]?.["x"]
    if (expected === undefined || sameShape(expected, actual)) return
    throw new ShapeMismatch({ site: name, where: "one row", expected, actual })
  }
  const rows = <E extends Shape>(
    inputs: Readonly<Record<string, RowSource>>,
    rowCount: number | undefined,
    f: RowFunction,
    draws = seed
  ) =>
    Effect.flatMap(
      recording(() => {
        if (rowCount !== undefined) return { plates: { rows: {} }, sizes: { rows: rowCount } }
        const prepared = prepare({ rows: inputs })
        for (const [name, { event }] of Object.entries(prepared.plates["rows"] ?? {})) mustBeRow(name, event)
        return prepared
      }),
      ({ plates, sizes }) =>
        mapRows(
          { inputs: plates["rows"] ?? {}, count: sizes["rows"] ?? 1, parameters, nets: derived.nets, seed: draws },
          f
        ) as Result<Readonly<Record<string, Rows<E>>>>
    )
  const out = <E extends Shape>(results: Readonly<Record<string, Rows<E>>>, name: string): Rows<E> => {
    const value = results[name]
    if (value === undefined) throw new RangeError(`no result '${name}'`)
    return value
  }
  const estimate = (estimated: Estimated, data: D, options: EvaluateOptions) =>
    Effect.scoped(
      Effect.gen(function* () {
        const prepared = yield* recording(() => prepare({ data: { x: data } }))
        yield* recording(() => checkData(derived, prepared))
        return yield* (yield* evaluator(estimated, prepared, options))(parameters)
      })
    )
  const settings = (options: EstimateOptions | undefined, particles: number, batchSize: number) =>
    recording((): EvaluateOptions => {
      const s = count("particles", options?.particles ?? particles)
      return {
        particles: s,
        seed: options?.seed ?? seed + 1,
        per: "datum",
        batchSize: Math.max(1, Math.ceil(batchSize / s))
      }
    })
  const elboParts: FittedModel<Z, X, D>["elboParts"] = (data, options) =>
    Effect.flatMap(settings(options, 1, 500), (chosen) =>
      Effect.map(estimate(derived, data, chosen), ({ value, terms }) => ({
        elbo: -value,
        reconstruction: terms["x"] ?? 0,
        kl: terms["z"] ?? 0
      }))
    )
  const decodeMean = (z: Tensor): ReturnType<Dist["mean"]> => likelihood(z as Tensor<Z>).mean()

  return {
    parameters,
    history: learned.history,
    stopped: learned.stopped,
    explain: () => learned.plan,
    encode: (data) =>
      Effect.map(
        rows<Z>({ x: data }, undefined, ({ x }) => {
          const q = encoder(x as Tensor<X>)
          return { mean: q.mean(), scale: q.variance().sqrt() }
        }),
        (results) => ({ mean: out(results, "mean"), scale: out(results, "scale") })
      ),
    decode: (latents) =>
      Effect.map(
        rows<X>({ z: latents }, undefined, ({ z }) => ({ x: decodeMean(z as Tensor) })),
        (results) => out(results, "x")
      ),
    generate: (n, options) =>
      Effect.flatMap(
        recording(() => count("n", n)),
        () =>
          Effect.map(
            rows<X>({}, n, (_, key) => ({ x: decodeMean(prior.sample(key("z"))) }), options?.seed ?? seed),
            (results) => out(results, "x")
          )
      ),
    reconstruct: (data) =>
      Effect.map(
        rows<X>({ x: data }, undefined, ({ x }) => ({ x: decodeMean(encoder(x as Tensor<X>).mean()) })),
        (results) => out(results, "x")
      ),
    elboParts,
    elbo: (data, options) => Effect.map(elboParts(data, options), ({ elbo }) => elbo),
    logMarginal: (data, options) =>
      Effect.flatMap(settings(options, 100, 1000), (chosen) =>
        Effect.flatMap(
          recording(() => importanceEstimate(learned.problem.guided, learned.shapes, derived.nets)),
          (estimated) => Effect.map(estimate(estimated, data, chosen), ({ value }) => value)
        )
      ),
    save: (path) => save(path, learned)
  }
}
