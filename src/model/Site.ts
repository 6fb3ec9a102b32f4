import { Effect } from "effect"
import type { Product, ValuesOf } from "../dist/combine/Product.ts"
import type { Dist, Has } from "../dist/Dist.ts"
import type { Support } from "../dist/Support.ts"
import type { Refused, Shape, Tensor } from "../tensor/Tensor.ts"
import { effectOf, type FailsWith, type Needs, type Part, type ResultOf } from "./Body.ts"
import { type Choice, Interpreter } from "./Interpreter.ts"

declare const SiteId: unique symbol

/** A random choice that an inference must explain, as it stands in a program's requirements. */
export interface Latent<in out N extends string, out D> {
  readonly [SiteId]: "latent"
  readonly name: N
  readonly dist: D
}

/** A random choice whose value is data. */
export interface Observed<in out N extends string, out D> {
  readonly [SiteId]: "observed"
  readonly name: N
  readonly dist: D
}

/** A choice whose value the program itself gives: it is scored, and the data need not hold it. */
export interface Scored<in out N extends string, out D> {
  readonly [SiteId]: "scored"
  readonly name: N
  readonly dist: D
}

/** A discrete choice that is summed out exactly: a guide does not supply it. */
export interface Enumerated<in out N extends string, out D> {
  readonly [SiteId]: "enumerated"
  readonly name: N
  readonly dist: D
}

/** A log density of the program's own that counts in its log joint. */
export interface Factor<in out N extends string> {
  readonly [SiteId]: "factor"
  readonly name: N
}

/** A value that a program computes and gives a name, so that it can be read from the posterior. */
export interface Deterministic<in out N extends string, out S extends Shape> {
  readonly [SiteId]: "deterministic"
  readonly name: N
  readonly shape: S
}

/** A part of a program that is repeated, independently, for each row of its data. */
export interface Plate<in out N extends string, out Row, out R> {
  readonly [SiteId]: "plate"
  readonly name: N
  readonly row: Row
  readonly sites: R
}

/** Sites of each kind, whatever their names, which are `any` because they stand in an invariant position. */
export type AnyLatent = Latent<any, any>
export type AnyPlate = Plate<any, any, any>
export type AnyEnumerated = Enumerated<any, any>
export type AnyDeterministic = Deterministic<any, any>
export type AnyObserved = Observed<any, any>
export type AnyScored = Scored<any, any>
/** The sites that get a value from a guide or from data. */
export type Open = AnyLatent | AnyObserved
/** The sites that may be given a value: those, and the ones that are summed out. */
export type Choosable = Open | AnyEnumerated
/** The sites that have a value. */
export type Movable = Open | AnyScored | AnyEnumerated | AnyDeterministic

/** The part of a requirement that is sites. */
export type SitesOf<R> = Extract<R, Movable | Factor<any> | AnyPlate>

/** The value of a site: a tensor, or for a product a record of tensors. */
export type Value<D> = D extends Dist<infer S, any, any> ? Tensor<S> : D extends Product<infer R> ? ValuesOf<R> : never

/** The latent sites that a name stands for: one, or for a product one for each of its factors. */
export type LatentsAt<N extends string, D> =
  D extends Product<infer R>
    ? { readonly [K in keyof R & string]: Latent<`${N}.${K}`, R[K]> }[keyof R & string]
    : Latent<N, D>

/** The same for observed sites. */
export type ObservedAt<N extends string, D> =
  D extends Product<infer R>
    ? { readonly [K in keyof R & string]: Observed<`${N}.${K}`, R[K]> }[keyof R & string]
    : Observed<N, D>

/** The same for sites whose value the program gives. */
export type ScoredAt<N extends string, D> =
  D extends Product<infer R>
    ? { readonly [K in keyof R & string]: Scored<`${N}.${K}`, R[K]> }[keyof R & string]
    : Scored<N, D>

