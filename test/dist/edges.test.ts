import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { HiddenMarkovModel } from "../../src/dist/combine/HiddenMarkovModel.ts"
import { MarkovChain } from "../../src/dist/combine/MarkovChain.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import * as latent from "../../src/index.ts"
import { Key } from "../../src/tensor/random.ts"
import { type Shape, Tensor } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"
import { edges } from "./edges.ts"
import { formsOf, tidied } from "./laws/evaluate.ts"
import { close, closeAll, gradient, inf, number, sum, vector, xlogy } from "./zeros.ts"

const { Bernoulli, Binomial, Geometric, klDivergence, NegativeBinomial, Normal, Poisson, renyiDivergence } = latent

useCpu()

describe("a parameter at the edge of its domain", () => {
  it.each(Object.entries(edges))(
    "%s: log masses, moments and gradients are what they are on paper",
    (_, { make, at, masses, ...moments }) => {
      for (const [x, logMass, slope] of masses) {
        close(
          scalar(() => make(number(at)).logProb(tf.scalar(x))),
          logMass
        )
        if (slope !== undefined)
          closeAll(
            gradient(
              (p) => make(p as Tensor<readonly []>).logProb(tf.scalar(x)),
              () => tf.scalar(at)
            ),
            [slope]
          )
      }
      close(
        scalar(() => make(number(at)).mean()),
        moments.mean
      )
      close(
        scalar(() => make(number(at)).variance()),
        moments.variance
      )
      if (moments.entropy !== undefined)
        close(
          scalar(() => formsOf(make(number(at))).entropy?.() ?? tf.scalar(Number.NaN)),
          moments.entropy
        )
    }
  )

  it.each(Object.entries(edges))(
    "%s: draws are possible, the cdf is 1 after all of them, and no gradient is NaN",
    (_, { make, at, masses }) => {
      tidied(() => {
        const dist = make(number(at)).iid(60)
        const draws = dist.sample(Key.of(7))
        expect((dist.logProb(draws).dataSync()[0] as number) > -inf).toBe(true)
        const { cdf } = formsOf(make(number(at)))
        const all = masses.reduce((most, [x]) => Math.max(most, x), 0)
        if (cdf !== undefined && masses.some(([, mass]) => mass === 0))
          close(cdf(tf.scalar(all)).dataSync()[0] as number, 1)
        for (const f of [
          (d: Dist) => d.mean(),
          (d: Dist) => d.variance(),
          (d: Dist) => formsOf(d).entropy?.() ?? d.mean()
        ])
          expect(
            gradient(
              (p) => f(make(p as Tensor<readonly []>)),
              () => tf.scalar(at)
            ).filter(Number.isNaN)
          ).toEqual([])
      })
    }
  )
})

describe("divergences of coins and counts at the edge", () => {
  /** α, q, p and D_α(q‖p) by the definition, with 1 for KL */
  const coins = (q: number, p: number, alpha: number): number => {
    const pairs = [
      [q, p],
      [1 - q, 1 - p]
    ] as const
    if (alpha === 1) return sum(pairs.map(([a, b]) => (a === 0 ? 0 : a * Math.log(a / b))))
    const terms = pairs.map(([a, b]) => (a === 0 ? 0 : b === 0 ? (alpha < 1 ? 0 : inf) : a ** alpha * b ** (1 - alpha)))
    return Math.log(sum(terms)) / (alpha - 1)
  }
  const divergence = (q: ReturnType<typeof Bernoulli>, p: ReturnType<typeof Bernoulli>, alpha: number): tf.Tensor =>
    alpha === 1 ? klDivergence(q, p) : renyiDivergence(q, p, alpha)

  it.each([0.3, 0.5, 0.8, 1, 2, 3])("of order %s are those of the definition", (alpha) => {
    for (const q of [0, 0.25, 1])
      for (const p of [0, 0.5, 1]) {
        const expected = coins(q, p, alpha)
        close(
          scalar(() => divergence(Bernoulli({ probs: number(q) }), Bernoulli({ probs: number(p) }), alpha)),
          expected,
          1e-5
        )
        const logit = (x: number): Tensor<readonly []> => number(Math.log(x) - Math.log1p(-x))
        close(
          scalar(() => divergence(Bernoulli({ logits: logit(q) }), Bernoulli({ logits: logit(p) }), alpha)),
          expected,
          1e-5
        )
      }
  })

  it.each([0.5, 1, 2])("of order %s of a sure count from one that is not are the log mass", (alpha) => {
    const of = (q: Dist, p: Dist): number =>
      scalar(() => divergence(q as ReturnType<typeof Bernoulli>, p as ReturnType<typeof Bernoulli>, alpha))
    tidied(() => {
      // a sure value x: D_α = −log p(x) for every α
      close(of(Poisson({ rate: number(0) }), Poisson({ rate: 2 })), 2)
      close(of(Geometric({ probs: number(1) }), Geometric({ probs: 0.25 })), -Math.log(0.25))
      close(
        of(NegativeBinomial({ count: 2, probs: number(0) }), NegativeBinomial({ count: 2, probs: 0.25 })),
        -2 * Math.log(0.75)
      )
      close(of(Binomial(3, { probs: number(1) }), Binomial(3, { probs: 0.5 })), 3 * Math.LN2)
      // and the other way round, α/(1 − α)·(−log q(x)) for α < 1, infinite from 1 on
      const back = (minusLogMass: number): number => (alpha < 1 ? (alpha / (1 - alpha)) * minusLogMass : inf)
      close(of(Poisson({ rate: 2 }), Poisson({ rate: number(0) })), back(2))
      close(of(Geometric({ probs: 0.25 }), Geometric({ probs: number(1) })), back(-Math.log(0.25)))
      close(of(Binomial(3, { probs: 0.5 }), Binomial(3, { probs: number(1) })), back(3 * Math.LN2))
    })
  })
})

