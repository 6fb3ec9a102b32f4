import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Censored } from "../../../src/dist/combine/Censored.ts"
import { Truncated } from "../../../src/dist/combine/Truncated.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Weibull } from "../../../src/dist/Weibull.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { registerGradients } from "../../../src/trace/gradients.ts"

registerGradients()
const inf = Number.POSITIVE_INFINITY
const vector = (...xs: ReadonlyArray<number>) => Tensor.of([xs.length], tf.tensor1d([...xs]))
const filled = (x: Tensor<readonly []>, n: number) => Tensor.of([n], tf.mul(x, tf.ones([n])))
type Scalar = Tensor<readonly []>

/** the value at 1.3 and the slope there of a log density by its parameter */
const both = (f: (a: Scalar) => tf.Tensor) =>
  tf.tidy(() => {
    const sum = (x: tf.Tensor) => tf.sum(f(Tensor.of([], x)))
    const at = tf.scalar(1.3)
    return [sum(at).dataSync()[0] ?? Number.NaN, tf.grad(sum)(at).dataSync()[0] ?? Number.NaN]
  })
const same = (found: ReadonlyArray<number>, right: ReadonlyArray<number>): void =>
  found.forEach((x, i) => void expect(Math.abs(x - (right[i] ?? Number.NaN))).toBeLessThan(1e-5))

describe("a bound that is infinite in some rows cuts nothing off there", () => {
  const x = tf.tensor1d([0.5, 2, 1.5])
  const part = tf.tensor1d([0.5, 2])
  test.each([
    ["Exponential", (a: Scalar, n: number) => Exponential(filled(a, n))],
    ["Weibull", (a: Scalar, n: number) => Weibull(filled(a, n), filled(a, n))],
    ["Normal", (a: Scalar, n: number) => Normal(filled(a, n), filled(a, n))]
  ])("of %s, above", (_, base) => {
    same(
      both((a) => Censored(base(a, 3), vector(0, 0, 0), vector(inf, inf, 1.5)).logProb(x)),
      both((a) =>
        tf.add(
          Censored(base(a, 2), 0, inf).logProb(part),
          Censored(base(a, 1), 0, vector(1.5)).logProb(tf.tensor1d([1.5]))
        )
      )
    )
    same(
      both((a) => Truncated(base(a, 2), vector(0, 0), vector(inf, inf)).logProb(part)),
      both((a) => Truncated(base(a, 2), 0, inf).logProb(part))
    )
  })

  test("below, of Normal", () => {
    same(
      both((a) => Censored(Normal(a, 1), vector(-inf, 0.5), vector(2, inf)).logProb(part)),
      both((a) =>
        tf.add(
          Censored(Normal(a, 1), -inf, 2).logProb(tf.scalar(0.5)),
          Censored(Normal(a, 1), 0.5, inf).logProb(tf.scalar(2))
        )
      )
    )
  })
})
