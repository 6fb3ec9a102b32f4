import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Beta } from "../../src/dist/Beta.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Gamma } from "../../src/dist/Gamma.ts"
import { type Generalized, generalizedBeta, generalizedGamma } from "../../src/dist/generalized.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { mean, standardError } from "../support/goodnessOfFit.ts"
import { compute, tensorOf, useCpu } from "../support/onCpu.ts"
import { z } from "./laws/chance.ts"
import { tidied } from "./laws/evaluate.ts"

useCpu()

/** E[f(x)], f(x) = x² − x, in closed form, with its gradient by both parameters. */
interface Case {
  readonly name: string
  readonly dist: (a: Tensor<readonly []>, b: Tensor<readonly []>) => Dist
  readonly generalized: (a: Tensor, b: Tensor) => Generalized
  readonly expectation: (a: number, b: number) => number
}

const cases: ReadonlyArray<Case> = [
  {
    name: "Gamma",
    dist: Gamma,
    generalized: generalizedGamma,
    expectation: (a, b) => (a * (a + 1)) / b ** 2 - a / b
  },
  {
    name: "Beta",
    dist: Beta,
    generalized: generalizedBeta,
    expectation: (a, b) => (a * (a + 1)) / ((a + b) * (a + b + 1)) - a / (a + b)
  }
]

const f = (x: tf.Tensor): tf.Tensor => tf.sub(tf.square(x), x)
const scalarOf = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)
const n = 200

describe.each(cases)("generalized reparameterization of $name", ({ dist, generalized, expectation }) => {
  it.each([
    [0.7, 1.2],
    [3, 2],
    [20, 8]
  ])("is an unbiased estimate of the gradient of E[f(x)], at (%f, %f)", (a, b) => {
    const step = 1e-5
    const exact = [
      (expectation(a + step, b) - expectation(a - step, b)) / (2 * step),
      (expectation(a, b + step) - expectation(a, b - step)) / (2 * step)
    ]
    const estimates = Array.from({ length: 100 }, (_, lane) => {
      const drawn = compute(() =>
        dist(scalarOf(tf.scalar(a)), scalarOf(tf.scalar(b)))
          .iid(n)
          .sample({ ...Key.of(1), lane })
      )
      const noise = compute(() => generalized(scalarOf(tf.scalar(a)), scalarOf(tf.scalar(b))).noiseOf(tensorOf(drawn)))
      return tidied(() => {
        const costs = f(tensorOf(drawn))
        const surrogate = (first: tf.Tensor, second: tf.Tensor): tf.Tensor => {
          const { valueOf, logDensity } = generalized(scalarOf(first), scalarOf(second))
          return tf.mean(tf.add(f(valueOf(tensorOf(noise))), tf.mul(costs, logDensity(tensorOf(noise)))))
        }
        return tf
          .grads(surrogate)([tf.scalar(a), tf.scalar(b)])
          .map((gradient) => gradient.dataSync()[0] as number)
      })
    })
    exact.forEach((value, i) => {
      const seen = estimates.map((each) => each[i] as number)
      expect(Math.abs(mean(seen) - value)).toBeLessThan(z * standardError(seen) + 1e-4)
      // an estimate of 0, or of twice the gradient, would be found out
      expect(Math.abs(value)).toBeGreaterThan(4 * standardError(seen))
    })
  })

  it("has noise of a density that adds up to 1 and has mean 0 and variance 1", () => {
    const points = Array.from({ length: 4001 }, (_, i) => -20 + i / 100)
    const densities = compute(() => {
      const { logDensity } = generalized(scalarOf(tf.scalar(1.5)), scalarOf(tf.scalar(0.8)))
      return tf.exp(logDensity(tf.tensor1d(points)))
    }).values
    const moment = (g: (x: number) => number): number =>
      points.reduce((sum, x, i) => sum + g(x) * (densities[i] as number), 0) / 100
    expect(moment(() => 1)).toBeCloseTo(1, 5)
    expect(moment((x) => x)).toBeCloseTo(0, 4)
    expect(moment((x) => x ** 2)).toBeCloseTo(1, 4)
  })
})
