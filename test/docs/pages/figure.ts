import * as Plot from "@observablehq/plot"
import * as tf from "@tensorflow/tfjs"
import { parseHTML } from "linkedom"
import type { Dist, Has } from "../../../src/dist/Dist.ts"
import { kindOf } from "../../../src/dist/Support.ts"
import { Key } from "../../../src/tensor/random.ts"
import type { Shape } from "../../../src/tensor/Tensor.ts"
import { compute } from "../../support/onCpu.ts"

/** A picture of one distribution as SVG: its density as a curve, its masses as bars, or draws of its first two coordinates as points, larger where there are many. */
export const figure = (dist: Dist): string => {
  const numbers = dist.shape.length === 0
  if (!numbers && kindOf[dist.support] === "mass" && listsValues(dist)) return bars("value", listed(dist))
  if (!numbers && kindOf[dist.support] === "mass") {
    return svg("x₁", "x₂", [Plot.dot(frequencies(dist), { x: "x", y: "y", r: "n", fill: ink, fillOpacity: 0.6 })])
  }
  if (!numbers) return svg("x₁", "x₂", [Plot.dot(points(dist), { x: "0", y: "1", fill: ink, fillOpacity: 0.35, r: 2 })])
  const draws = [...sampled(dist)].sort((a, b) => a - b)
  const at = (p: number): number => draws[Math.floor(p * (draws.length - 1))] ?? 0
  if (kindOf[dist.support] === "mass") {
    return bars("x", heights(dist, range(Math.floor(at(0.001)), Math.ceil(at(0.999)))))
  }
  const [low, high] = [at(0.002), at(0.99)]
  const margin = 0.15 * (high - low)
  const steps = 240
  const xs = range(0, steps).map((i) => low - margin + ((high - low + 2 * margin) * i) / steps)
  const curve = heights(dist, xs)
  return svg("x", "p(x)", [
    Plot.areaY(curve, { x: "x", y: "y", fill: ink, fillOpacity: 0.12 }),
    Plot.lineY(curve, { x: "x", y: "y", stroke: ink, strokeWidth: 2 }),
    Plot.ruleY([0])
  ])
}

const listsValues = (dist: Dist): dist is Dist & Has<Shape, "supportValues"> => "supportValues" in dist

interface Height {
  readonly x: number
  readonly y: number
}

const bars = (x: string, masses: ReadonlyArray<Height>): string =>
  svg(x, "p(x)", [Plot.ruleX(masses, { x: "x", y: "y", stroke: ink, strokeWidth: 6 }), Plot.ruleY([0])])

/** The mass of each value in the list of all, by its place there. */
const listed = (dist: Dist & Has<Shape, "supportValues">): ReadonlyArray<Height> =>
  Array.from(compute(() => dist.logDensity(dist.supportValues())).values, (logMass, x) => height(x, logMass))

const height = (x: number, logDensity: number): Height => ({ x, y: Number(Math.exp(logDensity).toPrecision(4)) })

const ink = "#3268c7"
const count = 1000

const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

const sampled = (dist: Dist): Float32Array => Float32Array.from(compute(() => dist.iid(count).sample(Key.of(7))).values)

/** The first two coordinates of each draw; of a matrix, the first two below the diagonal. */
const points = (dist: Dist): ReadonlyArray<readonly [number, number]> => {
  const values = sampled(dist)
  const size = values.length / count
  const n = dist.shape.at(-1) ?? 1
  const [first, second] = dist.eventRank === 2 ? [n, 2 * n] : [0, 1]
  return Array.from({ length: count }, (_, i) => [
    values[i * size + first] ?? 0,
    values[i * size + Math.min(second, size - 1)] ?? 0
  ])
}

/** How often each pair of first coordinates is drawn. */
const frequencies = (dist: Dist): ReadonlyArray<{ readonly x: number; readonly y: number; readonly n: number }> => {
  const counts = new Map<string, number>()
  for (const point of points(dist)) counts.set(String(point), (counts.get(String(point)) ?? 0) + 1)
  return [...counts].map(([point, n]) => {
    const [x = 0, y = 0] = point.split(",").map(Number)
    return { x, y, n }
  })
}

const heights = (dist: Dist, xs: ReadonlyArray<number>): ReadonlyArray<Height> => {
  const logDensities = compute(() => dist.logDensity(tf.tensor1d([...xs]))).values
  return xs.map((x, i) => height(x, logDensities[i] ?? Number.NaN))
}

const svg = (x: string, y: string, marks: ReadonlyArray<Plot.Markish>): string => {
  const { document } = parseHTML("<html><body></body></html>")
  const labels = { labelAnchor: "center", labelArrow: "none" } as const
  const chart = Plot.plot({
    width: 480,
    height: 260,
    marginLeft: 52,
    marginBottom: 40,
    x: { label: x, ...labels },
    y: { label: y, grid: true, nice: true, ...labels },
    marks: [...marks],
    document
  })
  chart.querySelector("style")?.remove()
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  chart.setAttribute("font-family", "Inter, system-ui, sans-serif")
  chart.setAttribute("style", "background: white")
  return `${chart.outerHTML}\n`
}
