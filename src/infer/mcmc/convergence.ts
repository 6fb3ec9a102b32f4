import type { Dataset } from "../../data/Dataset.ts"
import { placeIn } from "../../data/shownRows.ts"
import { asHtml, asText, shorter, showing, type Table } from "../../display.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { momentsOf, quantileOf } from "../fitted/moments.ts"
import { type Draws, isDataset } from "../fitted/posterior.ts"
import { type Mixing, mixingOf } from "./diagnostics.ts"

/** One number of a site: its posterior, and how well its chains mixed. */
export interface ConvergenceRow extends Mixing {
  /** such as `theta[3]`, or `rows.z[0]` in a plate */
  readonly name: string
  readonly mean: number
  /** with n − 1 in the denominator */
  readonly sd: number
  /** the 5 %, 50 % and 95 % quantiles */
  readonly quantiles: readonly [low: number, median: number, high: number]
}

/** What the draws of a sampler say, a row for each number of each site, and what to do where something is wrong. It prints as a table, and a notebook shows it as one. */
export interface Convergence {
  readonly rows: ReadonlyArray<ConvergenceRow>
  /** sentences; none where nothing is wrong */
  readonly advice: ReadonlyArray<string>
  readonly toString: () => string
}

/** What a sampler says of itself, beside its draws. */
export interface SamplerFacts {
  readonly chains: number
  readonly divergences: number
  /** where it follows trajectories: the longest that there may be in words, how many transitions it ended, and the option that allows longer ones */
  readonly longest?: { readonly words: string; readonly saturated: number; readonly option: string }
  /** by chain; none where there is no momentum */
  readonly eBfmi: ReadonlyArray<number>
  /** what helps where effective sample sizes are small, in words */
  readonly remedy?: string
}

const remedies =
  'Ask for more draws, or write the model in other coordinates (reparam), or sample with metric: "dense".'

export const convergenceOf = (draws: Draws, facts: SamplerFacts): Convergence => {
  const rows = rowsOf(draws, facts.chains, [])
  const advice = adviceOf(rows, facts)
  return showing({ rows, advice }, () => shown(rows, advice))
}

const rowsOf = (among: Draws, chains: number, path: ReadonlyArray<string>): ReadonlyArray<ConvergenceRow> =>
  Object.entries(among).flatMap(([name, entry]) => {
    const at = [...path, name]
    if (!isDataset(entry)) return rowsOf(entry, chains, at)
    return Array.from({ length: sizeOf(entry.event) }, (_, i) => rowOf(at.join("."), entry, i, chains))
  })

const rowOf = (site: string, { values, scale, event, size }: Dataset, i: number, chains: number): ConvergenceRow => {
  const width = sizeOf(event)
  const all = Float64Array.from({ length: size }, (_, d) => (values[d * width + i] ?? Number.NaN) * scale)
  const length = size / chains
  const mixing = mixingOf(Array.from({ length: chains }, (_, c) => all.slice(c * length, (c + 1) * length)))
  const sorted = all.toSorted()
  return {
    name: `${site}${placeIn(event, i)}`,
    ...momentsOf(all),
    quantiles: [quantileOf(sorted, 0.05), quantileOf(sorted, 0.5), quantileOf(sorted, 0.95)],
    ...mixing
  }
}

/** The limits of Vehtari et al. (2021, section 4): R-hat below 1.01, and an effective sample size of 100 a chain. Of E-BFMI Stan's: 0.3. */
const adviceOf = (
  rows: ReadonlyArray<ConvergenceRow>,
  { chains, divergences, longest, eBfmi, remedy = remedies }: SamplerFacts
): ReadonlyArray<string> => {
  const named = (bad: ReadonlyArray<ConvergenceRow>): string =>
    `${bad
      .slice(0, 3)
      .map(({ name }) => name)
      .join(", ")}${bad.length > 3 ? ` and ${bad.length - 3} more` : ""}`
  const apart = rows.filter(({ rHat }) => rHat > 1.01).toSorted((a, b) => b.rHat - a.rHat)
  const few = rows.filter(({ essBulk, essTail }) => Math.min(essBulk, essTail) < 100 * chains)
  const slow = eBfmi.flatMap((x, i) => (x < 0.3 ? [i] : []))
  return [
    ...(divergences > 0
      ? [
          `${divergences} transitions diverged: the step size is too large for a narrow part of the posterior, which the draws then miss. Write the model in other coordinates (reparam with a non-centred site, for one whose scale is a site), or sample with a higher targetAccept, such as 0.95.`
        ]
      : []),
    ...(apart.length > 0
      ? [
          `R-hat is above 1.01 for ${named(apart)}: the chains do not agree yet. Sample longer (warmup, draws); if it stays, the posterior may have several modes, or the model a symmetry.`
        ]
      : []),
    ...(few.length > 0
      ? [
          `the effective sample size is below ${100 * chains} for ${named(few)}: the error of quantiles and of R-hat itself is large. ${remedy}`
        ]
      : []),
    ...(longest !== undefined && longest.saturated > 0
      ? [
          `${longest.saturated} transitions ended at the ${longest.words}, which costs time but is no error: the posterior is long in one direction and narrow in another. metric: "dense", other coordinates or a higher ${longest.option} help.`
        ]
      : []),
    ...(slow.length > 0
      ? [
          `E-BFMI is below 0.3 in ${slow.length === 1 ? `chain ${slow[0]}` : `the chains ${slow.join(", ")}`}: the energy changes too slowly for the tails of the posterior. Write the model in other coordinates (reparam).`
        ]
      : [])
  ]
}

/** How many numbers are printed. */
const printed = 60

const shown = (rows: ReadonlyArray<ConvergenceRow>, advice: ReadonlyArray<string>) => {
  const head = ["site", "mean", "mcse", "sd", "5%", "50%", "95%", "ess bulk", "ess tail", "R-hat"]
  const cells = ({ name, mean, mcse, sd, quantiles, essBulk, essTail, rHat }: ConvergenceRow) => [
    ...[name, ...[mean, mcse, sd, ...quantiles].map(cell)],
    ...[essBulk.toFixed(0), essTail.toFixed(0), rHat.toFixed(3)]
  ]
  const left = rows.length - printed
  const more = left > 0 ? [[`${left} more numbers`]] : []
  const numbers = new Set(head.slice(1).map((_, i) => i + 1))
  const table: Table = { head, numbers, rows: [...rows.slice(0, printed).map(cells), ...more] }
  return {
    text: [asText(table), ...advice].join("\n"),
    html: `${asHtml(table)}${advice.map((each) => `<p>${each}</p>`).join("")}`
  }
}

/** A mean of exactly 0 stands as it is. */
const cell = (x: number): string => (x === 0 ? String(x) : shorter(x))
