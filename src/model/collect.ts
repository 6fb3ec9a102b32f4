import { Effect } from "effect"
import type { Tensor } from "../tensor/Tensor.ts"
import type { FailsWith, Needs, Part, ResultOf } from "./Body.ts"
import { Interpreter } from "./Interpreter.ts"
import { asSite, type Plate, plate, type SitesOf } from "./Site.ts"

/** The values of all rows: `S` becomes `[N, ...S]`. */
export type Collected<A> = A extends Tensor<infer S> ? Tensor<readonly [number, ...S]> : never

/**
 * A plate whose values can be used outside of it. The body is called for ONE row, as in `plate`, and the values that it returns are collected for all
 * rows, `[N, ...S]`. So a group's effect can be selected by an index (`at(effects, row.group)`), and the values of one plate can be combined with all
 * rows of another. A step of a fit reads all rows of such a plate; other plates may still use minibatches.
 *
 * @returns the values of all rows, in their order
 * @throws DataFormat when the data have no rows of that name
 * @example
 * ```ts
 * const schools = program(function* () {
 *   const mu = yield* sample("mu", Normal(0, 5))
 *   const effects = yield* collect("schools", (_: { readonly size: Tensor<[]> }) => sample("effect", Normal(mu, 2)))
 *   yield* plate("pupils", (row: { readonly school: Tensor<[]> }) => observe("score", Normal(at(effects, row.school), 10)))
 * })
 * ```
 */
export const collect = <const N extends string, Row, P extends Part>(
  name: N,
  body: (row: Row) => P
): Effect.Effect<
  Collected<ResultOf<P>>,
  FailsWith<P>,
  Plate<N, Row, SitesOf<Needs<P>>> | Exclude<Needs<P>, SitesOf<Needs<P>>>
> =>
  asSite(
    Effect.flatMap(plate(name, body) as Effect.Effect<Tensor, FailsWith<P>, Interpreter>, (value) =>
      Effect.withFiber((fiber) =>
        Effect.map(Interpreter, (interpreter) => interpreter.collect(name, value, fiber.id) as Collected<ResultOf<P>>)
      )
    )
  )
