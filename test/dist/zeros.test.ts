import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HiddenMarkovModel } from "../../src/dist/combine/HiddenMarkovModel.ts"
import { MarkovChain } from "../../src/dist/combine/MarkovChain.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { ZeroInflated } from "../../src/dist/combine/ZeroInflated.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Multinomial } from "../../src/dist/Multinomial.ts"
import { ShapeMismatch } from "../../src/Errors.ts"
import * as latent from "../../src/index.ts"
import { Key } from "../../src/tensor/random.ts"
import { type Shape, Tensor } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"
import { formsOf, tidied } from "./laws/evaluate.ts"

const { Bernoulli, Binomial, Categorical, Geometric, NegativeBinomial, OneHotCategorical, OrderedLogistic, Poisson } =
  latent
const { crossEntropy, klDivergence, renyiDivergence, Normal, StraightThroughBernoulli, ZeroInflatedPoisson } = latent

useCpu()

const inf = Number.POSITIVE_INFINITY
const of = (x: tf.Tensor): Tensor => Tensor.of(x.shape, x)
const number = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
const vector = (x: ReadonlyArray<number>): Tensor<readonly [number]> => Tensor.of([x.length], tf.tensor1d([...x]))

/** Equal up to the rounding of float32, or both the same infinity. */
const close = (actual: number, expected: number, tolerance = 2e-6): void => {
  if (Number.isFinite(expected))
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)))
  else expect(actual).toBe(expected)
}
const closeAll = (actual: ArrayLike<number>, expected: ReadonlyArray<number>, tolerance = 2e-6): void => {
  expect(actual.length).toBe(expected.length)
  expected.forEach((each, i) => {
    close(actual[i] as number, each, tolerance)
  })
}

/** A probability, or none of it, of which another part of the number line has what is left. */
const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(y))
const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, x) => total + x, 0)
const shares = (xs: ReadonlyArray<number>): ReadonlyArray<number> => xs.map((x) => x / sum(xs))

/** Probabilities of four labels, of which at least one is 0 and one is not. */
const weights = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }), fc.nat(3), fc.nat(3))
  .map(([counts, none, some]) => counts.map((n, i) => (i === none ? 0 : i === some ? n + 1 : n)))
  .filter((counts) => sum(counts) > 0)
  .map(shares)

/** The derivative of a function of several numbers from 0, of which none leaves that range: one-sided where a number is 0. */
const slopes = (f: (x: ReadonlyArray<number>) => number, x: ReadonlyArray<number>): ReadonlyArray<number> =>
  x.map((at, i) => {
    const h = 1e-6
    const moved = (by: number): number => f(x.map((each, j) => (i === j ? at + by : each)))
    return at === 0 ? (-3 * moved(0) + 4 * moved(h) - moved(2 * h)) / (2 * h) : (moved(h) - moved(-h)) / (2 * h)
  })

const gradient = (f: (x: Tensor) => tf.Tensor, at: () => tf.Tensor): ReadonlyArray<number> => [
  ...tidied(() =>
    tf
      .grad((x) => f(of(x)).sum())(at())
      .dataSync()
  )
]

