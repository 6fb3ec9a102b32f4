/** The public types of what judges a fit. */

export type { CalibratedNumber, Calibration } from "./Calibration.ts"
export type { CalibrateOptions } from "./calibrateGuide.ts"
export type { ComparedNumber, ComparedPair, GuideDifference } from "./compareSites.ts"
export type { Diagnosis, Verdict, WeightTails } from "./Diagnosis.ts"
export type { DiagnoseOptions } from "./diagnoseFit.ts"
export type { MeasuredEstimator, Measurement } from "./Measurement.ts"
export type { MeasureOptions } from "./measureEstimators.ts"
export type { PredictiveCheck, PredictiveChecks } from "./predictiveChecks.ts"
export type { RankTest } from "./uniformity.ts"
export type { SiteUse } from "./unitUse.ts"
export type { Estimate, Suspect, Verification, VerifiedSlope } from "./Verification.ts"
export type { VerifyOptions } from "./verifyGradients.ts"
