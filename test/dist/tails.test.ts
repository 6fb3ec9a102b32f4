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
