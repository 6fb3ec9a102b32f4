import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { compute, scalar } from "../../support/onCpu.ts"
import { laws } from "../laws/laws.ts"
import { truncatedNormal } from "./TruncatedNormal.ts"

laws(truncatedNormal)

it("TruncatedNormal has quantiles that its cdf gives back also where the mean lies far outside, and where the ends are close", () => {
  const us = [1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 2 ** -20].map(Math.fround)
  const settings: ReadonlyArray<readonly [number, number, number, number]> = [
    [0, 1, 8, Number.POSITIVE_INFINITY],
    [-100, 1, 0, 1],
    [30, 2, Number.NEGATIVE_INFINITY, 0.25],
    [0, 1, 0.5, 0.625]
  ]
  for (const [loc, scale, low, high] of settings) {
    const { values } = compute(() => {
      const dist = TruncatedNormal(loc, scale, low, high).iid(us.length)
      return dist.cdf(dist.icdf(tf.tensor1d(us)))
    })
    // a quantile is rounded to float32: by 2⁻²⁴·8 where the density is 8, which the probability takes over
    us.forEach((u, i) => {
      expect(Math.abs((values[i] as number) - u), `${[loc, scale, low, high]} at ${u}`).toBeLessThan(2e-5)
    })
  }
})

it("TruncatedNormal has the quantiles of mpmath in a part of a normal law that is narrow beside its scale", () => {
  const cases = [
    [0, 1e7, -1, 1, 0.2, -0.599999994],
    [0, 1e4, -1, 1, 0.7, 0.3999999756],
    [0, 1, 0, 1e-6, 0.2, 2.000000025e-7],
    [-50, 10, 0, 0.1, 0.6, 0.05939741834],
    [0.3, 2, -0.5, 0.7, 0.9, 0.5806153852],
    [0, 1, -0.9, 0.9, 0.03, -0.8308948261],
    [5, 1, 0, 0.15, 0.4, 0.07365678529]
  ] as const
  for (const [loc, scale, low, high, u, right] of cases) {
    const found = scalar(() => TruncatedNormal(loc, scale, low, high).icdf(tf.scalar(u)))
    expect(Math.abs(found - right), `${[loc, scale, low, high, u]}: ${found}`).toBeLessThan(4e-7 * (high - low))
  }
})

it("TruncatedNormal refuses ends that are numbers in the wrong order", () => {
  expect(() => TruncatedNormal(0, 1, 2, 1)).toThrow(SupportViolation)
  expect(() => TruncatedNormal(0, 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toThrow("Give low < high.")
})
