import { normalQuantile } from "../mcmc/normalQuantile.ts"

/** A mean over steps and its standard error, in nats for one unit of the parameter. */
export interface Estimate {
  readonly mean: number
  readonly error: number
}

/** The mean of independent numbers with its standard error. */
export const estimateOf = (values: ArrayLike<number>): Estimate => {
  const list = Array.from(values)
  const mean = list.reduce((sum, x) => sum + x, 0) / list.length
  const squares = list.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (list.length * (list.length - 1))) }
}

/** A place that may explain a difference: a latent site, and an op between its draw and the loss. */
export interface Suspect {
  readonly site: string
  readonly op: string
  /** where the user's code called the op, as `file:line`; undefined for an op that the library called by itself */
  readonly line?: string
}

/** One number of a parameter, or one direction through all of its numbers, and two estimates of the loss's slope along it. */
export interface VerifiedSlope {
  readonly parameter: string
  /** the place of a number in its flat array, such as `[3]`; or the name of a random direction of length 1, such as `direction 1 of 2` */
  readonly along: string
  /** the gradient that the plan's estimators give */
  readonly planned: Estimate
  /** both are means over a short segment through the parameters */
  readonly independent: Estimate
  /** the origin of the independent estimate: `central differences`, or the names of other estimators than the plan's, such as `score function` */
  readonly by: string
  /** the difference in standard errors, less what rounding explains; NaN where the loss is not finite beside the parameters */
  readonly z: number
  /** whether the two agree */
  readonly agrees: boolean
  readonly suspect: Suspect | undefined
}

/** The plan's mean gradient against an independent one: plain data, which prints as a table. */
export interface Verification {
  /** whether all rows agree */
  readonly ok: boolean
  readonly rows: ReadonlyArray<VerifiedSlope>
  readonly steps: number
  /** the |z| beyond which two estimates differ: that of the level, divided among the rows */
  readonly threshold: number
  readonly toString: () => string
}

/** A plan whose error is that many times the other's agrees with nearly anything. */
const blunt = 50

/** What a slope that agrees says of the plan: nothing, where the plan's own error hides any difference. */
const remarkOn = ({ planned, independent }: Pick<VerifiedSlope, "planned" | "independent">): string => {
  const times = planned.error / independent.error
  return times > blunt && planned.error > Math.abs(independent.mean)
    ? `no evidence: the plan's error is ${times.toPrecision(2)} times the other's; take more steps or particles, or another estimator`
    : ""
}

/** Judges the slopes at a level of error for all of them together. */
export const verification = (
  slopes: ReadonlyArray<Omit<VerifiedSlope, "agrees" | "suspect">>,
  { steps, level, suspect }: { steps: number; level: number; suspect: (parameter: string) => Suspect | undefined }
): Verification => {
  const threshold = -normalQuantile(level / Math.max(1, slopes.length) / 2)
  const rows = slopes.map((slope): VerifiedSlope => {
    const agrees = Math.abs(slope.z) <= threshold
    return { ...slope, agrees, suspect: agrees ? undefined : suspect(slope.parameter) }
  })
  const ok = rows.every(({ agrees }) => agrees)
  return { ok, rows, steps, threshold, toString: () => printed({ ok, rows, steps, threshold }) }
}

const printed = ({ ok, rows, steps, threshold }: Omit<Verification, "toString">): string => {
  const wrong = rows.filter(({ agrees }) => !agrees).length
  const verdict =
    rows.length === 0
      ? "there are no parameters whose gradient could be wrong"
      : ok
        ? `the plan's mean gradient agrees with an independent one (${rows.length} slopes, ${steps} steps, all |z| ≤ ${threshold.toFixed(2)})`
        : `the plan's mean gradient DIFFERS from an independent one in ${wrong} of ${rows.length} slopes (${steps} steps, |z| > ${threshold.toFixed(2)})`
  const cells = [
    ["parameter", "along", "plan", "independent", "by", "z", ""],
    ...rows.map(({ parameter, along, planned, independent, by, z, agrees, suspect }) => [
      parameter,
      along,
      shown(planned),
      shown(independent),
      by,
      Number.isNaN(z) ? "–" : z.toFixed(1),
      agrees
        ? remarkOn({ planned, independent })
        : `${Number.isNaN(z) ? "the loss is not finite beside these parameters" : "differs"}${suspect === undefined ? "" : `: suspect ${suspect.op}${suspect.line === undefined ? "" : ` at ${suspect.line}`} behind the draw of '${suspect.site}'`}`
    ])
  ]
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? "")].length)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd()
  )
  return [verdict, ...(rows.length === 0 ? [] : lines)].join("\n")
}

const shown = ({ mean, error }: Estimate): string => `${mean.toPrecision(4)} ± ${error.toPrecision(1)}`
