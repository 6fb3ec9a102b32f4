import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { Categorical } from "../../src/dist/Categorical.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Multinomial } from "../../src/dist/Multinomial.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../src/dist/OneHotCategorical.ts"
import { RelaxedOneHotCategorical } from "../../src/dist/RelaxedOneHotCategorical.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"

useCpu()

const weights = () => ({ probs: Tensor.of([3], tf.tensor1d([2, 1, 5])) })
const logProb = (make: () => Dist, x: tf.TensorLike): number => scalar(() => make().logProb(tf.tensor(x)))

/** φ(x − m), the standard normal density */
const phi = (x: number): number => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)

test("probs that do not add up to 1 are divided by their sum, here 8", () => {
  expect(logProb(() => Categorical(weights()), 2)).toBeCloseTo(Math.log(5 / 8), 5)
  expect(logProb(() => OneHotCategorical(weights()), [0, 1, 0])).toBeCloseTo(Math.log(1 / 8), 5)
  // 3! / (1! 0! 2!) · (2/8) · (5/8)²
  expect(logProb(() => Multinomial(3, weights()), [1, 0, 2])).toBeCloseTo(Math.log(3 * (2 / 8) * (5 / 8) ** 2), 5)
  const centres = () => Normal(Tensor.of([3], tf.tensor1d([-1, 0, 2])), 1)
  const mixed = (2 * phi(1.5) + phi(0.5) + 5 * phi(-1.5)) / 8
  expect(logProb(() => Mixture(weights(), centres()), 0.5)).toBeCloseTo(Math.log(mixed), 5)
})

test("of a relaxed label the density is that of the shares (Maddison et al. 2017, equation 10)", () => {
  const [y, shares, t] = [[0.2, 0.5, 0.3], [2 / 8, 1 / 8, 5 / 8], 0.7] as const
  const each = shares.map((a, i) => a * (y[i] ?? 0) ** -t)
  const total = each.reduce((sum, x) => sum + x, 0)
  const product = each.reduce((sum, x, i) => (sum * x) / (total * (y[i] ?? 0)), 1)
  expect(logProb(() => RelaxedOneHotCategorical(t, weights()), y)).toBeCloseTo(Math.log(2 * t ** 2 * product), 4)
})

test("draws have the shares of the weights", () => {
  const n = 4000
  const { values } = compute(() => Categorical(weights()).iid(n).sample(Key.of(3)))
  const share = [...values].filter((x) => x === 2).length / n
  expect(Math.abs(share - 5 / 8)).toBeLessThan(4 * Math.sqrt(((5 / 8) * (3 / 8)) / n))
})
