import { asHtml, asText, escaped, shorter, showing, type Table } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"
import type { ComparedNumber, ComparedPair } from "./compareSites.ts"
import type { GradientNoise } from "./gradientNoise.ts"
import type { PredictiveChecks } from "./predictiveChecks.ts"
import type { SiteUse } from "./unitUse.ts"
import type { Estimate } from "./Verification.ts"

/**
 * What importance weights say of a guide:
 * - `good`: it is as good as the posterior for most purposes;
 * - `correctable`: it differs from the posterior, and importance weighting corrects it;
 * - `uncertain`: too few draws to tell;
 * - `poor`: weighting does not correct it reliably;
 * - `bad`: it is far from the posterior.
 */
export type Verdict = "good" | "correctable" | "uncertain" | "poor" | "bad"

/** The shapes of the weights' tails. */
export interface WeightTails {
  /** of all data together; where rows are weighed one by one, the median of theirs */
  readonly k: number
  /** the largest k at which this many draws are to be trusted */
  readonly threshold: number
  /** the number of equally weighted draws that the weighted ones are worth (Kish); of rows the median */
  readonly effective: number
  /** where all latent sites stand in one plate: the k of each of its rows, and the share of rows above 0.7 */
  readonly rows: { readonly plate: string; readonly k: Float64Array; readonly bad: number } | undefined
}

/** Whether to trust a fit: plain data, which prints as tables with a verdict and advice, and shows itself in a notebook. */
export interface Diagnosis extends PredictiveChecks {
  readonly verdict: Verdict
  /** what to do, in order of importance */
  readonly advice: ReadonlyArray<string>
  readonly draws: number
  readonly tails: WeightTails
  /** the ELBO with its standard error, in nats: per datum for a `model`, for all data for a `program` */
  readonly elbo: Estimate
  /** log p(data) by smoothed importance weights, with its standard error. Above k = ½ the error is underestimated, and above 0.7 the estimate is likely too low */
  readonly logEvidence: Estimate
  readonly numbers: ReadonlyArray<ComparedNumber>
  readonly pairs: ReadonlyArray<ComparedPair>
  readonly use: ReadonlyArray<SiteUse>
  /** how much the gradient of the fit still varies, by site; empty for a fit that was loaded without its plan, and under an objective that changes from step to step */
  readonly gradients: ReadonlyArray<GradientNoise>
  /** the densities of the first numbers under the guide and as weighted, as an SVG file */
  readonly picture: Picture
  readonly toString: () => string
}

export type Findings = Omit<Diagnosis, "verdict" | "advice" | "toString">

/** @param advise what to do about what was found */
export const diagnosis = (
  found: Findings,
  advise: (found: Findings, verdict: Verdict) => Diagnosis["advice"]
): Diagnosis => {
  const verdict = verdictOf(found)
  const value = { verdict, advice: advise(found, verdict), ...found }
  return showing(value, () => {
    const parts = shown(value)
    return {
      text: parts.map((part) => (typeof part === "string" ? part : asText(part))).join("\n"),
      html: parts.map((part) => (typeof part === "string" ? `<div>${escaped(part)}</div>` : asHtml(part))).join(""),
      svg: found.picture.svg
    }
  })
}

/** Does any number, or pair of numbers, differ between the guide and the weighted draws? */
export const differs = ({ numbers, pairs }: Pick<Findings, "numbers" | "pairs">): boolean =>
  pairs.length > 0 || numbers.some(({ differences }) => differences.length > 0)

const verdictOf = ({ tails: { k, threshold, rows }, ...found }: Findings): Verdict => {
  if (rows !== undefined && rows.bad > 0.5) return "bad"
  if (k > 1 || Number.isNaN(k)) return "bad"
  if (k > 0.7 || (rows !== undefined && rows.bad > 0.05)) return "poor"
  if (k > threshold) return "uncertain"
  return differs(found) ? "correctable" : "good"
}

const meaning: { readonly [V in Verdict]: string } = {
  good: "the guide is close to the posterior",
  correctable: "the guide differs from the posterior, but importance weights correct it: read the weighted numbers",
  uncertain: "too few draws to tell whether importance weights correct the guide",
  poor: "the guide is so far from the posterior that the weighted numbers are not reliable either; they err on the side of the guide",
  bad: "the guide misses a large part of the posterior; the weighted numbers only hint at the direction"
}

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`

/** How many numbers are printed: those that differ first. */
const printed = 20

const shown = (found: Findings & Pick<Diagnosis, "verdict" | "advice">): ReadonlyArray<string | Table> => {
  const { tails, elbo, logEvidence, draws, verdict } = found
  const ks =
    tails.rows === undefined
      ? `k = ${tails.k.toFixed(2)}`
      : `k = ${tails.k.toFixed(2)} in the median row of '${tails.rows.plate}', above 0.7 in ${percent(tails.rows.bad)} of ${tails.rows.k.length} rows`
  const ordered = found.numbers.toSorted((a, b) => Math.sign(b.differences.length) - Math.sign(a.differences.length))
  const numbers: Table = {
    head: ["site", "guide: mean", "sd", "weighted: mean", "sd", "ratio", ""],
    numbers: new Set([1, 2, 3, 4, 5]),
    rows: ordered
      .slice(0, printed)
      .map(({ site, place, guide, weighted, spread, differences }) => [
        `${site}${place}`,
        ...[guide.mean, guide.sd, weighted.mean, weighted.sd].map(shorter),
        spread.mean.toFixed(2),
        differences.join(", ")
      ])
  }
  const use: Table = {
    head: ["site", "KL", "numbers in use"],
    numbers: new Set([1]),
    rows: found.use
      .filter(({ kl, active }) => kl !== undefined || active !== undefined)
      .map(({ site, kl, active, variance }) => [
        site,
        kl === undefined ? "–" : shorter(kl),
        active === undefined ? "–" : `${active.length} of ${variance?.length ?? 0}`
      ])
  }
  const gradients: Table = {
    head: ["site", "gradient by", "its variance", "share"],
    numbers: new Set([2, 3]),
    rows: found.gradients.map(({ site, estimator, variance, share }) => [
      ...[site, estimator, shorter(variance)],
      percent(share)
    ])
  }
  const checks: Table = {
    head: ["observed", "number", "data", "replicated: mean", "sd", "P(larger)", ""],
    numbers: new Set([2, 3, 4, 5]),
    rows: found.checks.map(({ site, statistic, observed, replicated, tail, isUnlikely }) => [
      ...[site, statistic, shorter(observed), shorter(replicated.mean), shorter(replicated.sd), tail.toFixed(3)],
      isUnlikely ? "unlikely" : ""
    ])
  }
  return [
    `${verdict}: ${meaning[verdict]} (${ks}, ${draws} draws, good up to ${tails.threshold.toFixed(2)})`,
    `ELBO ${pair(elbo)}, log evidence ${pair(logEvidence)}${remark(tails.k)}; the draws are worth ${Math.round(tails.effective)}`,
    numbers,
    ...(ordered.length > printed ? [`${ordered.length - printed} more numbers`] : []),
    use,
    ...(found.gradients.length > 0 ? [gradients] : []),
    ...(found.checks.length > 0 ? [checks] : []),
    ...found.leftOut.map((reason) => `not checked: ${reason}`),
    ...found.advice.map((line) => `→ ${line}`)
  ]
}

/** Beyond k = 0.7 few draws hardly see the tail that holds the rest (Vehtari et al. 2024). */
const remark = (k: number): string => (k > 0.7 ? " or more" : "")

const pair = ({ mean, error }: Estimate): string => `${mean.toFixed(3)} ± ${error.toPrecision(2)}`
