import { escaped, showing } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"

/** Draws of one number, and their weights. */
export interface Drawn {
  readonly label: string
  readonly draws: Float64Array
  readonly weights: Float64Array
}

/** How many numbers are drawn, in how many columns; the size of each panel; the bars of a histogram. */
const [most, columns, width, height, bars] = [12, 3, 220, 120, 40]
const [guideColour, weightedColour, ink] = ["#8a8f98", "#c2410c", "#1f2328"]

/** For each number the density of the guide's draws (grey) and of the weighted ones (red), each as a histogram that leaves out 0.2 per cent at each end. */
export const densityPicture = (numbers: ReadonlyArray<Drawn>): Picture => {
  const panels = numbers.slice(0, most)
  const rows = Math.max(1, Math.ceil(panels.length / columns))
  const [wide, high] = [columns * width + 20, rows * (height + 34) + 30]
  const legend = `<text x="10" y="18" fill="${guideColour}">guide</text><text x="60" y="18" fill="${weightedColour}">weighted by log p − log q</text>`
  const body = panels.map((panel, i) =>
    drawn(panel, 10 + (i % columns) * width, 30 + Math.floor(i / columns) * (height + 34))
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${legend}${body.join("")}</svg>`
  return showing({ svg, toString: () => svg }, () => ({ text: svg, svg }), false)
}

const drawn = ({ label, draws, weights }: Drawn, x: number, y: number): string => {
  const { low, high } = rangeOf(draws, weights)
  const span = high > low ? high - low : 1
  const guide = histogram(draws, undefined, low, span)
  const weighted = histogram(draws, weights, low, span)
  const top = Math.max(...guide, ...weighted, 1e-12)
  const inner = width - 20
  const line = (counts: ReadonlyArray<number>): string =>
    counts
      .map((count, i) => {
        const at = round(y + 16 + height - (height * count) / top)
        return `${i === 0 ? "M" : "L"}${round(x + (inner * i) / bars)},${at} L${round(x + (inner * (i + 1)) / bars)},${at}`
      })
      .join(" ")
  const base = y + 16 + height
  return [
    `<text x="${x}" y="${y + 10}" fill="${ink}">${escaped(label)}</text>`,
    `<path d="${line(guide)} L${round(x + inner)},${base} L${x},${base} Z" fill="${guideColour}" fill-opacity="0.35" stroke="none"/>`,
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
const round = (x: number): number => Math.round(10 * x) / 10
