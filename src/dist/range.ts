import type { Dist } from "./Dist.ts"
import type { Support } from "./Support.ts"

/** Two numbers between which others lie. */
export type Range = readonly [number, number]

const pi = Math.fround(Math.PI)
const everything: Range = [-Infinity, Infinity]

/** Between what the single numbers of a support lie, where it says so. */
const ranges: Readonly<Partial<Record<Support, Range>>> = {
  positive: [0, Infinity],
  nonNegative: [0, Infinity],
  natural: [0, Infinity],
  positiveInteger: [1, Infinity],
  unitInterval: [0, 1],
  simplex: [0, 1],
  circle: [-pi, pi],
  correlationCholesky: [-1, 1]
}

/** Between what the numbers of a support lie, for all that it says. */
export const rangeOf = (support: Support): Range => ranges[support] ?? everything

/**
 * Between what the draws of a distribution lie, for all that its support and its own ends, where these are plain numbers, say. (What was bent by
 * a transform, as its name tells, has the ends of what it was before.)
 */
export const rangeOfDraws = ({ family, support, parameters }: Dist): Range => {
  if (support !== "interval" || family.includes(" → ")) return rangeOf(support)
  const { low, high } = parameters()
  return [typeof low === "number" ? low : -Infinity, typeof high === "number" ? high : Infinity]
}
