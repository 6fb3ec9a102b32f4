import { Binomial } from "../draws/binomial.ts"
import { LogStandardGamma } from "../draws/gamma.ts"
import { Poisson } from "../draws/poisson.ts"
import { VonMises, VonMisesSlope } from "../draws/vonMises.ts"
import { BesselRatio, BesselRest, LogI0, LogI0Rest } from "./bessel.ts"
import { Lbeta } from "./beta.ts"
import { BetaLogDensity } from "./betaDensity.ts"
import { Betainc, BetaincByA, BetaincByB } from "./betainc.ts"
import { CloseDeviance } from "./closeDeviance.ts"
import { Erfc, ErrorFunction } from "./erf.ts"
import { Digamma, DigammaGap, Lgamma, Polygamma } from "./gamma.ts"
import { GammaLogDensity } from "./gammaDensity.ts"
import { Gammainc, GammaincByShape, Gammaincc, LogQuantileSlope } from "./gammainc.ts"
import { InsideOf } from "./insideOf.ts"
import { LgammaGap } from "./lgammaGap.ts"
import { LogQuotient } from "./logQuotient.ts"
import { LogSumExp } from "./logSumExp.ts"
import { Log1mexp, Logaddexp, Logit, Xlog1py, Xlogy } from "./logs.ts"
import { Erfinv, LogNdtr, Ndtri } from "./normal.ts"
import { PolyaCell } from "./polyaCell.ts"
import { ProductLess, ProductsLess } from "./productLess.ts"
import type { Special } from "./Special.ts"
import { Stirling, StirlingGap } from "./stirling.ts"
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
    DigammaGap,
    Stirling,
    StirlingGap,
    CloseDeviance,
    GammaLogDensity,
    BetaLogDensity,
    PolyaCell,
    BesselRest,
    LogI0Rest,
    ProductLess,
    ProductsLess,
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
