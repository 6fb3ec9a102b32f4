import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { logSumExp } from "../../src/tensor/special/logSumExp.ts"
import { logaddexp } from "../../src/tensor/special/logs.ts"
import { registerGradients } from "../../src/trace/gradients.ts"

registerGradients()
const inf = Number.POSITIVE_INFINITY
const slopes = (f: (x: tf.Tensor) => tf.Tensor, at: ReadonlyArray<number>): ReadonlyArray<number> =>
  tf.tidy(() => [
    ...tf
      .grad((x) => tf.sum(f(x)))(tf.tensor1d([...at]))
      .dataSync()
  ])
const both = (x: tf.Tensor): tf.Tensor => {
  const [a, b] = tf.split(x, 2) as [tf.Tensor, tf.Tensor]
  return logaddexp(a, b)
}

describe("the gradients of a log sum of exponentials are shares, which add up to 1 also where the sum is far from 1", () => {
  test.each([
    ["logSumExp", (x: tf.Tensor) => logSumExp(x)],
    ["logaddexp", both]
  ])("%s", (_, f) => {
    for (const far of [-1e6, -20_000, -1524.3, 0, 1524.3, 1e6]) {
      const [a, b] = [far, far + 1]
      const [left = 0, right = 0] = slopes(f, [a, b])
      // the numbers that float32 has for both
      const gap = Math.fround(b) - Math.fround(a)
      expect(Math.abs(left - 1 / (1 + Math.exp(gap)))).toBeLessThan(1e-6)
      expect(Math.abs(right - 1 / (1 + Math.exp(-gap)))).toBeLessThan(1e-6)
    }
    expect(slopes(f, [-inf, -3])).toEqual([0, 1])
    expect(slopes(f, [-3, -inf])).toEqual([1, 0])
    expect(slopes(f, [-inf, -inf])).toEqual([0, 0])
  })
})
