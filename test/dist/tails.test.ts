import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { catalogue } from "../../src/dist/catalogue.ts"
import * as latent from "../../src/index.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { registerGradients } from "../../src/trace/gradients.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"
import { eps, formsOf } from "./laws/evaluate.ts"

const { Binomial, Censored, Exponential, Gumbel, Laplace, Logistic, Masked, Mixture, NegativeBinomial, Normal } = latent
const { Poisson, Transform, Transformed, Truncated, TruncatedNormal, Weibull, ZeroInflated } = latent

useCpu()
registerGradients()

interface Row {
  readonly parameters: Readonly<Record<string, number>>
  readonly x: number
  readonly logCdf: number
  readonly logSurvival: number
}

/** scripts/fixtures/tails.py, by mpmath */
const fixture: Readonly<Record<string, ReadonlyArray<Row>>> = JSON.parse(
  readFileSync(new URL("../fixtures/tails.json", import.meta.url), "utf8")
)

/** Nearer to 0 float32 has no numbers in full precision. */
const least = 1.2e-38

type Parameters = Row["parameters"]

/** A parameter, or what is thrown when a fixture lacks it. */
const get = (parameters: Parameters, name: string): number => {
  const value = parameters[name]
  if (value === undefined) throw new Error(`no parameter ${name}`)
  return value
}

const makers: Readonly<Record<string, (get: (name: string) => number) => latent.Dist>> = {
  Normal: (p) => Normal(p("loc"), p("scale")),
  Laplace: (p) => Laplace(p("loc"), p("scale")),
  AsymmetricLaplace: (p) => latent.AsymmetricLaplace(p("loc"), p("scale"), p("asymmetry")),
  Logistic: (p) => Logistic(p("loc"), p("scale")),
  Gumbel: (p) => Gumbel(p("loc"), p("scale")),
  Cauchy: (p) => latent.Cauchy(p("loc"), p("scale")),
  StudentT: (p) => latent.StudentT(p("df"), p("loc"), p("scale")),
  HalfNormal: (p) => latent.HalfNormal(p("scale")),
  HalfCauchy: (p) => latent.HalfCauchy(p("scale")),
  HalfStudentT: (p) => latent.HalfStudentT(p("df"), p("scale")),
  Exponential: (p) => Exponential(p("rate")),
  Weibull: (p) => Weibull(p("scale"), p("concentration")),
  LogNormal: (p) => latent.LogNormal(p("loc"), p("scale")),
  LogitNormal: (p) => latent.LogitNormal(p("loc"), p("scale")),
  RelaxedBernoulli: (p) => latent.RelaxedBernoulli(p("temperature"), { logits: p("logits") }),
  Gamma: (p) => latent.Gamma(p("concentration"), p("rate")),
  Chi2: (p) => latent.Chi2(p("df")),
  InverseGamma: (p) => latent.InverseGamma(p("concentration"), p("scale")),
  Beta: (p) => latent.Beta(p("concentration1"), p("concentration0")),
  Kumaraswamy: (p) => latent.Kumaraswamy(p("concentration1"), p("concentration0")),
  ContinuousBernoulli: (p) => latent.ContinuousBernoulli({ logits: p("logits") }),
  Pareto: (p) => latent.Pareto(p("scale"), p("concentration")),
  GeneralizedPareto: (p) => latent.GeneralizedPareto(p("loc"), p("scale"), p("concentration")),
  Uniform: (p) => latent.Uniform(p("low"), p("high")),
  Triangular: (p) => latent.Triangular(p("low"), p("high"), p("peak")),
  TruncatedNormal: (p) => TruncatedNormal(p("loc"), p("scale"), p("low"), p("high")),
  DiscreteUniform: (p) => latent.DiscreteUniform(p("low"), p("high")),
  Geometric: (p) => latent.Geometric({ probs: p("probs") }),
  Poisson: (p) => Poisson({ rate: p("rate") }),
  ZeroInflatedPoisson: (p) => latent.ZeroInflatedPoisson({ rate: p("rate") }, { probs: p("probs") }),
  Binomial: (p) => Binomial(p("count"), { probs: p("probs") }),
  NegativeBinomial: (p) => NegativeBinomial({ count: p("count"), probs: p("probs") }),
  Zipf: (p) => latent.Zipf(p("exponent"))
}

