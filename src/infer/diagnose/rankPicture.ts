import { escaped, tenth } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"
import { ink, panelsOf, panelWidth } from "./panels.ts"
import type { RankTest } from "./uniformity.ts"

const height = 100
const [right, wrong, band] = ["#8a8f98", "#c2410c", "#dbeafe"]

/** For each number the histogram of its ranks, red where they are not uniform, over the band in which a count of uniform ranks lies in 99 of 100 cases. */
export const rankPicture = (
  numbers: ReadonlyArray<{
    readonly site: string
    readonly place: string
    readonly test: RankTest
    readonly differences: ReadonlyArray<string>
  }>
): Picture =>
  panelsOf(numbers, { height, top: 10 }, ({ site, place, test, differences }, x, y) => {
    const label = [`${site}${place}`, ...differences].join(" – ")
    return panel(test, { label, colour: differences.length > 0 ? wrong : right }, { x, y })
  })

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
  const [inner, base] = [panelWidth - 20, y + 16 + height]
  const bar = inner / counts.length
  const up = (count: number): number => (height * count) / top
  const rect = (i: number, from: number, to: number, gap: number, fill: string): string =>
    `<rect x="${tenth(x + i * bar + gap)}" y="${tenth(base - up(to))}" width="${tenth(bar - 2 * gap)}" height="${tenth(up(to) - up(from))}" fill="${fill}"/>`
  return [
    `<text x="${x}" y="${y + 10}" fill="${ink}">${escaped(label)}</text>`,
    ...bounds.map(({ low, high }, i) => rect(i, low, high, 0, band)),
    ...counts.map((count, i) => rect(i, 0, count, 2, colour)),
    `<line x1="${x}" y1="${base}" x2="${x + inner}" y2="${base}" stroke="${ink}"/>`
  ].join("")
}
