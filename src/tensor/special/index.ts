import { Binomial } from "../draws/binomial.ts"
import { LogStandardGamma } from "../draws/gamma.ts"
import { Poisson } from "../draws/poisson.ts"
import { VonMises, VonMisesSlope } from "../draws/vonMises.ts"
import { BesselRatio, LogI0 } from "./bessel.ts"
import { Lbeta } from "./beta.ts"
import { Betainc, BetaincByA, BetaincByB, Betaincc } from "./betainc.ts"
import { Erfc, ErrorFunction } from "./erf.ts"
import { Digamma, Lgamma, Polygamma } from "./gamma.ts"
import { Gammainc, GammaincByShape, Gammaincc, LogQuantileSlope } from "./gammainc.ts"
import { InsideOf } from "./insideOf.ts"
import { LgammaGap } from "./lgammaGap.ts"
import { LogBetainc, LogBetaincSlope } from "./logBetainc.ts"
import { LogGammainc, LogGammaincSlope } from "./logGammainc.ts"
import { LogSumExp } from "./logSumExp.ts"
import { Log1mexp, Logaddexp, Logit, Xlog1py, Xlogy } from "./logs.ts"
import { CoinLogMass, LogMass, LogOtherMass, LogStep, TimesLog } from "./masses.ts"
import { Erfinv, LogNdtr, Ndtri, NdtriOfLogs } from "./normal.ts"
import type { Special } from "./Special.ts"
import { SplitAt } from "./splitAt.ts"
import { ExactLog, LogBetween, LogNegLog, LogShare } from "./tails.ts"
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
    NdtriOfLogs,
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
    SplitAt,
    LogShare,
    ExactLog,
    LogBetween,
    LogNegLog,
    Gammainc,
    Gammaincc,
    GammaincByShape,
    LogGammainc,
    LogGammaincSlope,
    Betainc,
    Betaincc,
    BetaincByA,
    BetaincByB,
    LogBetainc,
    LogBetaincSlope,
    LogQuantileSlope,
    LogStandardGamma,
    Poisson,
    Binomial,
    VonMises,
    VonMisesSlope,
    WithGradient
  ].map((each) => [each.kernel, each])
)
