import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import {
  Bernoulli,
  Binomial,
  Categorical,
  Censored,
  Data,
  Engine,
  Exponential,
  Gamma,
  Geometric,
  Key,
  Kumaraswamy,
  klDivergence,
  LKJCholesky,
  Mixture,
  NegativeBinomial,
  Normal,
  observe,
  Poisson,
  param,
  plate,
  program,
  sample,
  Tensor,
  VonMises,
  Weibull,
  Zipf
} from "../../src/index.ts"
import { allEqual, type Case, equal, isTagged, messageOf, refused, short } from "./Case.ts"

const read = (x: tf.Tensor): number => x.dataSync()[0] ?? Number.NaN
const scalar = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
const vector = <const N extends number>(n: N, numbers: ReadonlyArray<number>): Tensor<readonly [N]> =>
  Tensor.of([n], tf.tensor1d([...numbers]))
const probs = <const N extends number>(n: N, numbers: ReadonlyArray<number>) =>
  Categorical({ probs: vector(n, numbers) })

/** x + 1/(x + 2/(x + 3/…)), the standard normal density at x divided by the upper tail (Laplace's continued fraction). */
const hazard = (x: number): number => {
  let value = x
  for (let k = 200; k > 0; k--) value = x + k / value
  return value
}
const logTail = (x: number): number => -0.5 * x * x - 0.5 * Math.log(2 * Math.PI) - Math.log(hazard(x))

/** Σₖ₌₀² of the mass of k, each from the one before by its ratio. */
const upToTwo = (first: number, ratio: (k: number) => number): number => first * (1 + ratio(1) * (1 + ratio(2)))

/** Mean square deviation of a quantile function over (0, 1), by the midpoint rule. */
const varianceOf = (quantile: (u: number) => number, cells = 1_000_000): number => {
  const values = Float64Array.from({ length: cells }, (_, i) => quantile((i + 0.5) / cells))
  const mean = values.reduce((sum, x) => sum + x, 0) / cells
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / cells
}

const censored: ReadonlyArray<Case> = [
  {
    id: "B1",
    input: "Censored(Exponential(1), 0, 20).logProb(20)",
    run: () => equal(read(Censored(Exponential(1), 0, 20).logProb(tf.scalar(20))), -20, 1e-6)
  },
  {
    id: "B1",
    input: "Censored(Normal(0, 1), −∞, 5).logProb(5), by Laplace's continued fraction",
    run: () => equal(read(Censored(Normal(0, 1), Number.NEGATIVE_INFINITY, 5).logProb(tf.scalar(5))), logTail(5), 1e-5)
  },
  {
    id: "B1",
    input: "Censored(Normal(0, σ), −∞, 7).logProb(7): derivative by σ at 1, 7 times the hazard",
    run: () => {
      const at = (scale: tf.Tensor): tf.Scalar =>
        Censored(Normal(0, Tensor.of([], scale)), Number.NEGATIVE_INFINITY, 7).logProb(tf.scalar(7)) as tf.Scalar
      return equal(read(tf.grad(at)(tf.scalar(1))), 7 * hazard(7), 1e-4)
    }
  },
  {
    id: "B1",
    input: "lifetimes 12, 31, 45, 60, 60 censored at 60, a rate that begins at 1: the maximum, 3 deaths / 208",
    run: async () => {
      const times = Data.of([12, 31, 45, 60, 60], [])
      // the latent site is only there because a guide needs one: it reads nothing
      const guided = program(
        Effect.gen(function* () {
          yield* sample("z", Normal(0, 1))
          yield* plate("rows", () => observe("t", Censored(Exponential(param.positive("rate", 1)), 0, 60)))
        })
      ).guide(() => ({ z: Normal(0, 1) }))
      const data = { rows: { t: times } }
      const options = { epochs: 10_000, learningRate: 0.01, progress: false, engine: Engine.onnx }
      const fitted = await guided.fitPromise(data, options)
      return equal(fitted.parameter("rate")[0] ?? Number.NaN, 3 / 208, 0.01)
    }
  }
]