describe("laws of labels with probabilities that are 0", () => {
  const laws = { Categorical, OneHotCategorical } as const
  const at = {
    Categorical: (i: number) => tf.scalar(i),
    OneHotCategorical: (i: number) => tf.oneHot(tf.scalar(i, "int32"), 4).toFloat()
  } as const
  const names = ["Categorical", "OneHotCategorical"] as const
  const makes = {
    probs: (name: (typeof names)[number], p: ReadonlyArray<number>) => laws[name]({ probs: vector(p) }),
    logits: (name: (typeof names)[number], p: ReadonlyArray<number>) =>
      laws[name]({ logits: vector(p.map((x) => Math.log(x) + 3)) })
  } as const

  it.each(names)("%s has the log masses, the entropy and the divergences of enumeration", (name) => {
    fc.assert(
      fc.property(
        weights,
        weights,
        fc.constantFrom("probs", "logits"),
        fc.constantFrom(0.3, 0.5, 0.8, 2, 3),
        (p, r, way, alpha) => {
          const make = (w: ReadonlyArray<number>): Dist => makes[way as "probs"](name, w)
          p.forEach((mass, i) => {
            close(
              scalar(() => make(p).logProb(at[name](i))),
              Math.log(mass)
            )
          })
          close(
            scalar(() => formsOf(make(p)).entropy?.() ?? tf.scalar(Number.NaN)),
            -sum(p.map((x) => xlogy(x, x)))
          )
          const kl = sum(p.map((x, i) => (x === 0 ? 0 : x * Math.log(x / (r[i] ?? 0)))))
          const divergence = (f: (q: Dist, p: Dist) => tf.Tensor): number => scalar(() => f(make(p), make(r)))
          close(
            divergence((a, b) =>
              klDivergence(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>)
            ),
            kl
          )
          close(
            divergence((a, b) =>
              crossEntropy(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>)
            ),
            -sum(p.map((x, i) => xlogy(x, r[i] ?? 0)))
          )
          const powers = p.map((x, i) =>
            x === 0 ? 0 : (r[i] ?? 0) === 0 ? (alpha < 1 ? 0 : inf) : x ** alpha * (r[i] ?? 0) ** (1 - alpha)
          )
          close(
            divergence((a, b) =>
              renyiDivergence(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>, alpha)
            ),
            Math.log(sum(powers)) / (alpha - 1),
            1e-5
          )
        }
      ),
      { seed: 3, numRuns: 60 }
    )
  })

  it.each(names)("%s has the gradients of finite differences by its probabilities, at 0 too", (name) => {
    fc.assert(
      fc.property(weights, weights, fc.nat(3), (p, r, label) => {
        const x = p[label] === 0 ? p.findIndex((mass) => mass > 0) : label
        const logMass = gradient(
          (probs) => laws[name]({ probs: probs as Tensor<readonly [number]> }).logProb(at[name](x)),
          () => vector(p)
        )
        closeAll(
          logMass,
          slopes((w) => Math.log((w[x] as number) / sum(w)), p),
          1e-3
        )
        const mean = gradient(
          (probs) =>
            laws[name]({ probs: probs as Tensor<readonly [number]> })
              .mean()
              .mul(name === "Categorical" ? 1 : tf.tensor1d([0, 1, 2, 3])),
          () => vector(p)
        )
        closeAll(
          mean,
          slopes((w) => sum(shares(w).map((share, i) => i * share)), p),
          1e-3
        )
        // what q cannot give, p may not be able to give either: KL is smooth in p there
        const both = r.map((mass, i) => (p[i] === 0 ? 0 : mass + 0.1))
        const byP = gradient(
          (probs) =>
            klDivergence(Categorical({ probs: vector(p) }), Categorical({ probs: probs as Tensor<readonly [number]> })),
          () => vector(shares(both))
        )
        closeAll(
          byP,
          slopes(
            (w) => sum(p.map((mass, i) => (mass === 0 ? 0 : mass * Math.log(mass / (shares(w)[i] as number))))),
            shares(both)
          ),
          2e-3
        )
      }),
      { seed: 4, numRuns: 40 }
    )
  })

  it("Multinomial has the log masses of enumeration, its moments, its draws and its gradients", () => {
    fc.assert(
      fc.property(weights, (p) => {
        tidied(() => {
          const votes = Multinomial(3, { probs: vector(p) })
          const values = votes.supportValues().arraySync() as ReadonlyArray<ReadonlyArray<number>>
          const masses = values.map((x) => Math.exp(votes.logProb(tf.tensor1d([...x])).dataSync()[0] as number))
          const factorial = [1, 1, 2, 6] as const
          closeAll(
            masses,
            values.map((x) => 6 * x.reduce((m, n, i) => (m * (p[i] as number) ** n) / (factorial[n as 0] ?? 1), 1))
          )
          closeAll(
            [...votes.mean().dataSync()],
            p.map((x) => 3 * x)
          )
          closeAll(
            [...votes.variance().dataSync()],
            p.map((x) => 3 * x * (1 - x))
          )
          const draws = votes.iid(50).sample(Key.of(1))
          expect(scalar(() => votes.iid(50).logProb(draws))).toBeGreaterThan(-inf)
          const x = values[masses.findIndex((mass) => mass > 0)] ?? []
          const g = gradient(
            (probs) => Multinomial(3, { probs: probs as Tensor<readonly [number]> }).logProb(tf.tensor1d([...x])),
            () => vector(p)
          )
          closeAll(
            g,
            slopes((w) => sum(x.map((n, i) => xlogy(n, (w[i] as number) / sum(w)))), p),
            1e-3
          )
        })
      }),
      { seed: 5, numRuns: 25 }
    )
  })

  it("never draw what cannot come up", () => {
    for (const way of [makes.probs, makes.logits])
      for (const name of names) {
        const draws = tidied(() => [...way(name, [0.5, 0, 0.5, 0]).iid(200).sample(Key.of(2)).dataSync()])
        if (name === "Categorical") expect(new Set(draws)).toEqual(new Set([0, 2]))
        else expect(draws.filter((bit, i) => bit === 1 && i % 2 === 1)).toEqual([])
      }
  })

  it("of different numbers of labels are refused", () => {
    tidied(() => {
      const label = (...p: ReadonlyArray<number>) => Categorical({ probs: vector(p) })
      for (const [q, p] of [
        [label(0.2, 0.3, 0.5), label(1)],
        [label(1), label(0.2, 0.3, 0.5)],
        [label(0.5, 0.5), label(0.2, 0.3, 0.5)]
      ] as const) {
        expect(() => klDivergence(q, p)).toThrow(ShapeMismatch)
        expect(() => crossEntropy(q, p)).toThrow(ShapeMismatch)
        expect(() => renyiDivergence(q, p, 2)).toThrow(ShapeMismatch)
        expect(() => renyiDivergence(q, p, 0.3)).toThrow(ShapeMismatch)
      }
    })
  })
})