describe("combinators with weights that are 0", () => {
  const normal = (x: number, loc: number): number => Math.exp(-((x - loc) ** 2) / 2) / Math.sqrt(2 * Math.PI)

  it("Mixture has the gradient p_k(x)/p(x) − 1 by every weight", () => {
    for (const p of [
      [1, 0],
      [0, 1],
      [0.25, 0.75]
    ])
      for (const x of [0, 1.5, 3]) {
        const make = (probs: Tensor) =>
          Mixture({ probs: probs as Tensor<readonly [2]> }, [Normal(0, 1), Normal(3, 1)]).logProb(tf.scalar(x))
        const parts = [normal(x, 0), normal(x, 3)]
        const all = sum(parts.map((part, k) => part * (p[k] as number)))
        close(
          scalar(() => make(vector(p))),
          Math.log(all)
        )
        closeAll(
          gradient(make, () => vector(p)),
          parts.map((part) => part / all - 1),
          1e-5
        )
      }
  })

  it("Mixture takes a component far away, of weight 0, for what it is", () => {
    const make = (probs: Tensor) =>
      Mixture({ probs: probs as Tensor<readonly [2]> }, [Normal(50, 1), Normal(0, 1)]).logProb(tf.scalar(50))
    const gradients = gradient(make, () => vector([0, 1]))
    expect(gradients.filter(Number.isNaN)).toEqual([])
    close(
      scalar(() => make(vector([0, 1]))),
      -1250 - 0.5 * Math.log(2 * Math.PI)
    )
  })

  it("MarkovChain and HiddenMarkovModel have the probabilities of enumeration with logits of −∞, and finite gradients", () => {
    const [initial, transition] = [
      [0, -inf],
      [
        [Math.log(0.5), Math.log(0.5)],
        [-inf, 0]
      ]
    ] as const
    const chain = () => ({
      initial: Tensor.of([2], tf.tensor1d([...initial])),
      transition: Tensor.of([2, 2], tf.tensor2d(transition.map((row) => [...row]))),
      steps: 3
    })
    const [first, moves] = [
      [1, 0],
      [
        [0.5, 0.5],
        [0, 1]
      ]
    ] as const
    const paths = Array.from({ length: 8 }, (_, i) => [i >> 2, (i >> 1) & 1, i & 1] as const)
    const mass = ([a, b, c]: readonly [number, number, number]): number =>
      (first[a as 0] as number) * (moves[a as 0]?.[b as 0] as number) * (moves[b as 0]?.[c as 0] as number)
    for (const path of paths)
      close(
        scalar(() => MarkovChain(chain()).logProb(tf.tensor1d([...path]))),
        Math.log(mass(path))
      )
    close(
      scalar(() => MarkovChain(chain()).entropy()),
      -sum(paths.map((path) => xlogy(mass(path), mass(path))))
    )
    const x = [0.3, 2.5, -1] as const
    const seen = sum(paths.map((path) => mass(path) * path.reduce((m, s, t) => m * normal(x[t as 0] ?? 0, 3 * s), 1)))
    const model = (given: Tensor) =>
      HiddenMarkovModel({ ...chain(), transition: given as Tensor<readonly [2, 2]> }, [
        Normal(0, 1),
        Normal(3, 1)
      ]).logProb(tf.tensor1d([...x]))
    close(
      scalar(() => model(chain().transition)),
      Math.log(seen)
    )
    const start = () => tf.tensor2d(transition.map((row) => [...row]))
    const both = [
      ...gradient(model, start),
      ...gradient(
        (given) =>
          MarkovChain({ ...chain(), transition: given as Tensor<readonly [2, 2]> }).logProb(tf.tensor1d([0, 0, 1])),
        start
      )
    ]
    expect(both.filter((each) => !Number.isFinite(each))).toEqual([])
    const drawn: Shape = tidied(() => [...MarkovChain(chain()).iid(100).sample(Key.of(1)).dataSync()])
    // state 1 is never left
    drawn.forEach((state, i) => {
      if (i % 3 > 0 && drawn[i - 1] === 1) expect(state).toBe(1)
    })
  })
})