const sure: ReadonlyArray<Case> = [
  {
    id: "B2",
    input: "Categorical({ probs: [.5, .5, 0] }): logProb(0), entropy (pytorch #40553)",
    run: () => {
      const dist = probs(3, [0.5, 0.5, 0])
      return allEqual(
        [
          [read(dist.logProb(tf.scalar(0))), -Math.LN2],
          [read(dist.entropy()), Math.LN2]
        ],
        1e-6
      )
    }
  },
  {
    id: "B2",
    input: "KL(Categorical [0, .1, .9] ‖ [.1, .1, .8]) (Distributions.jl #793)",
    run: () =>
      equal(read(klDivergence(probs(3, [0, 0.1, 0.9]), probs(3, [0.1, 0.1, 0.8]))), 0.9 * Math.log(0.9 / 0.8), 1e-5)
  },
  {
    id: "B2",
    input:
      "the sure outcome of Bernoulli(1), Bernoulli(0), Binomial(3, 1), Geometric(1), Poisson(0) with tensor parameters (pytorch #53485)",
    run: () =>
      allEqual(
        [
          [read(Bernoulli({ probs: scalar(1) }).logProb(tf.scalar(1))), 0],
          [read(Bernoulli({ probs: scalar(0) }).logProb(tf.scalar(0))), 0],
          [read(Binomial(3, { probs: scalar(1) }).logProb(tf.scalar(3))), 0],
          [read(Geometric({ probs: scalar(1) }).logProb(tf.scalar(0))), 0],
          [read(Poisson({ rate: scalar(0) }).logProb(tf.scalar(0))), 0]
        ],
        1e-6
      )
  },
  {
    id: "B2",
    input:
      "Mixture([1, p], N(∓1, 1)).logProb(1): derivative by p = 0, N(1; 1, 1) / N(1; −1, 1) − 1, since weights are normalised (numpyro PR #2224)",
    run: () => {
      const at = (p: tf.Tensor): tf.Scalar => {
        const weights = Tensor.of([2], tf.stack([tf.scalar(1), p.asScalar()]))
        return Mixture({ probs: weights }, Normal(vector(2, [-1, 1]), 1)).logProb(tf.scalar(1)) as tf.Scalar
      }
      return equal(read(tf.grad(at)(tf.scalar(0))), Math.exp(2) - 1, 1e-4)
    }
  }
]

const concentrated: ReadonlyArray<Case> = [
  {
    id: "B3",
    input: "Gamma(1e6, 1e6): logProb(1) and entropy, by Stirling's series",
    run: () => {
      const a = 1e6
      const dist = Gamma(a, a)
      const half = 0.5 * Math.log(2 * Math.PI)
      return allEqual(
        [
          [read(dist.logProb(tf.scalar(1))), 0.5 * Math.log(a) - half - 1 / (12 * a)],
          [read(dist.entropy()), 0.5 + half - 0.5 * Math.log(a) - 1 / (3 * a)]
        ],
        1e-4
      )
    }
  },
  {
    id: "B3",
    input: "VonMises(1, 1e6).entropy(); KL of κ = 1e5 at locations 0 and .001 (pytorch #88443), to order 1/κ",
    run: () =>
      allEqual(
        [
          [read(VonMises(1, 1e6).entropy()), 0.5 + 0.5 * Math.log((2 * Math.PI) / 1e6)],
          [read(klDivergence(VonMises(0, 1e5), VonMises(0.001, 1e5))), 1e5 * (1 - 0.5e-5) * 2 * Math.sin(0.0005) ** 2]
        ],
        1e-4
      )
  },
  {
    id: "B4",
    input: "Binomial(1e7, 1e-6).cdf(2); NegativeBinomial({ count: 1e8, mean: 10 }).cdf(2), by sums",
    run: () => {
      const [n, p, r, mean] = [1e7, 1e-6, 1e8, 10]
      return allEqual(
        [
          [
            read(Binomial(n, { probs: p }).cdf(tf.scalar(2))),
            upToTwo(Math.exp(n * Math.log1p(-p)), (k) => ((n - k + 1) / k) * (p / (1 - p)))
          ],
          [
            read(NegativeBinomial({ count: r, mean }).cdf(tf.scalar(2))),
            upToTwo(Math.exp(-r * Math.log1p(mean / r)), (k) => ((r + k - 1) / k) * (mean / (r + mean)))
          ]
        ],
        1e-3
      )
    }
  },
  {
    id: "B5",
    input: "Weibull(1, 1e6).variance(), Kumaraswamy(1e4, 1e4).variance(), by quadrature of their quantiles",
    run: () =>
      allEqual(
        [
          [read(Weibull(1, 1e6).variance()), Math.PI ** 2 / 6e12],
          [
            read(Kumaraswamy(1e4, 1e4).variance()),
            varianceOf((u) => Math.exp(Math.log(-Math.expm1(Math.log1p(-u) / 1e4)) / 1e4))
          ]
        ],
        1e-2
      )
  }
]

