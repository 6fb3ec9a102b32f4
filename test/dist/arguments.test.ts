import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { catalogue } from "../../src/dist/catalogue.ts"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import * as latent from "../../src/index.ts"
import { useCpu } from "../support/onCpu.ts"
import { tidied } from "./laws/evaluate.ts"

useCpu()

type Arguments = ReadonlyArray<unknown>
type Constructor = (...given: Arguments) => unknown

/** Plain JavaScript knows no types: a constructor as it is called from there. */
const constructorOf = (name: string): Constructor => Reflect.get(latent, name) as Constructor

const two = (): tf.Tensor => tf.tensor1d([0, 1])
const positive = (): tf.Tensor => tf.tensor1d([1, 2])
const probs = (): tf.Tensor => tf.tensor1d([0.5, 0.5])
const lower = (): tf.Tensor =>
  tf.tensor2d([
    [1, 0],
    [0.5, 1]
  ])
const coin = { probs: 0.5 }

/** What each constructor takes; `…` names stand for those of the arguments, in messages. */
const takes: Readonly<Record<keyof typeof catalogue | Combined, () => Arguments>> = {
  AsymmetricLaplace: () => [0, 1, 1],
  Bernoulli: () => [coin],
  Beta: () => [1, 2],
  BetaBinomial: () => [3, 1, 2],
  Binomial: () => [3, coin],
  Categorical: () => [{ probs: probs() }],
  Cauchy: () => [0, 1],
  Chi2: () => [3],
  ContinuousBernoulli: () => [coin],
  Delta: () => [0.5, "real"],
  Dirichlet: () => [positive()],
  DirichletMultinomial: () => [3, positive()],
  DiscreteUniform: () => [0, 3],
  Exponential: () => [1],
  Gamma: () => [1, 2],
  GaussianProcess: () => [two(), latent.Kernel.rbf({ lengthscale: 1 }), 0.5],
  GaussianRandomWalk: () => [1, 3],
  GeneralizedPareto: () => [0, 1, 0.5],
  Geometric: () => [coin],
  Gumbel: () => [0, 1],
  HalfCauchy: () => [1],
  HalfNormal: () => [1],
  HalfStudentT: () => [3, 1],
  Hypergeometric: () => [6, 3, 2],
  ImproperUniform: () => ["real", [2]],
  InverseGamma: () => [1, 2],
  Kumaraswamy: () => [1, 2],
  Laplace: () => [0, 1],
  LKJCholesky: () => [3, 1],
  Logistic: () => [0, 1],
  LogisticNormal: () => [two(), 1],
  LogitNormal: () => [0, 1],
  LogNormal: () => [0, 1],
  LowRankMultivariateNormal: () => [0, tf.ones([2, 1]), 1],
  Multinomial: () => [3, { probs: probs() }],
  MultivariateNormal: () => [0, { scaleTril: lower() }],
  MultivariateStudentT: () => [3, 0, lower()],
  NegativeBinomial: () => [{ count: 2, probs: 0.5 }],
  Normal: () => [0, 1],
  OneHotCategorical: () => [{ probs: probs() }],
  OrderedLogistic: () => [0, two()],
  Pareto: () => [1, 2],
  Poisson: () => [{ rate: 1 }],
  RelaxedBernoulli: () => [1, coin],
  RelaxedOneHotCategorical: () => [1, { probs: probs() }],
  SkewNormal: () => [0, 1, 1],
  StraightThroughBernoulli: () => [1, coin],
  StraightThroughOneHotCategorical: () => [1, { probs: probs() }],
  StudentT: () => [3, 0, 1],
  Triangular: () => [0, 2, 1],
  TruncatedNormal: () => [0, 1, -1, 1],
  Uniform: () => [0, 1],
  VonMises: () => [0, 1],
  Weibull: () => [1, 2],
  Wishart: () => [3, lower()],
  ZeroInflatedPoisson: () => [{ rate: 1 }, coin],
  Zipf: () => [2],
  Truncated: () => [latent.Normal(0, 1), -1, 1],
  Censored: () => [latent.Exponential(1), 0, 2],
  Masked: () => [latent.Normal(latent.Tensor.of([2], two()), 1), tf.tensor1d([1, 0])],
  ZeroInflated: () => [latent.Poisson({ rate: 1 }), coin],
  Mixture: () => [{ probs: probs() }, [latent.Normal(0, 1), latent.Normal(1, 1)]],
  MarkovChain: () => [{ initial: two(), transition: lower(), steps: 3 }],
  HiddenMarkovModel: () => [
    { initial: two(), transition: lower(), steps: 3 },
    [latent.Normal(0, 1), latent.Normal(1, 1)]
  ],
  Autoregressive: () => [{ coefficients: two(), scale: 1, steps: 3 }]
}
type Combined =
  | "ZeroInflated"
  | "Truncated"
  | "Censored"
  | "Masked"
  | "Mixture"
  | "MarkovChain"
  | "HiddenMarkovModel"
  | "Autoregressive"

