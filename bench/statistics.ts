/** Milliseconds of one step over the rounds. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values)
})

/** Three significant digits, without an exponent. */
export const digits = (value: number): string => {
  if (!Number.isFinite(value)) return "–"
  const before = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1
  return value.toFixed(Math.min(3, Math.max(0, 3 - before)))
}
