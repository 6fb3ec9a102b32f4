import * as Plot from "@observablehq/plot"
import { beside, frame, ink, legend, plotted, text, titled, write } from "./drawing.ts"

/** An axis of a {@link surface}; a loc is drawn by its number, a positive parameter by its logarithm. */
export interface Extent {
  readonly label: string
  readonly from: number
  readonly to: number
  readonly log?: boolean
}

/** Draws how far a function of two numbers lies below its largest value, in steps of ten, with the paths by name that lead there. */
export const surface = (
  path: string,
  figure: {
    /** above 0 but at its best point, which is a cross */
    readonly below: (x: number, y: number) => number
    readonly best: { readonly x: number; readonly y: number }
    readonly x: Extent
    readonly y: Extent
    readonly paths: ReadonlyArray<{
      readonly name: string
      readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>
    }>
    readonly title: string
  }
): Promise<void> => {
  const scale = ({ label, from, to, log }: Extent) => ({
    label,
    domain: [from, to],
    ...(log && { type: "log" as const, ticks: 5, tickFormat: "~g" })
  })
  const levels = [0.001, 0.01, 0.1, 1, 10, 100]
  const shade = (below: number): number => Math.log10(Math.max(below, 1e-4))
  const points = figure.paths.flatMap(({ name, points }, i) =>
    points.map((point) => ({ ...point, name, stroke: ink[i % ink.length] }))
  )
  const chart = plotted({
    width: 560,
    height: 480,
    ...frame,
    marginLeft: 64,
    x: scale(figure.x),
    y: scale(figure.y),
    color: { type: "linear", domain: [-3, 2.5], range: ["#ffffff", "#8f99ab"], clamp: true },
    marks: [
      Plot.contour({
        ...{ x1: figure.x.from, x2: figure.x.to, y1: figure.y.from, y2: figure.y.to },
        fill: (x: number, y: number) => shade(figure.below(x, y)),
        thresholds: levels.map(shade),
        pixelSize: 4,
        stroke: "#6b7280",
        strokeWidth: 0.7
      }),
      Plot.line(points, { x: "x", y: "y", z: "name", stroke: "stroke", strokeWidth: 1.5, clip: true }),
      Plot.dot(points, { x: "x", y: "y", fill: "stroke", r: 2.5, clip: true }),
      Plot.dot([figure.best], { x: "x", y: "y", symbol: "times", stroke: "#1b1e23", strokeWidth: 2, r: 6 }),
      Plot.frame({ stroke: "#999" })
    ]
  })
  const entries = figure.paths.map(({ name }, i): [string, string] => [name, ink[i % ink.length] ?? "black"])
  const lines = "Lines lie 0.001, 0.01, 0.1, 1, 10 and 100 nats below the best point, ×."
  const below = {
    body: text(lines, frame.marginLeft, chart.height + 18),
    width: 7 * lines.length,
    height: chart.height + 26
  }
  return write(path, titled(figure.title, beside(chart, legend(entries, chart.width + 16, 40), below)))
}