/** Applies a function to a site, or for a product to the site of each factor. This is the only place where a product becomes its factors. */
export const atEach = (
  name: string,
  dist: Dist | Product,
  visit: (name: string, dist: Dist, factor: string | undefined) => Tensor
): Tensor | Readonly<Record<string, Tensor>> =>
  "factors" in dist
    ? Object.fromEntries(
        Object.entries(dist.factors).map(([factor, each]) => [factor, visit(`${name}.${factor}`, each, factor)])
      )
    : visit(name, dist, undefined)

/**
 * At run time every site asks for the one interpreter; in the type it asks for itself, by name and distribution, so that a program's type
 * lists its sites. This is the one place where the two are exchanged, here and in `discharge`.
 */
export const asSite = <A, E, Site>(effect: Effect.Effect<A, E, Interpreter>): Effect.Effect<A, E, Site> =>
  effect as Effect.Effect<A, E, never>

/** Gives all sites of a program their meaning: the way back from the types of {@link asSite}. */
export const discharge = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  interpreter: Interpreter["Service"]
): Effect.Effect<A, E, Exclude<R, SitesOf<R>>> =>
  Effect.provideService(
    program as Effect.Effect<A, E, Exclude<R, SitesOf<R>> | Interpreter>,
    Interpreter,
    interpreter
  ) as Effect.Effect<A, E, Exclude<R, SitesOf<R>>>

/** Asks the interpreter for the value of each site that a name stands for. The fiber that asks is told: a program is one fiber. */
const ask = <D extends Dist | Product>(
  kind: Exclude<Choice["kind"], "draw">,
  name: string,
  dist: D,
  value: Tensor | Readonly<Record<string, Tensor>> | undefined
): Effect.Effect<Value<D>, never, Interpreter> =>
  Effect.withFiber((fiber) =>
    Effect.map(
      Interpreter,
      (interpreter) =>
        atEach(name, dist, (site, each, factor) =>
          interpreter.site(
            { kind, name: site, dist: each, value: given(value, factor), scale: 1, mask: undefined, stream: undefined },
            fiber.id
          )
        ) as Value<D>
    )
  )

const given = (
  value: Tensor | Readonly<Record<string, Tensor>> | undefined,
  factor: string | undefined
): Tensor | undefined => {
  if (value === undefined || factor === undefined) return value as Tensor | undefined
  return (value as Readonly<Record<string, Tensor>>)[factor]
}

/**
 * A latent choice: its value is drawn from the guide while the model is fitted, and from `dist` while it is simulated. A `Product` gives the
 * record of its values; each of its factors is a site of its own, `name.factor`, as if it had been sampled under that name.
 *
 * @example
 * ```ts
 * const prior = program(function* () {
 *   const w = yield* sample("w", Normal(0, 1).iid(3)) // Tensor<readonly [3]>
 *   const person = yield* sample("person", Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }))
 *   return add(sum(w), person.height) // the sites are w, person.height and person.smokes
 * })
 * ```
 */
export const sample = <const N extends string, D extends Dist | Product>(
  name: N,
  dist: D
): Effect.Effect<Value<D>, never, LatentsAt<N, D>> => asSite(ask("sample", name, dist, undefined))

/**
 * A choice whose value is data: scores the datum under `dist` and returns it. The data of a `Product` go by the names of its sites, `name.factor`.
 * With a value of the program's own, such as a field of the row, that value is scored, and the data hold no entry of the site's name.
 *
 * @example
 * ```ts
 * const rows = plate("rows", (row: { readonly x: Tensor<[]>; readonly height: Tensor<[]> }) => observe("y", Normal(row.x, 1), row.height))
 * ```
 */
export const observe: {
  <const N extends string, D extends Dist | Product>(name: N, dist: D): Effect.Effect<Value<D>, never, ObservedAt<N, D>>
  <const N extends string, D extends Dist | Product>(
    name: N,
    dist: D,
    value: NoInfer<Value<D>>
  ): Effect.Effect<Value<D>, never, ScoredAt<N, D>>
  <const N extends string, D extends Dist | Product>(
    name: N,
    dist: D,
    value: Value<D> &
      Refused<"numbers of this value may be missing: say what that means by masked, marginal or imputed">
  ): Effect.Effect<Value<D>, never, ScoredAt<N, D>>
} = <const N extends string, D extends Dist | Product>(name: N, dist: D, value?: Value<D>) =>
  asSite<Value<D>, never, never>(ask("observe", name, dist, value))

