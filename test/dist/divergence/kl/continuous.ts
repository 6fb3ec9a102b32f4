import fc from "fast-check"
import { AsymmetricLaplace } from "../../../../src/dist/AsymmetricLaplace.ts"
import { Cauchy } from "../../../../src/dist/Cauchy.ts"
import { ContinuousBernoulli } from "../../../../src/dist/ContinuousBernoulli.ts"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { Exponential } from "../../../../src/dist/Exponential.ts"
import { Gumbel } from "../../../../src/dist/Gumbel.ts"
import { HalfCauchy } from "../../../../src/dist/HalfCauchy.ts"
import { HalfNormal } from "../../../../src/dist/HalfNormal.ts"
import { Kumaraswamy } from "../../../../src/dist/Kumaraswamy.ts"
import { Laplace } from "../../../../src/dist/Laplace.ts"
import { Logistic } from "../../../../src/dist/Logistic.ts"
import { LogNormal } from "../../../../src/dist/LogNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Pareto } from "../../../../src/dist/Pareto.ts"
import { Triangular } from "../../../../src/dist/Triangular.ts"
import { Uniform } from "../../../../src/dist/Uniform.ts"
import { Weibull } from "../../../../src/dist/Weibull.ts"
import { number, pairs } from "./Pair.ts"

const located = (make: (loc: number, scale: number) => Dist) =>
  fc.tuple(number(-1, 1), number(0.5, 1.5)).map(([loc, scale]) => make(loc, scale))
const shaped = (make: (scale: number, concentration: number) => Dist, from: number, to: number) =>
  fc.tuple(number(0.5, 1.5), number(from, to)).map(([scale, concentration]) => make(scale, concentration))

const normal = located(Normal)
const wideNormal = fc.tuple(number(-2, 2), number(0.3, 3)).map(([loc, scale]) => Normal(loc, scale))
const laplace = located(Laplace)
const logistic = located(Logistic)
const gumbel = located(Gumbel)
const cauchy = located(Cauchy)
const logNormal = fc.tuple(number(-1, 1), number(0.2, 0.7)).map(([loc, scale]) => LogNormal(loc, scale))
const asymmetricLaplace = fc
  .tuple(number(-1, 1), number(0.5, 1.5), number(0.6, 1.6))
  .map(([loc, scale, asymmetry]) => AsymmetricLaplace(loc, scale, asymmetry))
const exponential = number(0.5, 2).map((rate) => Exponential(rate))
const halfNormal = number(0.5, 2).map((scale) => HalfNormal(scale))
const halfCauchy = number(0.5, 2).map((scale) => HalfCauchy(scale))
const weibull = shaped(Weibull, 1, 2.5)
const pareto = shaped(Pareto, 1, 4)
const steepPareto = shaped(Pareto, 12, 20)
const kumaraswamy = fc.tuple(number(0.7, 3), number(0.7, 3)).map(([a, b]) => Kumaraswamy(a, b))
const continuousBernoulli = number(-5, 5).map((logits) => ContinuousBernoulli({ logits }))
const uniform = fc.tuple(number(-2, 1), number(0.2, 3)).map(([low, width]) => Uniform(low, low + width))
const positive = fc.tuple(number(0, 1), number(0.2, 3)).map(([low, width]) => Uniform(low, low + width))
const triangular = fc
  .tuple(number(-2, 1), number(0.2, 2), number(0.2, 2))
  .map(([low, rise, fall]) => Triangular(low, low + rise + fall, low + rise))
const wide = fc.tuple(number(-4, -2), number(5, 9)).map(([low, high]) => Uniform(low, high))
const around = fc.tuple(number(-1, 0), number(1, 2)).map(([low, high]) => Uniform(low, high))

/** Two of Pareto's law, the second of which begins first. */
const paretos = fc
  .tuple(pareto, number(0.1, 0.5), number(1, 4))
  .map(([q, scale, concentration]) => [q, Pareto(scale, concentration)] as const)

export const continuousPairs = pairs({
  "KL(Normal ‖ Normal)": fc.tuple(wideNormal, wideNormal),
  "KL(Laplace ‖ Laplace)": fc.tuple(laplace, laplace),
  "KL(Exponential ‖ Exponential)": fc.tuple(exponential, exponential),
  "KL(HalfNormal ‖ HalfNormal)": fc.tuple(halfNormal, halfNormal),
  "KL(LogNormal ‖ LogNormal)": fc.tuple(logNormal, logNormal),
  "KL(Cauchy ‖ Cauchy)": fc.tuple(cauchy, cauchy),
  "KL(HalfCauchy ‖ HalfCauchy)": fc.tuple(halfCauchy, halfCauchy),
  "KL(Gumbel ‖ Gumbel)": fc.tuple(gumbel, gumbel),
  "KL(Weibull ‖ Weibull)": fc.tuple(weibull, weibull),
  "KL(Pareto ‖ Pareto)": paretos,
  "KL(ContinuousBernoulli ‖ ContinuousBernoulli)": fc.tuple(continuousBernoulli, continuousBernoulli),
  "KL(Uniform ‖ Uniform)": fc.tuple(uniform, wide),
  "KL(Weibull ‖ Exponential)": fc.tuple(weibull, exponential),
  "KL(Exponential ‖ Weibull)": fc.tuple(exponential, weibull),
  "KL(Laplace ‖ Normal)": fc.tuple(laplace, normal),
  "KL(AsymmetricLaplace ‖ Normal)": fc.tuple(asymmetricLaplace, normal),
  "KL(Logistic ‖ Normal)": fc.tuple(logistic, normal),
  "KL(Gumbel ‖ Normal)": fc.tuple(gumbel, normal),
  "KL(Exponential ‖ Normal)": fc.tuple(exponential, normal),
  "KL(HalfNormal ‖ Normal)": fc.tuple(halfNormal, normal),
  "KL(Uniform ‖ Normal)": fc.tuple(uniform, normal),
  "KL(Triangular ‖ Normal)": fc.tuple(triangular, normal),
  "KL(Exponential ‖ HalfNormal)": fc.tuple(exponential, halfNormal),
  "KL(Uniform ‖ HalfNormal)": fc.tuple(positive, halfNormal),
  "KL(Pareto ‖ HalfNormal)": fc.tuple(steepPareto, halfNormal),
  "KL(HalfNormal ‖ Exponential)": fc.tuple(halfNormal, exponential),
  "KL(LogNormal ‖ Exponential)": fc.tuple(logNormal, exponential),
  "KL(Pareto ‖ Exponential)": fc.tuple(steepPareto, exponential),
  "KL(Uniform ‖ Exponential)": fc.tuple(positive, exponential),
  "KL(Weibull ‖ LogNormal)": fc.tuple(weibull, logNormal),
  "KL(Exponential ‖ LogNormal)": fc.tuple(exponential, logNormal),
  "KL(Normal ‖ Laplace)": fc.tuple(normal, laplace),
  "KL(Uniform ‖ Laplace)": fc.tuple(uniform, laplace),
  "KL(Uniform ‖ Gumbel)": fc.tuple(uniform, gumbel),
  "KL(Triangular ‖ Uniform)": fc.tuple(triangular, wide),
  "KL(ContinuousBernoulli ‖ Uniform)": fc.tuple(continuousBernoulli, around),
  "KL(Kumaraswamy ‖ Uniform)": fc.tuple(kumaraswamy, around)
})
