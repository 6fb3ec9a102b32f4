import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { useCpu } from "../../../support/onCpu.ts"
import { tidied } from "../../laws/evaluate.ts"
import { kl } from "./divergence.ts"
import { matrixOf, vectorOf } from "./tensors.ts"

useCpu()

/** The divergence of distributions whose tensors are freed with it. */
const between = (make: () => readonly [Dist, Dist]): number => tidied(() => kl(...make()))

describe("a divergence of normal vectors", () => {
  it("is the sum of those of normal numbers where nothing goes together", () => {
    const diagonal = [
      [0.5, 0, 0],
      [0, 2, 0],
      [0, 0, 1]
    ]
    const numbers = (): Dist => Normal(vectorOf([1, 0, -1]), vectorOf([0.5, 2, 1]))
    const vectors = (): Dist => MultivariateNormal(vectorOf([1, 0, -1]), { scaleTril: matrixOf(diagonal) })
    const prior = (): Dist => Normal(0, 1).iid(3)
    const full = (): Dist =>
      MultivariateNormal(0, {
        covariance: matrixOf([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1]
        ])
      })
    const exact = between(() => [numbers(), prior()])
    for (const q of [numbers, vectors])
      for (const p of [prior, full])
        expect(Math.abs(between(() => [q(), p()]) - exact)).toBeLessThan(16 * 2 ** -24 * (1 + exact))
  })

  it("is the same whichever matrix a distribution is given by", () => {
    const p = (): Dist =>
      MultivariateNormal(0, {
        scaleTril: matrixOf([
          [2, 0],
          [1, 2]
        ])
      })
    const covariance = [
      [4, 2],
      [2, 5]
    ]
    const precision = [
      [5 / 16, -1 / 8],
      [-1 / 8, 1 / 4]
    ]
    expect(between(() => [MultivariateNormal(0, { covariance: matrixOf(covariance) }), p()])).toBeCloseTo(0, 6)
    expect(between(() => [MultivariateNormal(0, { precision: matrixOf(precision) }), p()])).toBeCloseTo(0, 6)
  })

  it("has one for each of several vectors with matrices of their own", () => {
    const triangles = [
      [1, 0, 0.5, 2],
      [2, 0, -1, 1]
    ]
    const stacked = between(() => [
      MultivariateNormal(
        Tensor.of(
          [2, 2],
          tf.tensor2d([
            [0, 1],
            [2, 3]
          ])
        ),
        {
          scaleTril: Tensor.of([2, 2, 2], tf.tensor(triangles.flat(), [2, 2, 2]))
        }
      ),
      Normal(0, 1).iid(2).iid(2)
    ])
    const alone = triangles.map((each, i) =>
      between(() => [
        MultivariateNormal(vectorOf([2 * i, 2 * i + 1]), { scaleTril: Tensor.of([2, 2], tf.tensor2d(each, [2, 2])) }),
        MultivariateNormal(0, {
          scaleTril: matrixOf([
            [1, 0],
            [0, 1]
          ])
        })
      ])
    )
    expect(stacked).toBeCloseTo((alone[0] ?? 0) + (alone[1] ?? 0), 4)
  })
})
