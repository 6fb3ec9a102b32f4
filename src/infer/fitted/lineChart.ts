import { escaped, shorter, tenth } from "../../display.ts"

/** A curve: its name, and its points from left to right. */
export interface Curve {
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

export interface Chart {
  readonly x: string
  readonly y: string
  readonly curves: ReadonlyArray<Curve>
  readonly width: number
  readonly height: number
}

const margin = { top: 12, right: 22, bottom: 38, left: 58 }
/** How many points of a long curve are drawn. */
const most = 600

/**
 * Draws curves over whole numbers, such as epochs, as SVG for a page that has the colours `--curve-1`, `--curve-2`, … and `--line`. Points that are no finite numbers are left out. The first tenth of a long curve may lie above the frame, where it
 * would press the rest flat.
 */
export const lineChart = ({ x, y, curves, width, height }: Chart): string => {
  const known = curves.map(({ name, points }) => ({
    name,
    points: thinned(points.filter(([, value]) => Number.isFinite(value)))
  }))
  const all = known.flatMap(({ points }) => points)
  const across = ticksOf(
    all.map(([at]) => at),
    1
  )
  const up = ticksOf(shownHeights(known))
  const [inner, tall] = [width - margin.left - margin.right, height - margin.top - margin.bottom]
  const place = (value: number, { low, high }: Ticks, size: number): number =>
    (size * (value - low)) / (high - low || 1)
  const left = (value: number): number => tenth(margin.left + place(value, across, inner))
  const top = (value: number): number => tenth(margin.top + tall - place(value, up, tall))
  const base = margin.top + tall
  const rows = up.at.map(
    (value) =>
      `<line x1="${margin.left}" x2="${margin.left + inner}" y1="${top(value)}" y2="${top(value)}" class="grid"/><text x="${margin.left - 8}" y="${top(value) + 4}" text-anchor="end">${short(value)}</text>`
  )
  const columns = across.at.map(
    (value) => `<text x="${left(value)}" y="${base + 18}" text-anchor="middle">${short(value)}</text>`
  )
  const lines = known.map(({ name, points }, i) => drawn(name, points, i, left, top))
  const frame = `<clipPath id="frame-${width}-${height}"><rect x="${margin.left - 5}" y="${margin.top - 5}" width="${inner + 10}" height="${tall + 10}"/></clipPath>`
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(`${y} against ${x}: ${known.map(({ name }) => name).join(", ")}`)}">`,
    ...[frame, ...rows, ...columns],
    `<line x1="${margin.left}" x2="${margin.left + inner}" y1="${base}" y2="${base}" class="axis"/>`,
    `<text x="${margin.left + inner}" y="${base + 34}" text-anchor="end" class="label">${escaped(x)}</text>`,
    `<g clip-path="url(#frame-${width}-${height})">${lines.join("")}</g></svg>`
  ].join("")
}

const drawn = (
  name: string,
  points: Curve["points"],
  i: number,
  left: (x: number) => number,
  top: (y: number) => number
): string => {
  const colour = `var(--curve-${1 + (i % 4)})`
  const way = points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${left(x)},${top(y)}`).join("")
  const dots =
    points.length > 40
      ? []
      : points.map(
          ([x, y]) =>
            `<circle cx="${left(x)}" cy="${top(y)}" r="3" fill="${colour}"><title>${escaped(name)} ${short(x)}: ${shorter(y)}</title></circle>`
        )
  return `<path d="${way}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>${dots.join("")}`
}

/** The heights that the frame holds: of a long curve not those of its first tenth that are far above all others. */
const shownHeights = (curves: ReadonlyArray<Curve>): ReadonlyArray<number> => {
  const heights = curves.flatMap(({ points }) => points.map(([, y]) => y))
  const later = curves.flatMap(({ points }) => points.slice(Math.floor(points.length / 10)).map(([, y]) => y))
  const [low, high] = [Math.min(...later), Math.max(...later)]
  return heights.length > 40 ? heights.filter((y) => y <= high + (high - low) / 4) : heights
}

interface Ticks {
  readonly low: number
  readonly high: number
  readonly at: ReadonlyArray<number>
}

/** About five round numbers around some values: multiples of 1, 2 or 5 times a power of ten, of at least the step that is given. A single value stands in the middle. */
const ticksOf = (values: ReadonlyArray<number>, least = 0): Ticks => {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)]
  const around = high > low ? 0 : Math.max(least, Math.abs(high) / 10) || 1
  const span = high - low + 2 * around
  const power = 10 ** Math.floor(Math.log10(span / 4))
  const step = Math.max(least, power * ([1, 2, 5, 10].find((times) => span / (times * power) <= 6) ?? 10))
  const [first, last] = [Math.floor((low - around) / step + 1e-9), Math.ceil((high + around) / step - 1e-9)]
  const at = Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => (first + i) * step)
  return { low: at[0] ?? low, high: at.at(-1) ?? high, at }
}

const thinned = (points: Curve["points"]): Curve["points"] => {
  const every = Math.ceil(points.length / most)
  return points.filter((_, i) => i % every === 0 || i === points.length - 1)
}

const short = (value: number): string => String(Number(value.toPrecision(6)))
