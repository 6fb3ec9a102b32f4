import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { BetaBinomial } from "../../src/dist/BetaBinomial.ts"
import { Binomial } from "../../src/dist/Binomial.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { DirichletMultinomial } from "../../src/dist/DirichletMultinomial.ts"
import { DiscreteUniform } from "../../src/dist/DiscreteUniform.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Geometric } from "../../src/dist/Geometric.ts"
import { Hypergeometric } from "../../src/dist/Hypergeometric.ts"
import { Multinomial } from "../../src/dist/Multinomial.ts"
import { NegativeBinomial } from "../../src/dist/NegativeBinomial.ts"
import { OrderedLogistic } from "../../src/dist/OrderedLogistic.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { Zipf } from "../../src/dist/Zipf.ts"
import { ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { type Shape, Tensor } from "../../src/tensor/Tensor.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"

useCpu()

const of = <const S extends Shape>(shape: S, ...values: ReadonlyArray<number>): Tensor<S> =>
  Tensor.of(shape, tf.tensor([...values], [...shape]))

const logProb = (make: () => Dist, ...x: ReadonlyArray<number>): number =>
  scalar(() => {
    const dist = make()
    return dist.logProb(tf.tensor([...x], [...dist.shape]))
  })

describe("counts that are tensors", () => {
  it("are taken one for each value, and then there is no list of values", () => {
    const dist = () => Binomial(of([2], 3, 8), { probs: 0.25 })
    const one = (count: number, x: number): number => logProb(() => Binomial(count, { probs: 0.25 }), x)
    expect(logProb(dist, 2, 5)).toBeCloseTo(one(3, 2) + one(8, 5), 5)
    expect(logProb(dist, 4, 5)).toBe(-Infinity)
    tf.tidy(() => {
      expect(dist()).toMatchObject({ shape: [2], gradients: ["score"] })
      expect(dist()).not.toHaveProperty("supportValues")
      expect(BetaBinomial(of([2], 3, 8), 1, 1)).not.toHaveProperty("supportValues")
      expect(BetaBinomial(3, of([2], 1, 2), 1)).toHaveProperty("supportValues")
    })
    expect([...compute(() => dist().mean()).values]).toEqual([0.75, 2])
  })

  it("are taken one for all vectors of counts", () => {
    const weights = () => ({ logits: of([2, 2], 0, 0, 1, 0) })
    const numbers = logProb(() => Multinomial(3, weights()), 1, 2, 3, 0)
    expect(logProb(() => Multinomial(of([], 3), weights()), 1, 2, 3, 0)).toBe(numbers)
    const concentration = () => of([2], 1, 2)
    const votes = logProb(() => DirichletMultinomial(3, concentration()), 1, 2)
    expect(logProb(() => DirichletMultinomial(of([], 3), concentration()), 1, 2)).toBe(votes)
  })
})

describe("a label", () => {
  it("takes the shape of its logits without the last dimension", () => {
    const logits = () => of([2, 3], 0, 1, -1, 2, 0, 0)
    tf.tidy(() => {
      expect(Categorical({ logits: of([3], 0, 1, 2) }).shape).toEqual([])
      expect(Categorical({ logits: logits() })).toMatchObject({ shape: [2], eventRank: 0 })
      expect(Categorical({ logits: logits() }).iid(4).sample(Key.of(1)).shape).toEqual([4, 2])
    })
    const row = (x: number, ...values: ReadonlyArray<number>): number =>
      logProb(() => Categorical({ logits: of([3], ...values) }), x)
    expect(logProb(() => Categorical({ logits: logits() }), 2, 0)).toBeCloseTo(row(2, 0, 1, -1) + row(0, 2, 0, 0), 5)
  })

  it("is refused for logits that are a single number", () => {
    tf.tidy(() => {
      const number = of([], 0) as Tensor as Tensor<readonly [number]>
      expect(() => Categorical({ logits: number })).toThrow(ShapeMismatch)
      expect(() => Multinomial(1, { logits: number })).toThrow("Give a vector with a number for each label.")
    })
  })

  it("of one cutpoint is a coin of the distance to it", () => {
    for (const x of [0, 1]) {
      const coin = logProb(() => Bernoulli({ logits: of([2], 0.7, -1.5) }), x, x)
      expect(logProb(() => OrderedLogistic(of([2], 1, -1.2), of([1], 0.3)), x, x)).toBeCloseTo(coin, 5)
    }
  })
})

describe("laws that are the same", () => {
  it("a geometric one and a negative binomial one of a single failure", () => {
    for (const x of [0, 1, 7])
      expect(logProb(() => NegativeBinomial({ count: 1, probs: 0.25 }), x)).toBeCloseTo(
        logProb(() => Geometric({ probs: 0.75 }), x),
        5
      )
  })

  it("a negative binomial one of many failures and a Poisson one, up to mean²/2count", () => {
    for (const x of [0, 3, 9])
      expect(logProb(() => NegativeBinomial({ count: 1e7, mean: 4 }), x)).toBeCloseTo(
        logProb(() => Poisson({ rate: 4 }), x),
        4
      )
  })
})

describe("parameters that do not go together", () => {
  it("are refused: ends the wrong way round, more than there are, an exponent whose masses have no sum", () => {
    expect(() => DiscreteUniform(3, 2)).toThrow(SupportViolation)
    expect(() => DiscreteUniform(3, 2)).toThrow("it is 2, below low, 3. Give the lower end first.")
    expect(() => Hypergeometric(10, 11, 3)).toThrow("'Hypergeometric.successes'")
    expect(() => Hypergeometric(10, 4, 11)).toThrow("'Hypergeometric.draws'")
    expect(() => Zipf(1)).toThrow("Give a number above 1")
  })
})

/** SciPy: zeta(1.5, k + 1)/zeta(1.5). */
const tails: ReadonlyArray<readonly [number, number]> = [
  [1, 0.6172066],
  [5, 0.3261128],
  [19, 0.173357],
  [20, 0.1690773],
  [21, 0.1650995],
  [100, 0.0763676],
  [10_000, 0.0076557],
  [1_000_000, 0.0007656]
]

describe("draws of a heavy tail", () => {
  it("follow it beyond the table of the quantile: P(X > k) = ζ(s, k + 1)/ζ(s), here for s = 1.5", () => {
    const n = 40_000
    const { values } = compute(() => Zipf(1.5).iid(n).sample(Key.of(8, "zipf")))
    for (const [k, p] of tails) {
      const share = values.filter((x) => x > k).length / n
      expect(Math.abs(share - p), `beyond ${k}`).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n))
    }
  })
})