/** A family of a parameter at the edge of its domain: its log mass at a value, as it follows from the formula on paper, and the derivative. */
interface Edge {
  readonly make: (at: Tensor<readonly []>) => Dist
  readonly at: number
  /** values, log masses, and their derivatives by the parameter where the log mass is finite */
  readonly masses: ReadonlyArray<readonly [x: number, logMass: number, slope?: number]>
  readonly mean: number
  readonly variance: number
  readonly entropy?: number
}

const edges: Readonly<Record<string, Edge>> = {
  "Bernoulli, p = 0": {
    make: (probs) => Bernoulli({ probs }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, p = 1": {
    make: (probs) => Bernoulli({ probs }),
    at: 1,
    masses: [
      [1, 0, 1],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, logits = ∞": {
    make: (logits) => Bernoulli({ logits }),
    at: inf,
    masses: [
      [1, 0, 0],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, logits = −∞": {
    make: (logits) => Bernoulli({ logits }),
    at: -inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "StraightThroughBernoulli, p = 1": {
    make: (probs) => StraightThroughBernoulli(0.5, { probs }),
    at: 1,
    masses: [
      [1, 0, 1],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Binomial, p = 0": {
    make: (probs) => Binomial(3, { probs }),
    at: 0,
    masses: [
      [0, 0, -3],
      [2, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Binomial, p = 1": {
    make: (probs) => Binomial(3, { probs }),
    at: 1,
    masses: [
      [3, 0, 3],
      [2, -inf]
    ],
    mean: 3,
    variance: 0
  },
  "Binomial, logits = ∞": {
    make: (logits) => Binomial(3, { logits }),
    at: inf,
    masses: [
      [3, 0, 0],
      [2, -inf]
    ],
    mean: 3,
    variance: 0
  },
  "Geometric, p = 1": {
    make: (probs) => Geometric({ probs }),
    at: 1,
    masses: [
      [0, 0, 1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "Geometric, logits = ∞": {
    make: (logits) => Geometric({ logits }),
    at: inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "NegativeBinomial, p = 0": {
    make: (probs) => NegativeBinomial({ count: 2.5, probs }),
    at: 0,
    masses: [
      [0, 0, -2.5],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "NegativeBinomial, mean 0": {
    make: (mean) => NegativeBinomial({ count: 2.5, mean }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Poisson, rate 0": {
    make: (rate) => Poisson({ rate }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf],
      [7, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Poisson, log rate −∞": {
    make: (logRate) => Poisson({ logRate }),
    at: -inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  // d/dg log(g + (1 − g) e^−2) = (1 − e^−2)/(g + (1 − g) e^−2), d/dg log(1 − g) = −1/(1 − g)
  "ZeroInflatedPoisson, g = 0": {
    make: (probs) => ZeroInflatedPoisson({ rate: 2 }, { probs }),
    at: 0,
    masses: [
      [0, -2, Math.exp(2) - 1],
      [1, Math.log(2) - 2, -1]
    ],
    mean: 2,
    variance: 2
  },
  "ZeroInflatedPoisson, g = 1": {
    make: (probs) => ZeroInflatedPoisson({ rate: 2 }, { probs }),
    at: 1,
    masses: [
      [0, 0, 1 - Math.exp(-2)],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "ZeroInflatedPoisson, rate 0": {
    make: (rate) => ZeroInflatedPoisson({ rate }, { probs: 0.25 }),
    at: 0,
    masses: [
      [0, 0, -0.75],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "ZeroInflated(Poisson), g = 0": {
    make: (probs) => ZeroInflated(Poisson({ rate: 2 }), { probs }),
    at: 0,
    masses: [
      [0, -2, Math.exp(2) - 1],
      [1, Math.log(2) - 2, -1]
    ],
    mean: 2,
    variance: 2
  },
  "ZeroInflated(Poisson), g = 1": {
    make: (probs) => ZeroInflated(Poisson({ rate: 2 }), { probs }),
    at: 1,
    masses: [
      [0, 0, 1 - Math.exp(-2)],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "OrderedLogistic, predictor ∞": {
    make: (x) => OrderedLogistic(x, vector([-1, 1])),
    at: inf,
    masses: [
      [2, 0],
      [0, -inf],
      [1, -inf]
    ],
    mean: 2,
    variance: 0,
    entropy: 0
  }
}

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
