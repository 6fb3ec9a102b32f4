import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { spread } from "../Dist.ts"
import { type Elementwise, elementwise } from "../transform/elementwise.ts"
import { cut } from "../transform/lastAxis.ts"

/** A function of one vector, such as a net from `Net.mlp`. */
export type VectorNet<I extends number> = (x: Tensor<readonly [I]>) => Tensor<readonly [number]>

/** A transform of the numbers of a vector, one by one, that depends on another vector. */
export type Conditional = (given: tf.Tensor) => Elementwise<"real", "real">

/** y = shift + x·exp(log scale). A net gives first the shifts of all numbers, then their log scales. */
export const conditionalAffine =
  <I extends number>(where: string, count: number, net: VectorNet<I>): Conditional =>
  (given) => {
    const advice = "It gives a shift for each number, and then a log scale for each."
    const both = outputs(where, net, given, [2 * count], advice)
    const [shift, logScale] = [cut(both, 0, count), cut(both, count, count)]
    return elementwise({
      name: "affine(…)",
      domain: "real",
      codomain: "real",
      direction: "increasing",
      forward: (x) => tf.add(shift, tf.mul(x, tf.exp(logScale))),
      inverse: (y) => tf.mul(tf.sub(y, shift), tf.exp(tf.neg(logScale))),
      logSlope: (x) => spread(logScale, x.shape)
    })
  }

/**
 * The output of a net for a vector.
 *
 * @throws ShapeMismatch when it has another shape
 */
export const outputs = <I extends number>(
  where: string,
  net: VectorNet<I>,
  given: tf.Tensor,
  expected: Shape,
  advice: string
): tf.Tensor => {
  const result: tf.Tensor = net(typed(given))
  if (sameShape(result.shape, expected)) return result
  throw new ShapeMismatch({ site: undefined, where: `the net of ${where}`, expected, actual: result.shape, advice })
}
