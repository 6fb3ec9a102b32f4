import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Binomial } from "../../../../src/dist/Binomial.ts"
import { Masked } from "../../../../src/dist/combine/Masked.ts"
import { Product } from "../../../../src/dist/combine/Product.ts"
import { table } from "../../../../src/dist/divergence/kl/table.ts"
import { renyiTable } from "../../../../src/dist/divergence/renyi/table.ts"
import { renyiDivergence } from "../../../../src/dist/divergence/renyi.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { GaussianProcess } from "../../../../src/dist/GaussianProcess.ts"
import { GaussianRandomWalk } from "../../../../src/dist/GaussianRandomWalk.ts"
import { Kernel } from "../../../../src/dist/Kernel.ts"
import { LogisticNormal } from "../../../../src/dist/LogisticNormal.ts"
import { Multinomial } from "../../../../src/dist/Multinomial.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { StraightThroughBernoulli } from "../../../../src/dist/StraightThroughBernoulli.ts"
import { Transformed } from "../../../../src/dist/Transformed.ts"
import { Transform } from "../../../../src/dist/transform/index.ts"
import { InvalidOption, ShapeMismatch } from "../../../../src/Errors.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../../../support/onCpu.ts"
import { references } from "./families.ts"

useCpu()

const orders = [0.3, 0.9, 2]
const [q, p] = [Gamma(2, 3), Gamma(1.5, 1)]
const vector = (...x: ReadonlyArray<number>): Tensor<readonly [number]> => Tensor.of([x.length], tf.tensor1d([...x]))
const matrix = (...x: ReadonlyArray<number>): Tensor<readonly [2, 2]> => Tensor.of([2, 2], tf.tensor([...x], [2, 2]))
/** Equal but for the order in which a sum is rounded. */
const same = (x: number, y: number): void => expect(Math.abs(x - y)).toBeLessThanOrEqual(4e-6 * (1 + Math.abs(y)))

