import fc from "fast-check"
import { Chi2 } from "../../../../src/dist/Chi2.ts"
import { Exponential } from "../../../../src/dist/Exponential.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { InverseGamma } from "../../../../src/dist/InverseGamma.ts"
import { LogNormal } from "../../../../src/dist/LogNormal.ts"
import { Weibull } from "../../../../src/dist/Weibull.ts"
import { number, pairs } from "./Pair.ts"

/** Distributions of positive numbers whose logarithms have all moments. */
const exponential = number(0.3, 3).map((rate) => Exponential(rate))
const gamma = fc.tuple(number(0.5, 4), number(0.3, 3)).map(([a, b]) => Gamma(a, b))
const chi2 = number(1, 8).map((df) => Chi2(df))
const inverseGamma = fc.tuple(number(0.5, 4), number(0.3, 3)).map(([a, b]) => InverseGamma(a, b))
const weibull = fc.tuple(number(0.5, 1.5), number(1, 2.5)).map(([scale, shape]) => Weibull(scale, shape))
const logNormal = fc.tuple(number(-1, 1), number(0.2, 0.7)).map(([loc, scale]) => LogNormal(loc, scale))

/** Those that have a fourth moment of 1/x, and of x: a standard error needs it. */
const gammaFromZero = fc.tuple(number(5, 8), number(0.3, 3)).map(([a, b]) => Gamma(a, b))
const chi2FromZero = number(10, 16).map((df) => Chi2(df))
const inverseGammaLight = fc.tuple(number(5, 8), number(0.3, 3)).map(([a, b]) => InverseGamma(a, b))

export const positivePairs = pairs({
  "KL(Chi2 ‖ Chi2)": fc.tuple(chi2, chi2),
  "KL(Chi2 ‖ Exponential)": fc.tuple(chi2, exponential),
  "KL(Chi2 ‖ Gamma)": fc.tuple(chi2, gamma),
  "KL(Chi2 ‖ InverseGamma)": fc.tuple(chi2FromZero, inverseGamma),
  "KL(Chi2 ‖ LogNormal)": fc.tuple(chi2, logNormal),
  "KL(Exponential ‖ Chi2)": fc.tuple(exponential, chi2),
  "KL(Exponential ‖ Gamma)": fc.tuple(exponential, gamma),
  "KL(Gamma ‖ Chi2)": fc.tuple(gamma, chi2),
  "KL(Gamma ‖ Exponential)": fc.tuple(gamma, exponential),
  "KL(Gamma ‖ Gamma)": fc.tuple(gamma, gamma),
  "KL(Gamma ‖ InverseGamma)": fc.tuple(gammaFromZero, inverseGamma),
  "KL(Gamma ‖ LogNormal)": fc.tuple(gamma, logNormal),
  "KL(InverseGamma ‖ Chi2)": fc.tuple(inverseGammaLight, chi2),
  "KL(InverseGamma ‖ Exponential)": fc.tuple(inverseGammaLight, exponential),
  "KL(InverseGamma ‖ Gamma)": fc.tuple(inverseGammaLight, gamma),
  "KL(InverseGamma ‖ InverseGamma)": fc.tuple(inverseGamma, inverseGamma),
  "KL(InverseGamma ‖ LogNormal)": fc.tuple(inverseGamma, logNormal),
  "KL(LogNormal ‖ Chi2)": fc.tuple(logNormal, chi2),
  "KL(LogNormal ‖ Gamma)": fc.tuple(logNormal, gamma),
  "KL(LogNormal ‖ InverseGamma)": fc.tuple(logNormal, inverseGamma),
  "KL(Weibull ‖ Chi2)": fc.tuple(weibull, chi2),
  "KL(Weibull ‖ Gamma)": fc.tuple(weibull, gamma)
})
