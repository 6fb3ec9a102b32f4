import { escaped, showing } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"
import type { RankTest } from "./uniformity.ts"

/** How many numbers are drawn, in how many columns, and the size of each panel. */
const [most, columns, width, height] = [12, 3, 220, 100]
const [right, wrong, band, ink] = ["#8a8f98", "#c2410c", "#dbeafe", "#1f2328"]

/** For each number the histogram of its ranks, red where they are not uniform, over the band in which a count of uniform ranks lies in 99 of 100 cases. */
export const rankPicture = (
  numbers: ReadonlyArray<{
    readonly site: string
    readonly place: string
    readonly test: RankTest
    readonly differences: ReadonlyArray<string>
  }>
): Picture => {
  const panels = numbers.slice(0, most)
  const rows = Math.max(1, Math.ceil(panels.length / columns))
  const [wide, high] = [columns * width + 20, rows * (height + 34) + 10]
  const drawn = panels.map(({ site, place, test, differences }, i) =>
    panel(
      test,
      { label: [`${site}${place}`, ...differences].join(" – "), colour: differences.length > 0 ? wrong : right },
      { x: 10 + (i % columns) * width, y: 10 + Math.floor(i / columns) * (height + 34) }
    )
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${drawn.join("")}</svg>`
  return showing({ svg, toString: () => svg }, () => ({ text: svg, svg }), false)
}

const panel = (
  { counts, expected }: RankTest,
  { label, colour }: { readonly label: string; readonly colour: string },
  { x, y }: { readonly x: number; readonly y: number }
): string => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  // a normal approximation of the binomial distribution of a count
  const bounds = expected.map((mean) => {
    const reach = 2.576 * Math.sqrt(mean * (1 - mean / Math.max(1, total)))
    return { low: Math.max(0, mean - reach), high: mean + reach }
  })
  const top = Math.max(1, ...counts, ...bounds.map(({ high }) => high))
  const [inner, base] = [width - 20, y + 16 + height]
  const bar = inner / counts.length
  const up = (count: number): number => (height * count) / top
  const rect = (i: number, from: number, to: number, gap: number, fill: string): string =>
    `<rect x="${round(x + i * bar + gap)}" y="${round(base - up(to))}" width="${round(bar - 2 * gap)}" height="${round(up(to) - up(from))}" fill="${fill}"/>`
  return [
    `<text x="${x}" y="${y + 10}" fill="${ink}">${escaped(label)}</text>`,
    ...bounds.map(({ low, high }, i) => rect(i, low, high, 0, band)),
    ...counts.map((count, i) => rect(i, 0, count, 2, colour)),
    `<line x1="${x}" y1="${base}" x2="${x + inner}" y2="${base}" stroke="${ink}"/>`
  ].join("")
}

const round = (x: number): number => Math.round(10 * x) / 10
