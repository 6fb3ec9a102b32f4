import { type Domain, halfLine, interval, line } from "../laws/Domain.ts"

/** The line between two ends, cut where a density is not smooth: each piece by a rule of its own. */
export const pieces = (low: number, high: number, breaks: ReadonlyArray<number>, scale = 1): Domain => {
  const cuts = [...new Set(breaks.map(Math.fround))].filter((x) => x > low && x < high).sort((a, b) => a - b)
  const ends = [low, ...cuts, high]
  if (ends.length === 2 && !Number.isFinite(low) && !Number.isFinite(high)) return line(0, scale)
  return joined(ends.slice(1).map((to, i) => piece(ends[i] as number, to, scale)))
}

const piece = (from: number, to: number, scale: number): Domain => {
  if (Number.isFinite(from) && Number.isFinite(to)) return interval(from, to)
  const { kind, points, weights } = halfLine(scale)
  const distances = points as ReadonlyArray<number>
  return Number.isFinite(from)
    ? { kind, points: distances.map((x) => Math.fround(from + x)), weights }
    : { kind, points: distances.map((x) => Math.fround(to - x)).reverse(), weights: [...weights].reverse() }
}

const joined = (domains: ReadonlyArray<Domain>): Domain => ({
  kind: "density",
  points: domains.flatMap(({ points }) => points),
  weights: domains.flatMap(({ weights }) => weights)
})
