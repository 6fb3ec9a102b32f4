import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { categorical, gumbelNoise } from "../../../src/tensor/draws/categorical.ts"
import { Key, uniform } from "../../../src/tensor/random.ts"
import { valuesOf } from "../../support/draws.ts"
import { chiSquare, ksDistance, ksLimit } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"

useCpu()

const weights = [1, 0.02, 4, 2.5]
const total = weights.reduce((sum, weight) => sum + weight, 0)

it("labels come as often as the softmax of their logits says (χ², p > 0.001)", () => {
  const logits = weights.map((weight) => Math.log(weight) + 7)
  const labels = valuesOf(() => categorical(Key.of(1, "fit"), tf.tensor1d(logits), [100_000]))
  const counts = weights.map((_, label) => labels.filter((each) => each === label).length)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(labels.length)
  expect(
    chiSquare(
      counts,
      weights.map((weight) => weight / total)
    )
  ).toBeLessThan(1)
})

it("a label of probability 0 is never drawn, and each number has logits of its own", () => {
  const logits = () => tf.tensor2d([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0], [2, 2])
  const labels = valuesOf(() => categorical(Key.of(2, "z"), logits(), [500, 2]))
  expect(labels.filter((_, i) => i % 2 === 0).every((label) => label === 0)).toBe(true)
  expect(labels.filter((_, i) => i % 2 === 1).every((label) => label === 1)).toBe(true)
})

it("Gumbel numbers are distributed by exp(−e⁻ˣ) (Kolmogorov–Smirnov, p > 0.001)", () => {
  const draws = valuesOf(() => gumbelNoise(uniform(Key.of(1, "fit"), [50_000])))
  expect(ksDistance(draws, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(ksLimit)
})
