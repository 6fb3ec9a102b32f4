import { Context, Effect } from "effect"
import type { Product, ValuesOf } from "../dist/combine/Product.ts"
import type { Dist } from "../dist/Dist.ts"
import type { Shape, Tensor } from "../tensor/Tensor.ts"

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

/** A part of a program that is repeated, independently, for each row of its data. */
export interface Plate<in out N extends string, out Row, out R> {
  readonly [SiteId]: "plate"
  readonly name: N
  readonly row: Row
  readonly sites: R
}

/** The part of a requirement that is sites. The names are `any` because they stand in an invariant position. */
export type SitesOf<R> = Extract<R, Latent<any, any> | Observed<any, any> | Plate<any, any, any>>

/** What a site gives: a tensor, or for a product a record of them. */
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

/** What is to be done at a site, done for each of the sites that a name stands for: the one place where a product becomes its factors. */
export const atEach = (
  name: string,
  dist: Dist | Product,
  visit: (name: string, dist: Dist) => Tensor
): Tensor | Readonly<Record<string, Tensor>> =>
  "factors" in dist
    ? Object.fromEntries(
        Object.entries(dist.factors).map(([factor, each]) => [factor, visit(`${name}.${factor}`, each)])
      )
    : visit(name, dist)

/** The rows of a plate, seen one at a time. */
export type AnyRow = Readonly<Record<string, Tensor>>

/** What gives sites their meaning while a program runs: inferences provide it, programs only ask. */
export class Interpreter extends Context.Service<
  Interpreter,
  {
    readonly sample: <S extends Shape>(name: string, dist: Dist<S>) => Tensor<S>
    readonly observe: <S extends Shape>(name: string, dist: Dist<S>) => Tensor<S>
    readonly enterPlate: (name: string) => AnyRow
    readonly leavePlate: (name: string) => void
  }
>()("latent/Interpreter") {}

/**
 * At run time every site asks for the one interpreter; in the type it asks for itself, by name and distribution, so that a program's type
 * lists its sites. This is the one place where the two are exchanged, here and in `discharge`.
 */
const asSite = <A, E, Site>(effect: Effect.Effect<A, E, Interpreter>): Effect.Effect<A, E, Site> =>
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

/**
 * A latent choice: its value is drawn from the guide while the model is fitted, and from `dist` while it is simulated. A `Product` gives the
 * record of its values; each of its factors is a site of its own, `name.factor`, as if it had been sampled under that name.
 *
 * @example
 * ```ts
 * const prior = Effect.gen(function* () {
 *   const w = yield* sample("w", Normal(0, 1).iid(3)) // Tensor<readonly [3]>
 *   const person = yield* sample("person", Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }))
 *   return tf.add(tf.sum(w), person.height) // the sites are w, person.height and person.smokes
 * })
 * ```
 */
export const sample = <const N extends string, D extends Dist | Product>(
  name: N,
  dist: D
): Effect.Effect<Value<D>, never, LatentsAt<N, D>> =>
  asSite(Effect.map(Interpreter, (interpreter) => atEach(name, dist, interpreter.sample) as Value<D>))

/** A choice whose value is data: scores the datum under `dist` and returns it. The data of a `Product` go by the names of its sites, `name.factor`. */
export const observe = <const N extends string, D extends Dist | Product>(
  name: N,
  dist: D
): Effect.Effect<Value<D>, never, ObservedAt<N, D>> =>
  asSite(Effect.map(Interpreter, (interpreter) => atEach(name, dist, interpreter.observe) as Value<D>))

/**
 * Repeats `body` independently for each row of the plate's data. The body sees ONE row, with true event shapes: the number of rows, minibatches
 * and their scaling are the library's business. Values made inside must not be used outside.
 */
export const plate = <const N extends string, Row, A, E, R>(
  name: N,
  body: (row: Row) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, Plate<N, Row, SitesOf<R>> | Exclude<R, SitesOf<R>>> =>
  asSite(
    Effect.flatMap(Interpreter, (interpreter) => {
      const row = interpreter.enterPlate(name) as Row
      const run = body(row) as Effect.Effect<A, E, Interpreter>
      return Effect.map(run, (value) => {
        interpreter.leavePlate(name)
        return value
      })
    })
  )