describe("the logarithms of both tails, far out, are those of mpmath", () => {
  it("of every family that has a cdf", () => {
    const withCdf = Object.entries(catalogue).flatMap(([name, { example }]) => {
      const names: Array<string> = []
      tf.tidy(() => {
        if ("cdf" in example()) names.push(name)
      })
      return names
    })
    expect(Object.keys(fixture).sort()).toEqual(withCdf.sort())
    for (const name of withCdf) expect(fixture[name]?.length, name).toBeGreaterThan(4)
  })

  it.each(Object.entries(makers))("%s", (name, make) => {
    const rows = fixture[name] ?? []
    for (const { parameters, x, ...logs } of rows) {
      for (const form of ["logCdf", "logSurvival"] as const) {
        const found = scalar(
          () => formsOf(make((each) => get(parameters, each)))[form]?.(tf.scalar(x)) ?? tf.scalar(NaN)
        )
        // log p near 0 is −q, and q = e^(log q) is off by as much as a rounding takes from log q
        const other = logs[form === "logCdf" ? "logSurvival" : "logCdf"]
        const near = logs[form] > other ? 4 * eps * Math.abs(other) : 0
        const allowed = Math.max(2e-6, near) * Math.abs(logs[form]) + least
        const what = `${form} at ${JSON.stringify(parameters)}, ${x}: ${found}, not ${logs[form]}`
        expect(Math.abs(found - logs[form]), what).toBeLessThanOrEqual(allowed)
      }
    }
  })
})

const gradient = (f: (x: Tensor<readonly []>) => tf.Tensor, at: number): number =>
  scalar(() => tf.grad((x: tf.Tensor) => f(Tensor.of([], x)))(tf.scalar(at)))

/** Of right values by mpmath: a relative error of at most 3e-6. */
const close = (found: number, expected: number): void =>
  expect(Math.abs(found - expected) / Math.abs(expected), `${found}, not ${expected}`).toBeLessThan(3e-6)

describe("censoring far out", () => {
  it("has the mass beyond either end, and its gradient", () => {
    close(
      scalar(() => Censored(Exponential(1), 0, 20).logProb(tf.scalar(20))),
      -20
    )
    for (const side of [1, -1]) {
      const [low, high] = side === 1 ? [-Infinity, 5] : [-5, Infinity]
      close(
        scalar(() => Censored(Normal(0, 1), low, high).logProb(tf.scalar(5 * side))),
        -15.064998393988725
      )
      const [first, last] = side === 1 ? [-Infinity, 7] : [-7, Infinity]
      const byScale = gradient((scale) => Censored(Normal(0, scale), first, last).logProb(tf.scalar(7 * side)), 1)
      close(byScale, 49.96282)
    }
  })

  it("gives lifetimes that are censored at 60 a finite log density and the right gradient at a rate of 1 and of 8", () => {
    const times = [3, 60, 41, 60, 60, 12]
    for (const rate of [1, 8]) {
      const logProb = (r: Tensor<readonly []>) => Censored(Exponential(r), 0, 60).iid(6).logProb(tf.tensor1d(times))
      const dead = times.filter((t) => t < 60).length
      const total = times.reduce((sum, t) => sum + t, 0)
      close(
        scalar(() => logProb(Tensor.of([], tf.scalar(rate)))),
        dead * Math.log(rate) - rate * total
      )
      close(gradient(logProb, rate), dead / rate - total)
    }
  })

  it("leaves numbers between the ends alone, whatever mass there is beyond", () => {
    for (const base of [Normal(0, 1), Laplace(0, 1), Logistic(0, 1), Gumbel(0, 0.1)]) {
      const [whole, censored] = [base, Censored(base, -300, 300)].map((dist) =>
        scalar(() => dist.logProb(tf.scalar(0.3)))
      )
      expect(censored).toBe(whole)
    }
  })

  it("refuses a base with masses, in words that name it", () => {
    for (const make of [Censored, Truncated])
      expect(() => make(Poisson({ rate: 2 }) as never, 0, 3 as never)).toThrow(
        `'${make.name}.base' has support 'natural', but it is Poisson, which has masses on 'natural'`
      )
  })
})

