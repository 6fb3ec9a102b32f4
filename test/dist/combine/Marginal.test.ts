import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Marginal } from "../../../src/dist/combine/Marginal.ts"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { ShapeMismatch } from "../../../src/Errors.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"

const covariance = [
  [2, 0.6, -0.4],
  [0.6, 1, 0.3],
  [-0.4, 0.3, 1.5]
]
const loc = [0.5, -1, 2]
const x = [1, 0.25, -0.5]
const vector = (values: ReadonlyArray<number>): Tensor => Tensor.of([values.length], tf.tensor1d([...values]))
const matrix = (rows: ReadonlyArray<ReadonlyArray<number>>): Tensor<readonly [number, number]> =>
  Tensor.of([rows.length, rows.length], tf.tensor2d(rows.map((row) => [...row])))
const masks = Array.from({ length: 7 }, (_, i) => [i + 1, (i + 1) >> 1, (i + 1) >> 2].map((bits) => bits & 1))
const picked = <A>(values: ReadonlyArray<A>, mask: ReadonlyArray<number>): ReadonlyArray<A> =>
  values.filter((_, i) => mask[i] === 1)
const number = (scalar: tf.Tensor): number => scalar.dataSync()[0] ?? Number.NaN

describe("a MultivariateNormal of which some numbers are seen", () => {
  test.each(masks)("has the density of those alone, and its gradients: %d %d %d", (...mask) => {
    const density = (at: tf.Tensor, middle: tf.Tensor, cov: tf.Tensor): tf.Scalar =>
      Marginal(
        MultivariateNormal(middle as Tensor<readonly [3]>, { covariance: cov as Tensor<readonly [3, 3]> }),
        vector(mask)
      ).logProb(at) as tf.Scalar
    const part = (at: tf.Tensor, middle: tf.Tensor, cov: tf.Tensor): tf.Scalar =>
      MultivariateNormal(middle as Tensor<readonly [number]>, {
        covariance: cov as Tensor<readonly [number, number]>
      }).logProb(at) as tf.Scalar
    const whole = [vector(x.map((value, i) => (mask[i] === 1 ? value : Number.NaN))), vector(loc), matrix(covariance)]
    const parts = [
      vector(picked(x, mask)),
      vector(picked(loc, mask)),
      matrix(picked(covariance, mask).map((row) => picked(row, mask)))
    ]
    const [got, wanted] = [tf.valueAndGrads(density)(whole), tf.valueAndGrads(part)(parts)]
    expect(number(got.value)).toBeCloseTo(number(wanted.value), 5)
    for (const [i, gradient] of got.grads.entries()) {
      const numbers = Array.from(gradient.dataSync())
      const isSeen = i < 2 ? mask : mask.flatMap((row) => mask.map((column) => row * column))
      const seen = Array.from(wanted.grads[i]?.dataSync() ?? [])
      expect(picked(numbers, isSeen)).toHaveLength(seen.length)
      for (const [j, value] of picked(numbers, isSeen).entries()) expect(value).toBeCloseTo(seen[j] ?? Number.NaN, 4)
      for (const [j, value] of numbers.entries()) if (isSeen[j] === 0) expect(value).toBeCloseTo(0, 6)
    }
  })

  test("nothing seen has log density 0; independent copies have holes of their own", () => {
    const base = MultivariateNormal(vector(loc) as Tensor<readonly [3]>, {
      covariance: matrix(covariance) as Tensor<readonly [3, 3]>
    })
    expect(number(Marginal(base, vector([0, 0, 0])).logProb(vector(x)))).toBeCloseTo(0, 6)
    const two = Tensor.of([2, 3], tf.tensor2d([x, x]))
    const seen = Tensor.of(
      [2, 3],
      tf.tensor2d([
        [1, 0, 1],
        [0, 1, 0]
      ])
    )
    const each = [
      [1, 0, 1],
      [0, 1, 0]
    ].map((mask) => number(Marginal(base, vector(mask)).logProb(vector(x))))
    expect(number(Marginal(base.iid(2), seen).logProb(two))).toBeCloseTo((each[0] ?? 0) + (each[1] ?? 0), 5)
    expect(() => Marginal(base, vector([1, 0]))).toThrow(ShapeMismatch)
  })
})
