import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { currentStore } from "../Param.ts"

/**
 * Dropout (Srivastava et al. 2014): in each step of a fit each number of `x` is 0 with the probability `rate`, and otherwise divided by 1 − rate, so that its mean stays.
 *
 * - Each step and each datum has a mask of its own, from the fit's seed: the same seed gives the same fit, and a fit that is resumed goes on with the same masks. All particles of a datum have the same one.
 * - A layer that is called again for the same datum has the same mask there, in a flow as along a sequence, so that a net stays one function. Make one layer for each place: `Net.dropout(0.5)` twice has two masks.
 * - Outside of training nothing is dropped: `elbo`, `logMarginal`, `posterior`, `predict`, `encode`, `decode`, `generate`, `diagnose`, `measure` and `nuts` read the net as it is. The losses that a fit reports are those of masked nets, so they
 *   are no bound on log p(x) of the net as it is; the plan says so. Compare `elbo`.
 *
 * @param rate how many of the numbers are dropped, in [0, 1); 0 drops none
 * @throws InvalidOption for another rate; GuideMismatch outside of a program
 * @example
 * ```ts
 * const classifier = Net.sequential(Net.dense(64), Net.activation("relu"), Net.dropout(0.5), Net.dense(10))
 * ```
 */
export const dropout = (rate: number): (<S extends Shape>(x: Tensor<S>) => Tensor<S>) => {
  if (!(typeof rate === "number" && rate >= 0 && rate < 1))
    throw new InvalidOption({
      option: "Net.dropout",
      value: String(rate),
      expected: "how many of the numbers are dropped, from 0 to below 1"
    })
  const layer = {}
  return (x) => {
    const { mask } = currentStore("Net.dropout")
    if (mask === undefined || rate === 0) return x
    if (x.dtype !== "float32")
      throw new InvalidOption({
        option: "Net.dropout",
        value: `values of ${x.dtype}`,
        expected: "real numbers: a label or an index that is dropped would be another one"
      })
    return typed(tf.mul(x, mask(layer, x.shape, rate)))
  }
}
