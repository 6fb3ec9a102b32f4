import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../../Errors.ts"
import type { Support } from "../Support.ts"
import { cut } from "./lastAxis.ts"
import { type Linear, type Transform, transform } from "./Transform.ts"

/** Supports that do not depend on the order of the numbers of a vector. */
type Unordered = Exclude<Support, "ordered" | "positiveDefinite" | "lowerCholesky" | "correlationCholesky">

type Permutation<P extends Support> = Transform<P, P, "permute(…)", "same", undefined> & Linear

/**
 * The numbers of a vector in another order, yᵢ = x_order(i): |det J| = 1.
 *
 * @param order each of 0 … n − 1 once
 * @param support the support of the vector, which is the same before and after
 * @throws SupportViolation when the order is no permutation
 * @example
 * ```ts
 * Transform.permute([2, 0, 1]).forward(tf.tensor1d([10, 20, 30])) // => [30, 10, 20]
 * ```
 */
export function permute(order: ReadonlyArray<number>): Permutation<"real">
export function permute<const P extends Unordered>(order: ReadonlyArray<number>, support: P): Permutation<P>
export function permute(order: ReadonlyArray<number>, support: Unordered = "real"): Permutation<Unordered> {
  const places = order.map((_, i) => order.indexOf(i))
  if (order.length === 0 || places.includes(-1))
    throw new SupportViolation({
      site: "permute.order",
      support: "category",
      actual: `it is [${order.join(", ")}]`,
      advice: `Give each of 0 to ${Math.max(0, order.length - 1)} once.`
    })
  const forward = (x: tf.Tensor): tf.Tensor => arranged(x, order)
  return {
    ...transform({
      name: "permute(…)",
      domain: support,
      codomain: support,
      eventRanks: [1, 1],
      shapes: "same",
      direction: undefined,
      parameterShape: [order.length],
      forward,
      inverse: (y) => arranged(y, places),
      logDetJacobian: (x) => tf.zeros(x.shape.slice(0, -1))
    }),
    varianceOf: forward
  }
}

/** Splits the order into runs of neighbours, which are moved together. */
const arranged = (x: tf.Tensor, order: ReadonlyArray<number>): tf.Tensor => {
  const runs: Array<[from: number, count: number]> = []
  for (const i of order) {
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === i) last[1]++
    else runs.push([i, 1])
  }
  const pieces = runs.map(([from, count]) => cut(x, from, count))
  return tf.concat(pieces, x.rank - 1)
}
