import { escaped, tenth } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"
import { ink, panelsOf, panelWidth } from "./panels.ts"

/** Draws of one number, and their weights. */
export interface Drawn {
  readonly label: string
  readonly draws: Float64Array
  readonly weights: Float64Array
}

/** The height of a histogram, and its bars. */
const [height, bars] = [120, 40]
const [guideColour, weightedColour] = ["#8a8f98", "#c2410c"]
const legend = `<text x="10" y="18" fill="${guideColour}">guide</text><text x="60" y="18" fill="${weightedColour}">weighted by log p − log q</text>`

/** For each number the density of the guide's draws (grey) and of the weighted ones (red), each as a histogram that leaves out 0.2 per cent at each end. */
export const densityPicture = (numbers: ReadonlyArray<Drawn>): Picture =>
  panelsOf(numbers, { height, top: 30, head: legend }, drawn)

const drawn = ({ label, draws, weights }: Drawn, x: number, y: number): string => {
  const { low, high } = rangeOf(draws, weights)
  const span = high > low ? high - low : 1
  const guide = histogram(draws, undefined, low, span)
  const weighted = histogram(draws, weights, low, span)
  const top = Math.max(...guide, ...weighted, 1e-12)
  const inner = panelWidth - 20
  const line = (counts: ReadonlyArray<number>): string =>
    counts
      .map((count, i) => {
        const at = tenth(y + 16 + height - (height * count) / top)
        return `${i === 0 ? "M" : "L"}${tenth(x + (inner * i) / bars)},${at} L${tenth(x + (inner * (i + 1)) / bars)},${at}`
      })
      .join(" ")
  const base = y + 16 + height
  return [
    `<text x="${x}" y="${y + 10}" fill="${ink}">${escaped(label)}</text>`,
    `<path d="${line(guide)} L${tenth(x + inner)},${base} L${x},${base} Z" fill="${guideColour}" fill-opacity="0.35" stroke="none"/>`,
    `<path d="${line(weighted)}" fill="none" stroke="${weightedColour}" stroke-width="1.3"/>`,
    `<line x1="${x}" y1="${base}" x2="${x + inner}" y2="${base}" stroke="${ink}"/>`,
    `<text x="${x}" y="${base + 12}" font-size="9" fill="${ink}">${short(low)}</text>`,
    `<text x="${x + inner}" y="${base + 12}" font-size="9" text-anchor="end" fill="${ink}">${short(high)}</text>`
  ].join("")
}

/** From the smaller of the two 0.2 per cent points to the larger of the two 99.8 per cent points. */
const rangeOf = (draws: Float64Array, weights: Float64Array): { readonly low: number; readonly high: number } => {
  const order = Int32Array.from(draws, (_, i) => i).sort((a, b) => (draws[a] ?? 0) - (draws[b] ?? 0))
  let [low, high, weighed] = [Number.NaN, Number.NaN, 0]
  order.forEach((i, place) => {
    weighed += weights[i] ?? 0
    const share = (place + 1) / draws.length
    if (Number.isNaN(low) && Math.max(share, weighed) > 0.002) low = draws[i] ?? 0
    if (Number.isNaN(high) && Math.min(share, weighed) >= 0.998) high = draws[i] ?? 0
  })
  return { low, high: Number.isNaN(high) ? (draws[order.at(-1) ?? 0] ?? low) : high }
}

const histogram = (
  draws: Float64Array,
  weights: Float64Array | undefined,
  low: number,
  span: number
): ReadonlyArray<number> => {
  const counts = new Array<number>(bars).fill(0)
  for (const [i, draw] of draws.entries()) {
    const bar = Math.floor((bars * (draw - low)) / span)
    if (bar >= 0 && bar < bars) counts[bar] = (counts[bar] ?? 0) + (weights?.[i] ?? 1 / draws.length)
  }
  return counts
}

const short = (x: number): string => String(Number(x.toPrecision(3)))
