import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Support } from "../Support.ts"
import { type Linear, type Transform, transform } from "./Transform.ts"

/** Supports of single numbers, which do not depend on the shape of the value. */
type Numbers = Exclude<
  Support,
  "oneHot" | "simplex" | "ordered" | "positiveDefinite" | "lowerCholesky" | "correlationCholesky"
>

type Reshaping<A extends Shape, B extends Shape, P extends Support> = Transform<
  P,
  P,
  "reshape(…)",
  { readonly from: A; readonly to: B },
  undefined
> &
  Linear

/**
 * The same numbers in another shape: |det J| = 1.
 *
 * @param from, to the last dimensions of a value before and after
 * @param support the support of the numbers, which is the same before and after
 * @throws ShapeMismatch when the shapes have different sizes
 * @example
 * ```ts
 * Transformed(Normal(0, 1).iid(6), Transform.reshape([6], [2, 3])).shape // => [2, 3]
 * ```
 */
export function reshape<const A extends Shape, const B extends Shape>(from: A, to: B): Reshaping<A, B, "real">
export function reshape<const A extends Shape, const B extends Shape, const P extends Numbers>(
  from: A,
  to: B,
  support: P
): Reshaping<A, B, P>
export function reshape(from: Shape, to: Shape, support: Numbers = "real"): Reshaping<Shape, Shape, Numbers> {
  if (sizeOf(from) !== sizeOf(to))
    throw new ShapeMismatch({ site: undefined, where: "reshape(…)", expected: from, actual: to })
  const leadOf = (x: tf.Tensor, event: Shape): Array<number> => x.shape.slice(0, x.rank - event.length)
  const forward = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [...leadOf(x, from), ...to])
  return {
    ...transform({
      name: "reshape(…)",
      domain: support,
      codomain: support,
      eventRanks: [from.length, to.length],
      shapes: { from, to },
      direction: undefined,
      forward,
      inverse: (y) => tf.reshape(y, [...leadOf(y, to), ...from]),
      logDetJacobian: (x) => tf.zeros(leadOf(x, from))
    }),
    varianceOf: forward
  }
}
