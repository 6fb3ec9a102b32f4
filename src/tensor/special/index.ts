import { Binomial } from "../draws/binomial.ts"
import { LogStandardGamma } from "../draws/gamma.ts"
import { Poisson } from "../draws/poisson.ts"
import { VonMises, VonMisesSlope } from "../draws/vonMises.ts"
import { BesselRatio, BesselRest, LogI0, LogI0Rest } from "./bessel.ts"
import { Lbeta } from "./beta.ts"
import { BetaLogDensity } from "./betaDensity.ts"
import { Betainc, BetaincByA, BetaincByB, Betaincc } from "./betainc.ts"
import { CloseDeviance } from "./closeDeviance.ts"
import { CoinExcess } from "./coinExcess.ts"
import { Erfc, ErrorFunction } from "./erf.ts"
import { Digamma, DigammaGap, Lgamma, Polygamma } from "./gamma.ts"
import { GammaLogDensity } from "./gammaDensity.ts"
import { Gammainc, GammaincByShape, Gammaincc, LogQuantileSlope } from "./gammainc.ts"
import { DensityInside, InsideOf } from "./insideOf.ts"
import { LgammaGap } from "./lgammaGap.ts"
import { LogBetainc, LogBetaincSlope } from "./logBetainc.ts"
import { LogDeviance } from "./logDeviance.ts"
import { LogGammainc, LogGammaincSlope } from "./logGammainc.ts"
import { LogitLess, LogLess, LogOneLessPower } from "./logLess.ts"
import { LogQuotient } from "./logQuotient.ts"
import { LogSumExp } from "./logSumExp.ts"
import { Log1mexp, Logaddexp, Logit, Xlog1py, Xlogy } from "./logs.ts"
import { CoinLogMass, LogMass, LogOtherMass, LogStep, TimesLog } from "./masses.ts"
import { NegativeBinomialByMean } from "./negativeBinomial.ts"
import { Erfinv, LogNdtr, Ndtri, NdtriOfLogs } from "./normal.ts"
import { IsLargest, PolyaCell } from "./polyaCell.ts"
import { ProductLess, ProductsLess } from "./productLess.ts"
import type { Special } from "./Special.ts"
import { SplitAt } from "./splitAt.ts"
import { Stirling, StirlingGap } from "./stirling.ts"
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
    LogQuotient,
    LogLess,
    LogitLess,
    LogOneLessPower,
    DigammaGap,
    Stirling,
    StirlingGap,
    CloseDeviance,
    LogDeviance,
    NegativeBinomialByMean,
    CoinExcess,
    GammaLogDensity,
    BetaLogDensity,
    PolyaCell,
    IsLargest,
    BesselRest,
    LogI0Rest,
    ProductLess,
    ProductsLess,
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
    DensityInside,
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