const isShapeMismatch = (_: string, tag: string): boolean => tag === "ShapeMismatch"
const refusals: ReadonlyArray<Case> = [
  {
    id: "B6",
    input: "KL of Categoricals of 3 labels and 1",
    run: () => refused(() => klDivergence(probs(3, [0.2, 0.3, 0.5]), probs(1, [1])), "ShapeMismatch", isShapeMismatch)
  },
  {
    id: "B6",
    input: "KL of Categoricals of 2 labels and 3",
    run: () =>
      refused(() => klDivergence(probs(2, [0.5, 0.5]), probs(3, [0.2, 0.3, 0.5])), "ShapeMismatch", isShapeMismatch)
  }
]

const tinyConcentration: Case = {
  id: "B7",
  input: "LKJCholesky(4, 0.01): log densities of 400 of its own draws",
  run: () => {
    const dist = LKJCholesky(4, 0.01)
    const draws = Array.from({ length: 400 }, (_, i) => tf.tidy(() => read(dist.logProb(dist.sample(Key.of(i))))))
    const lost = draws.filter(Number.isNaN).length
    return { printed: `${lost} are NaN`, right: "0 are NaN", holds: lost === 0 }
  }
}

const messages: ReadonlyArray<Case> = [
  {
    id: "B8",
    input: "LKJCholesky(1, 1)",
    run: () =>
      refused(
        () => LKJCholesky(1, 1).logProb(tf.ones([1, 1])),
        "words that name the dimension, 1",
        (text) => !text.includes("it is -1")
      )
  },
  {
    id: "B8",
    input: "Censored(Poisson({ rate: 3 }), 0, 5)",
    run: () =>
      refused(
        () => Reflect.apply(Censored, undefined, [Poisson({ rate: 3 }), 0, 5]).logProb(tf.scalar(1)),
        "words that name Poisson",
        (text) => text.includes("Poisson") && !text.includes("got []")
      )
  },
  {
    id: "B8",
    input: "KL of Binomial(3, .5) and Binomial(4, .5)",
    run: () =>
      refused(
        () => klDivergence(Binomial(3, { probs: 0.5 }), Binomial(4, { probs: 0.5 })),
        "words that name the counts 3 and 4",
        (text) => text.includes("3") && text.includes("4")
      )
  },
  {
    id: "B8",
    input: "Normal([0, 1], 1) from JavaScript",
    run: () =>
      refused(
        () => read(Reflect.apply(Normal, undefined, [[0, 1], 1]).logProb(tf.scalar(0))),
        "words that name 'loc'",
        (text) => text.includes("loc")
      )
  },
  {
    id: "B8",
    input: "cdf(∞) of Poisson({ rate: 3 }), Zipf(2), NegativeBinomial(5, mean 2)",
    run: () => {
      const at = tf.scalar(Number.POSITIVE_INFINITY)
      const dists = {
        Poisson: Poisson({ rate: 3 }),
        Zipf: Zipf(2),
        NegativeBinomial: NegativeBinomial({ count: 5, mean: 2 })
      }
      const values = Object.values(dists).map((dist) => {
        try {
          return read(dist.cdf(at))
        } catch (error) {
          if (!isTagged(error)) throw new Error(`a raw error: ${messageOf(error)}`)
          return Number.NaN
        }
      })
      return { printed: values.map(short).join(", "), right: "1, 1, 1", holds: values.every((value) => value === 1) }
    }
  }
]

/** Section B: distributions, on tfjs's own backend. */
export const distributions: ReadonlyArray<Case> = [
  ...censored,
  ...sure,
  ...concentrated,
  ...refusals,
  tinyConcentration,
  ...messages
]