/** Nothing of this is an argument of any constructor. */
const wrong: ReadonlyArray<unknown> = [
  ...[
    undefined,
    null,
    true,
    "a",
    "0.5",
    3n,
    [0, 0],
    [
      [1, 0],
      [0, 1]
    ],
    [],
    {},
    { p: 0.3 },
    () => 1,
    Symbol("a")
  ],
  ...[
    { loc: 0, scale: 1 },
    { probs: [0.5, 0.5] },
    { probs: null },
    { logits: "a" },
    { probs: 0.5, logits: 0 },
    { probs: 0.5, q: 1 }
  ],
  ...[Number.NaN, new Float32Array([0, 1]), new Date(0)]
]

/** The same arguments with one of them, or one number of an object of them, replaced. */
const replaced = (given: Arguments): ReadonlyArray<readonly [Arguments, string]> =>
  given.flatMap((argument, i) => {
    const at = (value: unknown): Arguments => given.map((each, j) => (j === i ? value : each))
    const whole = wrong.map((value) => [at(value), `argument ${i} as ${show(value)}`] as const)
    if (
      Object.prototype.toString.call(argument) !== "[object Object]" ||
      argument instanceof tf.Tensor ||
      "family" in Object(argument)
    )
      return whole
    const inner = Object.keys(Object(argument)).flatMap((key) =>
      wrong.map((value) => [at({ ...Object(argument), [key]: value }), `${key} as ${show(value)}`] as const)
    )
    return [...whole, ...inner]
  })

const show = (value: unknown): string =>
  ["symbol", "bigint", "function"].includes(typeof value) ? String(value) : (JSON.stringify(value) ?? String(value))

/** Those of `wrong` that are right for one argument of some constructor. */
const rightAfterAll: Readonly<Record<string, ReadonlyArray<string>>> = {
  // an optional one may be left out, and a number has the empty shape
  Delta: ["argument 1 as undefined"],
  // a kernel is a function
  GaussianProcess: ["argument 1 as () => 1"],
  ImproperUniform: ["argument 1 as []"]
}

describe("a constructor called from plain JavaScript", () => {
  it("stands in the table", () => {
    expect(Object.keys(takes)).toEqual(expect.arrayContaining(Object.keys(catalogue)))
  })

  it.each(Object.entries(takes))("%s takes what it takes, and refuses all else in words that name it", (name, make) => {
    tidied(() => {
      const construct = constructorOf(name)
      expect(() => construct(...make())).not.toThrow()
      const failures = replaced(make()).flatMap(([given, how]) => {
        if (rightAfterAll[name]?.includes(how)) return []
        try {
          construct(...given)
          return [`${name}: ${how} is taken`]
        } catch (error) {
          const typed =
            error instanceof InvalidOption || error instanceof SupportViolation || error instanceof ShapeMismatch
          return typed && error.message.includes(name) ? [] : [`${name}: ${how}: ${error}`]
        }
      })
      expect(failures).toEqual([])
      for (let n = 0; n < make().length; n++) {
        if (name === "Delta" && n === 1) continue
        expect(() => construct(...make().slice(0, n))).toThrow(/missing|given no|undefined/)
      }
    })
  })

  it("Truncated and Censored refuse a distribution without quantiles", () => {
    for (const name of ["Truncated", "Censored"])
      expect(() => constructorOf(name)(latent.Gamma(2, 1), 0, 1)).toThrow(
        `${name}.base' is the distribution Gamma; expected a distribution with cdf and icdf`
      )
  })
})