describe("Rényi's divergence", () => {
  it("adds up over independent copies, and over the factors of a product", () => {
    for (const alpha of orders) {
      const one = scalar(() => renyiDivergence(q, p, alpha))
      same(
        scalar(() => renyiDivergence(q.iid(3).iid(2), p.iid(3).iid(2), alpha)),
        6 * one
      )
      const [a, b] = [Poisson({ rate: 2 }), Poisson({ rate: 5 })]
      const both = scalar(() => renyiDivergence(Product({ x: q, n: a }), Product({ x: p, n: b }), alpha))
      same(both, one + scalar(() => renyiDivergence(a, b, alpha)))
    }
  })

  it("counts the events that a mask of both lets count, and those alone", () => {
    const masked = scalar(() => {
      const mask = vector(1, 0, 1)
      return renyiDivergence(Masked(q.iid(3), mask), Masked(p.iid(3), mask), 2)
    })
    same(masked, 2 * scalar(() => renyiDivergence(q, p, 2)))
  })

  it("does not change where both sides go through one transform", () => {
    for (const alpha of orders)
      expect(scalar(() => renyiDivergence(Transformed(q, Transform.log), Transformed(p, Transform.log), alpha))).toBe(
        scalar(() => renyiDivergence(q, p, alpha))
      )
  })

  it("of families made of others is that of what they are made of", () => {
    for (const alpha of orders) {
      const [a, b] = [Normal(1, 1), Normal(-1, 1.2)]
      const normal = scalar(() => renyiDivergence(a, b, alpha))
      const steps = scalar(() => renyiDivergence(Normal(0, 1), Normal(0, 1.2), alpha))
      same(
        scalar(() => renyiDivergence(GaussianRandomWalk(1, 4, 1), GaussianRandomWalk(1.2, 4, -1), alpha)),
        normal + 3 * steps
      )
      same(
        scalar(() =>
          renyiDivergence(
            LogisticNormal(vector(1, 0), vector(1, 1)),
            LogisticNormal(vector(-1, 0), vector(1.2, 1.2)),
            alpha
          )
        ),
        normal + steps
      )
      same(
        scalar(() =>
          renyiDivergence(
            MultivariateNormal(vector(1, 0), { scaleTril: matrix(1, 0, 0, 1) }),
            MultivariateNormal(vector(-1, 0), { scaleTril: matrix(1.2, 0, 0, 1.2) }),
            alpha
          )
        ),
        normal + steps
      )
      const points = (): Tensor<readonly [2]> => Tensor.of([2], tf.tensor1d([0, 100]))
      same(
        scalar(() =>
          renyiDivergence(
            GaussianProcess(points(), Kernel.rbf({ lengthscale: 1, amplitude: 0.8 }), 0.6, 1),
            GaussianProcess(points(), Kernel.rbf({ lengthscale: 1, amplitude: 0.96 }), 0.72, -1),
            alpha
          )
        ),
        2 * normal
      )
    }
  })

  it("of counts is that of one trial times their number, which has to be the same", () => {
    const one = scalar(() =>
      renyiDivergence(StraightThroughBernoulli(0.5, { logits: 1 }), StraightThroughBernoulli(0.1, { logits: -1 }), 2)
    )
    same(
      scalar(() => renyiDivergence(Binomial(5, { logits: 1 }), Binomial(5, { logits: -1 }), 2)),
      5 * one
    )
    same(
      scalar(() =>
        renyiDivergence(Multinomial(5, { logits: vector(1, 0) }), Multinomial(5, { logits: vector(-1, 0) }), 2)
      ),
      5 * one
    )
    expect(() => renyiDivergence(Binomial(3, { logits: 0 }), Binomial(4, { logits: 0 }), 2)).toThrow(
      "no closed form for D_α(Binomial‖Binomial)"
    )
  })

  it("has the gradient that finite differences give", () => {
    const of = (loc: number, scale: number, alpha: number): number =>
      scalar(() => renyiDivergence(Normal(loc, scale), Normal(0, 1), alpha))
    for (const alpha of [0.3, 0.9, 1.5]) {
      const [byLoc = 0, byScale = 0] = compute(() => {
        const f = (loc: tf.Tensor, scale: tf.Tensor): tf.Tensor<tf.Rank.R0> =>
          renyiDivergence(
            Normal(Tensor.of([], loc), Tensor.of([], scale)),
            Normal(0, 1),
            alpha
          ) as tf.Tensor as tf.Scalar
        return tf.stack(tf.grads(f)([tf.scalar(0.7), tf.scalar(1.2)]))
      }).values
      // steps of 1/64 with errors of 1e-7 of values of size 1, and a third derivative of size 1
      expect(Math.abs(byLoc - 32 * (of(0.7 + 1 / 64, 1.2, alpha) - of(0.7 - 1 / 64, 1.2, alpha)))).toBeLessThan(1e-3)
      expect(Math.abs(byScale - 32 * (of(0.7, 1.2 + 1 / 64, alpha) - of(0.7, 1.2 - 1 / 64, alpha)))).toBeLessThan(4e-3)
    }
  })

  it("refuses an order that is not above 0, and values of different shape", () => {
    for (const alpha of [0, -1, Number.NaN, Infinity]) expect(() => renyiDivergence(q, p, alpha)).toThrow(InvalidOption)
    expect(() => renyiDivergence(q.iid(2), p, 0.3)).toThrow(ShapeMismatch)
  })

  it("is tested for every pair that its table has, all of which have a KL divergence, too", () => {
    const here = ["LogisticNormal", "GaussianRandomWalk", "GaussianProcess", "Multinomial", "StraightThroughBernoulli"]
    const pairs = [...Object.keys(references), ...here].map((family) => `${family}‖${family}`)
    expect(Object.keys(renyiTable).sort()).toEqual([...pairs, "StraightThroughBernoulli‖Bernoulli"].sort())
    expect(Object.keys(table)).toEqual(expect.arrayContaining(Object.keys(renyiTable)))
  })
})
