import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { InvalidOption } from "../Errors.ts"
import { type AllOf, scan as overTensors, type ScanOptions, type Step, type Tensors } from "../tensor/scan.ts"
import { type Refused, type Tensor, typed } from "../tensor/Tensor.ts"
import { effectOf, type FailsWith, type Needs, type Part, type ResultOf } from "./Body.ts"
import { Interpreter } from "./Interpreter.ts"
import { asSite, type Plate, type SitesOf } from "./Site.ts"

/** A first carry: tensors or numbers by name. */
export type FirstCarry = { readonly [name: string]: Tensor | number }

/** The carry as the body sees it: numbers are scalars. */
export type CarryOf<C> = { readonly [K in keyof C]: C[K] extends Tensor ? C[K] : Tensor<readonly []> }

type GivesCarry<C, P> = [ResultOf<P>] extends [CarryOf<C>]
  ? unknown
  : Refused<"the body of a scan must return the next carry: the same names and shapes as the first one">

/**
 * A recurrence over the rows of a sequence, in their order: `body` sees the carry and ONE row, and returns the next carry. Its sites are those of a plate of that name: data and guides are given as for a
 * plate, and each position has its own local values. In the recorded program it is one node, so that neither the graph nor the time to compile grows with the length; a step of a fit reads the
 * whole sequence.
 *
 * A guide may walk along the same sequence: in `guideWith`, `scan(name, …)` draws zₜ from a distribution that the carry decides, as earlier draws do.
 *
 * With tensors in place of a name it is a plain function of them: see the second form.
 *
 * @param init the first carry: scalars or tensors by name
 * @returns the last carry
 * @throws ShapeMismatch when the carry changes its shape; GuideMismatch for a recurrence or a plate inside of the body
 * @example
 * ```ts
 * const localLevel = program(function* () {
 *   const drift = yield* sample("drift", HalfNormal(1))
 *   yield* scan("steps", { level: 0 }, function* ({ level }) {
 *     const next = yield* sample("level", Normal(level, drift))
 *     yield* observe("y", Normal(next, 0.5))
 *     return { level: next }
 *   })
 * })
 * ```
 */
export const scan: {
  <const N extends string, C extends FirstCarry, Row, P extends Part>(
    name: N,
    init: C,
    body: (carry: CarryOf<C>, row: Row, position: Tensor<readonly []>) => P & GivesCarry<C, P>
  ): Effect.Effect<CarryOf<C>, FailsWith<P>, Plate<N, Row, SitesOf<Needs<P>>> | Exclude<Needs<P>, SitesOf<Needs<P>>>>
  <C extends Tensors, X extends Tensors, Y extends Tensors>(
    init: C,
    xs: X,
    step: Step<C, X, Y>,
    options?: ScanOptions
  ): { readonly carry: C; readonly ys: AllOf<Y> }
} = ((...given: readonly [string, FirstCarry, AnyBody] | Parameters<typeof overTensors>) => {
  const [first, second, third] = given
  return typeof first === "string"
    ? overRows(first, second as FirstCarry, third as AnyBody)
    : overTensors(...(given as Parameters<typeof overTensors>))
}) as never

type AnyBody = (carry: Tensors, row: unknown, position: Tensor<readonly []>) => Part

const overRows = (name: string, init: FirstCarry, body: AnyBody) => {
  if (typeof body !== "function")
    throw new InvalidOption({
      option: `the body of scan '${name}'`,
      value: String(body),
      expected: "a function of the carry and one row that returns the next carry: scan(name, init, body)"
    })
  return asSite(
    Effect.withFiber((fiber) =>
      Effect.flatMap(Interpreter, (interpreter) =>
        interpreter.scan(
          name,
          Object.fromEntries(
            Object.entries(init).map(([key, value]) => [
              key,
              typeof value === "number" ? typed(tf.scalar(value)) : value
            ])
          ) as Tensors,
          (carry, row, position) =>
            effectOf(() => body(carry, row, position)) as Effect.Effect<Tensors, never, Interpreter>,
          fiber.id
        )
      )
    )
  )
}
