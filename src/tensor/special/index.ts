import { Binomial } from "../draws/binomial.ts"
import { LogStandardGamma } from "../draws/gamma.ts"
import { Poisson } from "../draws/poisson.ts"
import { VonMises, VonMisesSlope } from "../draws/vonMises.ts"
import { BesselRatio, LogI0 } from "./bessel.ts"
import { Lbeta } from "./beta.ts"
import { Betainc, BetaincByA, BetaincByB } from "./betainc.ts"
import { Erfc, ErrorFunction } from "./erf.ts"
import { Digamma, Lgamma, Polygamma } from "./gamma.ts"
import { Gammainc, GammaincByShape, Gammaincc, LogQuantileSlope } from "./gammainc.ts"
import { InsideOf } from "./insideOf.ts"
import { LgammaGap } from "./lgammaGap.ts"
import { LogSumExp } from "./logSumExp.ts"
import { Log1mexp, Logaddexp, Logit, Xlog1py, Xlogy } from "./logs.ts"
import { CoinLogMass, LogMass, LogOtherMass, LogStep, TimesLog } from "./masses.ts"
import { Erfinv, LogNdtr, Ndtri } from "./normal.ts"
import type { Special } from "./Special.ts"
import { WithGradient } from "./withGradient.ts"

/** Every special function and every kernel that draws, by the name of its kernel. */
export const special: Readonly<Record<string, Special>> = Object.fromEntries(
  [
    Lgamma,
    Digamma,
    Polygamma,
    Lbeta,
    LgammaGap,
    ErrorFunction,
    Erfc,
    Erfinv,
    LogNdtr,
    Ndtri,
    LogI0,
    BesselRatio,
    Logaddexp,
    Log1mexp,
    Logit,
    Xlogy,
    Xlog1py,
    LogMass,
    LogOtherMass,
    TimesLog,
    LogStep,
    CoinLogMass,
    LogSumExp,
    InsideOf,
    Gammainc,
    Gammaincc,
    GammaincByShape,
    Betainc,
    BetaincByA,
    BetaincByB,
    LogQuantileSlope,
    LogStandardGamma,
    Poisson,
    Binomial,
    VonMises,
    VonMisesSlope,
    WithGradient
  ].map((each) => [each.kernel, each])
)
