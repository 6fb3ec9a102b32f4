import { asHtml, asText, escaped, showing, type Table } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"
import { normalQuantile } from "../mcmc/normalQuantile.ts"
import type { ComparedPair, GuideDifference } from "./compareSites.ts"
import { rankPicture } from "./rankPicture.ts"
import { type RankTest, rankTest } from "./uniformity.ts"
import type { Estimate } from "./Verification.ts"

/** One number of a latent site, over all simulated data sets. */
export interface CalibratedNumber {
  readonly site: string
  /** its place in the value, of a site in a plate in `[rows, ...event]` */
  readonly place: string
  /** for each data set how many of the guide's draws lie below the true value: uniform on 0 … draws for an exact posterior */
  readonly ranks: Int32Array
  readonly test: RankTest
  /** the median over data sets of (true value − mean of the guide)/sd of the guide, on the real line: 0 for an exact normal posterior */
  readonly bias: Estimate
  /** half the distance between the 16th and the 84th percentile of the same: 1 for an exact normal posterior, 2 where the guide has half the sd */
  readonly spread: number
  readonly differences: ReadonlyArray<GuideDifference | "not uniform">
}

/** Whether a guide, fitted as it was, is right on average over data that the model makes itself: plain data, which prints as a table with advice. */
export interface Calibration {
  /** whether no number differs, and all fits ended with finite parameters */
  readonly ok: boolean
  /** data sets whose fit ended with finite parameters */
  readonly simulations: number
  /** data sets whose fit did not, which are left out */
  readonly failed: number
  /** draws of each guide */
  readonly draws: number
  readonly numbers: ReadonlyArray<CalibratedNumber>
  /** numbers whose errors go together, and the guide's draws do not: their correlation over data sets beside that of the draws, on average */
  readonly pairs: ReadonlyArray<ComparedPair>
  readonly advice: ReadonlyArray<string>
  /** histograms of the ranks, as an SVG file */
  readonly picture: Picture
  readonly toString: () => string
}

/** What was found of one number. */
export interface Ranked extends Pick<CalibratedNumber, "site" | "place" | "ranks" | "bias" | "spread"> {}

export interface Outcome extends Pick<Calibration, "simulations" | "failed" | "draws" | "pairs"> {
  readonly numbers: ReadonlyArray<Ranked>
  /** the chance of a false alarm, for all numbers together */
  readonly level: number
}

export const calibration = ({ numbers: ranked, level, ...outcome }: Outcome): Calibration => {
  // three tests a number
  const each = level / (3 * Math.max(1, ranked.length))
  const threshold = -normalQuantile(each / 2)
  const numbers = ranked.map((number): CalibratedNumber => {
    const test = rankTest(number.ranks, outcome.draws)
    return { ...number, test, differences: differencesOf(test, threshold, each) }
  })
  const picture = rankPicture(numbers)
  const ok = outcome.failed === 0 && numbers.every(({ differences }) => differences.length === 0)
  const value = { ok, ...outcome, numbers, advice: adviceFor(outcome, numbers), picture }
  return showing(value, () => {
    const [title, table, ...advice] = shown(value)
    const html = advice.map((line) => `<div>${escaped(line)}</div>`).join("")
    return {
      text: [title, asText(table), ...advice].join("\n"),
      html: `<div>${escaped(title)}</div>${asHtml(table)}${html}`,
      svg: picture.svg
    }
  })
}

const differencesOf = (
  { high, outside, p }: RankTest,
  threshold: number,
  level: number
): CalibratedNumber["differences"] => {
  const found = [
    ...(outside > threshold ? ["too narrow" as const] : []),
    ...(outside < -threshold ? ["too wide" as const] : []),
    ...(Math.abs(high) > threshold ? [high > 0 ? ("too low" as const) : ("too high" as const)] : [])
  ]
  return found.length === 0 && p < level ? ["not uniform"] : found
}

const adviceFor = (
  { failed, simulations, pairs }: Pick<Outcome, "failed" | "simulations" | "pairs">,
  numbers: ReadonlyArray<CalibratedNumber>
): ReadonlyArray<string> => {
  const sites = (...kinds: ReadonlyArray<string>): string =>
    [
      ...new Set(
        numbers.flatMap(({ site, differences }) => (differences.some((each) => kinds.includes(each)) ? [site] : []))
      )
    ]
      .map((name) => `'${name}'`)
      .join(", ")
  const [narrow, wide, moved] = [sites("too narrow"), sites("too wide"), sites("too low", "too high")]
  const other = sites("not uniform")
  return [
    ...(failed > 0
      ? [
          `${failed} of ${failed + simulations} fits ended with parameters that are not finite: lower the learning rate, clip the gradients, or look at what the prior makes of the data (simulate).`
        ]
      : []),
    ...(narrow === ""
      ? []
      : [
          `The guide of ${narrow} is too narrow: true values lie outside of its draws too often. ${pairs.length > 0 ? "Let it follow the correlations below (Guide.multivariateNormal(), Guide.structured(), or guideWith), or" : "Use a richer family, or"} write the model so that its sites do not depend on each other (reparam).`
        ]),
    ...pairs.map(
      ({ between: [a, b], guide, weighted }) =>
        `Let the guide correlate ${a} with ${b}: their errors have the correlation ${weighted.toFixed(2)}, and draws of the guide ${guide.toFixed(2)}.`
    ),
    ...(moved === ""
      ? []
      : [
          `The guide of ${moved} is biased: true values lie on one side of it. If the fits had not ended, give them more epochs or a larger learning rate; otherwise the family cannot follow the posterior, or the guide fixes what it should learn.`
        ]),
    ...(wide === "" ? [] : [`The guide of ${wide} is too wide: fit longer, or with more particles.`]),
    ...(other === ""
      ? []
      : [`The shape of the guide of ${other} is wrong, though neither its place nor its width: look at the histogram.`])
  ]
}

/** How many numbers are printed: those that differ first. */
const printed = 20

const shown = (found: Omit<Calibration, "toString">): readonly [string, Table, ...ReadonlyArray<string>] => {
  const wrong = found.numbers.filter(({ differences }) => differences.length > 0).length
  const title = `${
    wrong === 0
      ? `calibrated: no number of ${found.numbers.length} differs`
      : `NOT calibrated: ${wrong} of ${found.numbers.length} numbers differ`
  } (${found.simulations} data sets, ${found.draws} draws each)`
  const ordered = found.numbers.toSorted((a, b) => Math.sign(b.differences.length) - Math.sign(a.differences.length))
  const table: Table = {
    head: ["site", "ranks", "bias", "spread", "p", ""],
    numbers: new Set([2, 3, 4]),
    rows: ordered
      .slice(0, printed)
      .map(({ site, place, test, bias, spread, differences }) => [
        `${site}${place}`,
        barsOf(test.counts),
        `${bias.mean.toFixed(2)} ± ${bias.error.toFixed(2)}`,
        spread.toFixed(2),
        test.p.toPrecision(2),
        differences.join(", ")
      ])
  }
  const more = ordered.length > printed ? [`${ordered.length - printed} more numbers`] : []
  return [title, table, ...more, ...found.advice.map((line) => `→ ${line}`)]
}

const barsOf = (counts: ReadonlyArray<number>): string => {
  const top = Math.max(1, ...counts)
  return counts.map((count) => "▁▂▃▄▅▆▇█"[Math.round((7 * count) / top)]).join("")
}