describe("truncation far out", () => {
  it.each([
    [5, 6],
    [-6, -5],
    [20, 21],
    [-40, -39],
    [8, Infinity],
    [-1, 2]
  ])("of a normal law to [%f, %f] is the truncated normal law", (low, high) => {
    const at = Number.isFinite(high) ? 0.7 * low + 0.3 * high : low + 0.1
    const [found, expected] = [Truncated(Normal(0, 1), low, high), TruncatedNormal(0, 1, low, high)].map(
      (dist) =>
        compute(() =>
          tf.stack([
            dist.logProb(tf.scalar(at)),
            dist.mean(),
            dist.cdf(tf.scalar(at)),
            dist.logSurvival(tf.scalar(at)),
            dist.icdf(tf.scalar(0.3)),
            tf.sqrt(dist.variance())
          ])
        ).values
    )
    expected?.forEach((y, i) => {
      // log F is some hundreds in the farthest interval, and is rounded as such
      expect(Math.abs((found?.[i] ?? Number.NaN) - y), `number ${i}`).toBeLessThan(1e-4 * (1 + Math.abs(y)))
    })
  })

  it("of an exponential law has no memory, however late it starts", () => {
    for (const from of [20, 100, 1000])
      close(
        scalar(() => Truncated(Exponential(1), from, Infinity).logProb(tf.scalar(from + 2))),
        -2
      )
  })
})

describe("combinators keep both tails", () => {
  const logs = (dist: object, x: number): readonly [number, number] => {
    const { logCdf, logSurvival } = formsOf(dist as latent.Dist)
    return [
      scalar(() => logCdf?.(tf.scalar(x)) ?? tf.scalar(Number.NaN)),
      scalar(() => logSurvival?.(tf.scalar(x)) ?? tf.scalar(Number.NaN))
    ]
  }

  it("a decreasing transform turns one into the other", () => {
    const inverse = Transformed(Exponential(2), Transform.power(-1))
    const [left, right] = logs(inverse, 0.02)
    close(left, -100)
    expect(Math.abs(right)).toBeLessThan(1e-37)
  })

  it("a mixture has that of its heaviest component", () => {
    const weights = { probs: [0.75, 0.25] }
    const law = () =>
      Mixture({ probs: Tensor.of([2], tf.tensor1d(weights.probs)) }, [Laplace(0, 1), Laplace(0, 2)] as const)
    const found = scalar(() => law().logSurvival(tf.scalar(300)))
    close(found, Math.log(0.125) - 150)
    close(
      scalar(() => law().logCdf(tf.scalar(-300))),
      Math.log(0.125) - 150
    )
  })

  it("added zeros leave the upper tail, less their share; a mask leaves both", () => {
    const [left, right] = logs(ZeroInflated(Poisson({ rate: 0.01 }), { probs: 0.5 }), 12)
    const [, alone] = logs(Poisson({ rate: 0.01 }), 12)
    close(right, alone - Math.LN2)
    expect(Math.abs(left)).toBeLessThan(1e-20)
    const mask = Tensor.of([], tf.scalar(1))
    const masked = logs(Masked(Normal(0, 1), mask), 20)
    mask.dispose()
    close(masked[1], -203.91715537109727)
  })
})

describe("lower tails of counts", () => {
  it("are exact where a chance is so small that 1 less it is rounded", () => {
    close(
      scalar(() => Binomial(1e7, { probs: 1e-6 }).cdf(tf.scalar(2))),
      0.0027693867
    )
    close(
      scalar(() => NegativeBinomial({ count: 1e8, mean: 10 }).cdf(tf.scalar(2))),
      0.0027693966
    )
  })
})
