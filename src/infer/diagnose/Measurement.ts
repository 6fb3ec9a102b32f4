import type { Estimator } from "../estimator/Estimator.ts"

/** One estimator at one site: how much the gradient varies with it, and what a step takes. */
export interface MeasuredEstimator {
  readonly site: string
  readonly estimator: Estimator
  /** how its variance is brought down */
  readonly control: string | undefined
  /** the variance of the gradient from step to step, added up over all numbers of all parameters; rows and the draws of other sites are part of it */
  readonly variance: number
  /** of one step */
  readonly milliseconds: number
  /** the product of both: the variance that is left after a given time, in units of its inverse */
  readonly cost: number
  /** whether a plan chooses it by itself, or is told to */
  readonly isPlanned: boolean
  /** whether its cost is the lowest of its site; the planned one stays where no other is better by a tenth */
  readonly isBest: boolean
}

/** The estimators that apply at each site, measured on the model and its data: plain data, which prints as a table. */
export interface Measurement {
  readonly rows: ReadonlyArray<MeasuredEstimator>
  /** the best estimator of each site, as the option of a fit */
  readonly estimators: Readonly<Record<string, Estimator>>
  readonly steps: number
  readonly toString: () => string
}

/** Another estimator is better only if it is by this factor: times of a step are not known more exactly. */
const margin = 1.1

export const measurement = (measured: ReadonlyArray<Omit<MeasuredEstimator, "isBest">>, steps: number): Measurement => {
  const sites = [...new Set(measured.map(({ site }) => site))]
  const best = new Map(sites.map((site) => [site, bestOf(measured.filter((each) => each.site === site)).estimator]))
  const rows = measured.map((row): MeasuredEstimator => ({ ...row, isBest: best.get(row.site) === row.estimator }))
  return {
    rows,
    estimators: Object.fromEntries(best),
    steps,
    toString: () => printed(rows)
  }
}

/** The best of the rows of one site. */
export const bestOf = <R extends Omit<MeasuredEstimator, "isBest">>(rows: ReadonlyArray<R>): R => {
  const [first] = rows
  if (first === undefined) throw new RangeError("a site without a measurement")
  const planned = rows.find(({ isPlanned }) => isPlanned) ?? first
  const lowest = rows.reduce((least, row) => (row.cost < least.cost ? row : least), planned)
  return lowest.cost * margin < planned.cost ? lowest : planned
}

const printed = (rows: ReadonlyArray<MeasuredEstimator>): string => {
  if (rows.length === 0) return "there are no latent sites whose gradient could be measured"
  const cells = [
    ["site", "estimator", "variance", "ms a step", "variance × ms", ""],
    ...rows.map(({ site, estimator, control, variance, milliseconds, cost, isPlanned, isBest }) => [
      site,
      control === undefined ? estimator.name : `${estimator.name}, ${control}`,
      variance.toPrecision(3),
      milliseconds.toPrecision(2),
      cost.toPrecision(3),
      [...(isPlanned ? ["chosen"] : []), ...(isBest ? ["best"] : [])].join(", ")
    ])
  ]
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? "")].length)))
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}
