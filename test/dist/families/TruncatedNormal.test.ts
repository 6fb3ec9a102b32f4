import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { compute } from "../../support/onCpu.ts"
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

it("TruncatedNormal refuses ends that are numbers in the wrong order", () => {
  expect(() => TruncatedNormal(0, 1, 2, 1)).toThrow(SupportViolation)
  expect(() => TruncatedNormal(0, 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toThrow("Give low < high.")
})
