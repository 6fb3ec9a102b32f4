import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Product } from "../../../src/dist/combine/Product.ts"
import { Delta } from "../../../src/dist/Delta.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { crossEntropy } from "../../../src/dist/divergence/crossEntropy.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { ShapeMismatch } from "../../../src/Errors.ts"
import { Key } from "../../../src/tensor/random.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { mean, standardError } from "../../support/goodnessOfFit.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"

useCpu()

const vector = (...x: ReadonlyArray<number>): Tensor<readonly [number]> => Tensor.of([x.length], tf.tensor1d([...x]))

/** −∫ q log p over an interval, by the rule of midpoints, from the two densities in float64. */
const integral = (q: (x: number) => number, logP: (x: number) => number, from: number, to: number): number => {
  const n = 200000
  const h = (to - from) / n
  let sum = 0
  for (let i = 0; i < n; i++) sum -= q(from + (i + 0.5) * h) * logP(from + (i + 0.5) * h) * h
  return sum
}
const logNormal = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale * Math.sqrt(2 * Math.PI))

describe("a cross-entropy", () => {
  it("is the integral of −q log p", () => {
    const ofNormals = integral(
      (x) => Math.exp(logNormal(x, 1, 0.5)),
      (x) => logNormal(x, -1, 2),
      -6,
      8
    )
    expect(scalar(() => crossEntropy(Normal(1, 0.5), Normal(-1, 2)))).toBeCloseTo(ofNormals, 5)
    const ofLaplace = integral(
      (x) => 0.5 * Math.exp(-Math.abs(x - 1)),
      (x) => logNormal(x, 0, 2),
      -40,
      40
    )
    expect(scalar(() => crossEntropy(Laplace(1, 1), Normal(0, 2)))).toBeCloseTo(ofLaplace, 5)
    const ofGammas = integral(
      (x) => 9 * x * Math.exp(-3 * x),
      (x) => Math.log(2) - 2 * x,
      0,
      20
    )
    expect(scalar(() => crossEntropy(Gamma(2, 3), Exponential(2)))).toBeCloseTo(ofGammas, 5)
    const ofBetas = integral(
      (x) => 12 * x * (1 - x) ** 2,
      (x) => Math.log(6 * x * (1 - x)),
      0,
      1
    )
    expect(scalar(() => crossEntropy(Beta(2, 3), Beta(2, 2)))).toBeCloseTo(ofBetas, 5)
  })

  it("is a sum over the values of labels", () => {
    const [q, p] = [
      [0.5, 0.3, 0.2],
      [0.1, 0.6, 0.3]
    ] as const
    const exact = q.reduce((sum, x, i) => sum - x * Math.log(p[i] ?? Number.NaN), 0)
    expect(
      scalar(() => crossEntropy(Categorical({ probs: vector(...q) }), Categorical({ probs: vector(...p) })))
    ).toBeCloseTo(exact, 6)
  })

  it.each<readonly [string, () => readonly [Dist, Dist, Tensor<readonly []>]]>([
    [
      "Dirichlet",
      () => {
        const [q, p] = [Dirichlet(vector(2, 3, 1.5)), Dirichlet(vector(1, 2, 2))]
        return [q, p, crossEntropy(q, p)]
      }
    ],
    [
      "MultivariateNormal",
      () => {
        const scaleTril = Tensor.of([2, 2], tf.tensor2d([1, 0, 0.5, 2], [2, 2]))
        const [q, p] = [MultivariateNormal(vector(0, 1), { scaleTril }), Normal(0, 2).iid(2)]
        return [q, p, crossEntropy(q, p)]
      }
    ],
    [
      "VonMises",
      () => {
        const [q, p] = [VonMises(0.5, 2), VonMises(1, 0.5)]
        return [q, p, crossEntropy(q, p)]
      }
    ],
    [
      "LogNormal",
      () => {
        const [q, p] = [LogNormal(0, 0.5).iid(3), Exponential(2).iid(3)]
        return [q, p, crossEntropy(q, p)]
      }
    ]
  ])("of a %s law is the mean of −log p over draws, within 5 of its standard errors", (_, make) => {
    const { values } = compute(() => {
      const [q, p] = make()
      const n = 4000
      const log = p.iid(n).logDensity(q.iid(n).sample(Key.of(1, "draws")))
      return tf.neg(tf.sum(tf.reshape(log, [n, -1]), -1))
    })
    const exact = scalar(() => make()[2])
    expect(Math.abs(mean([...values]) - exact)).toBeLessThan(5 * standardError([...values]))
    expect(standardError([...values])).toBeLessThan(0.05 * Math.abs(exact) + 0.05)
  })

  it("of a law from itself is its entropy, of a point −log p there, and infinite outside of p", () => {
    const q = Gamma(2.5, 3)
    expect(scalar(() => crossEntropy(q, q))).toBe(scalar(() => q.entropy()))
    expect(scalar(() => crossEntropy(Delta(2, "positive").iid(3), Exponential(3).iid(3)))).toBeCloseTo(
      3 * (6 - Math.log(3)),
      5
    )
    expect(scalar(() => crossEntropy(Uniform(-1, 1), Exponential(1)))).toBe(Infinity)
  })

  it("adds up over copies and the factors of a product", () => {
    const [q, p] = [Bernoulli({ probs: 0.25 }), Bernoulli({ probs: 0.5 })]
    const [x, y] = [Normal(0, 1), Normal(1, 1)]
    const both = scalar(() => crossEntropy(Product({ a: q.iid(4), b: x }), Product({ a: p.iid(4), b: y })))
    expect(both).toBeCloseTo(4 * Math.LN2 + 0.5 * Math.log(2 * Math.PI) + 1, 5)
  })

  it("refuses distributions of values of different shape", () => {
    expect(() => crossEntropy(Normal(0, 1).iid(3), Normal(0, 1))).toThrow(ShapeMismatch)
  })
})