/**
 * A discrete choice that is summed out exactly, so that no guide supplies it: log p counts the sum over all of its values, by variable elimination along
 * chains and trees. Inside of a plate each row sums for itself.
 *
 * @example
 * ```ts
 * const twoGroups = plate("rows", function* () {
 *   const group = yield* enumerate("group", Bernoulli({ probs: 0.3 }))
 *   return yield* observe("y", Normal(group, 1))
 * })
 * ```
 */
export const enumerate = <const N extends string, S extends Shape, P extends Support, F extends string>(
  name: N,
  dist: Dist<S, P, "enumerable" | "score", F> & Has<S, "supportValues">
): Effect.Effect<Tensor<S>, never, Enumerated<N, Dist<S, P, "enumerable" | "score", F>>> =>
  asSite(ask("enumerate", name, dist, undefined)) as Effect.Effect<
    Tensor<S>,
    never,
    Enumerated<N, Dist<S, P, "enumerable" | "score", F>>
  >

/**
 * Adds a log density of your own to the log joint: a penalty, or a likelihood that no distribution has.
 *
 * @param logDensity one number, in nats
 * @example
 * ```ts
 * const small = program(function* () {
 *   const w = yield* sample("w", Normal(0, 1).iid(3))
 *   yield* factor("small", mul(-0.1, sum(abs(w))))
 * })
 * ```
 */
export const factor = <const N extends string>(
  name: N,
  logDensity: Tensor<readonly []>
): Effect.Effect<void, never, Factor<N>> =>
  asSite(
    Effect.withFiber((fiber) =>
      Effect.map(Interpreter, (interpreter) => {
        interpreter.site({ kind: "factor", name, value: logDensity, scale: 1 }, fiber.id)
      })
    )
  )

/**
 * Names a value that the program computes, so that it stands in the draws of the posterior beside the latent sites. It changes no density.
 *
 * @example
 * ```ts
 * const effect = program(function* () {
 *   const z = yield* sample("z", Normal(0, 1))
 *   return yield* deterministic("theta", add(3, mul(0.5, z)))
 * })
 * ```
 */
export const deterministic = <const N extends string, S extends Shape>(
  name: N,
  value: Tensor<S>
): Effect.Effect<Tensor<S>, never, Deterministic<N, S>> =>
  asSite(
    Effect.withFiber((fiber) =>
      Effect.map(
        Interpreter,
        (interpreter) => interpreter.site({ kind: "deterministic", name, value }, fiber.id) as Tensor<S>
      )
    )
  )

/**
 * Repeats `body` independently for each row of the plate's data. The body sees ONE row, with true event shapes: the number of rows, minibatches
 * and their scaling are the library's business. Values made inside must not be used outside. The plate is left on every exit of its body.
 * The body is a generator function, or any function that gives an Effect.
 *
 * @example
 * ```ts
 * const rows = plate("rows", function* (row: { readonly x: Tensor<[2]> }) {
 *   const z = yield* sample("z", Normal(sum(row.x), 1))
 *   yield* observe("y", Normal(z, 0.1))
 * })
 * ```
 */
export const plate = <const N extends string, Row, P extends Part>(
  name: N,
  body: (row: Row) => P
): Effect.Effect<ResultOf<P>, FailsWith<P>, Plate<N, Row, SitesOf<Needs<P>>> | Exclude<Needs<P>, SitesOf<Needs<P>>>> =>
  asSite(
    Effect.withFiber((fiber) =>
      Effect.flatMap(Interpreter, (interpreter) =>
        interpreter.plate(
          name,
          (row) => effectOf(() => body(row as Row)) as Effect.Effect<ResultOf<P>, FailsWith<P>, Interpreter>,
          fiber.id
        )
      )
    )
  )
