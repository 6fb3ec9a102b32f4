import * as Plot from "@observablehq/plot"
import { beside, curve, frame, ink, legend, montage, pixels, placed, plotted, text, titled, write } from "./drawing.ts"

/** Draws digits of 28 × 28 grey values in [0, 1] (`images`: n·784 numbers), row after row, into a PNG file. */
export const digits = (
  path: string,
  { images, columns, title }: { readonly images: Float32Array; readonly columns: number; readonly title: string }
): Promise<void> => {
  const sheet = montage(images, columns, 4)
  return write(path, titled(title, placed(sheet, 0, 0)))
}

/** Draws two labelled rows: each original (n·784 numbers) above its reconstruction. */
export const reconstructions = (
  path: string,
  figure: { readonly originals: Float32Array; readonly reconstructed: Float32Array; readonly title: string }
): Promise<void> =>
  rowsOfDigits(path, {
    rows: [
      { label: "original", images: figure.originals },
      { label: "reconstruction", images: figure.reconstructed }
    ],
    title: figure.title
  })

/** Draws rows of digits (n·784 numbers each), one below the other, with a label before each. */
export const rowsOfDigits = (
  path: string,
  figure: {
    readonly rows: ReadonlyArray<{ readonly label: string; readonly images: Float32Array }>
    readonly title: string
  }
): Promise<void> => {
  const room = Math.max(94, ...figure.rows.map(({ label }) => 7.5 * label.length))
  const placedRows = figure.rows.map(({ label, images }, i) => {
    const row = montage(images, images.length / pixels, 4)
    const y = i * (row.height + 8)
    const image = placed(row, room + 10, y)
    return { ...image, body: text(label, room, y + row.height / 2 + 4, `text-anchor="end"`) + image.body }
  })
  return write(path, titled(figure.title, beside(...placedRows)))
}

/** Draws curves of y against x by name; `log` draws an axis by its logarithm. */
export const curves = (
  path: string,
  figure: {
    readonly points: ReadonlyArray<{ readonly name: string; readonly x: number; readonly y: number }>
    readonly x: string
    readonly y: string
    readonly log?: "x" | "y" | "both"
    readonly title: string
  }
): Promise<void> => {
  const names = [...new Set(figure.points.map(({ name }) => name))]
  const colourOf = (name: string): string => ink[names.indexOf(name) % ink.length] ?? "black"
  const points = figure.points.map((point) => ({ ...point, stroke: colourOf(point.name) }))
  const scale = (axis: "x" | "y") => (figure.log === axis || figure.log === "both" ? { type: "log" as const } : {})
  const places = [...new Set(figure.points.map(({ x }) => x))]
  const few = places.length <= 12 ? { ticks: places, tickFormat: "~g" } : {}
  const chart = plotted({
    width: 600,
    height: 380,
    ...frame,
    marginLeft: 64,
    x: { label: figure.x, grid: true, inset: 8, ...few, ...scale("x") },
    y: { label: figure.y, grid: true, ...scale("y") },
    marks: [
      Plot.lineY(points, { x: "x", y: "y", z: "name", stroke: "stroke", strokeWidth: 2 }),
      Plot.dot(points, { x: "x", y: "y", stroke: "stroke", fill: "white", r: 3 })
    ]
  })
  const entries = names.map((name): [string, string] => [name, colourOf(name)])
  return write(path, titled(figure.title, beside(chart, legend(entries, chart.width + 16, 40))))
}

/** Draws numbers by name on a logarithmic axis, one lane for each thing that they are of. */
export const lanes = (
  path: string,
  figure: {
    readonly points: ReadonlyArray<{ readonly lane: string; readonly name: string; readonly x: number }>
    readonly x: string
    readonly title: string
  }
): Promise<void> => {
  const names = [...new Set(figure.points.map(({ name }) => name))]
  const rows = [...new Set(figure.points.map(({ lane }) => lane))]
  const colourOf = (name: string): string => ink[names.indexOf(name) % ink.length] ?? "black"
  const points = figure.points.map((point) => ({ ...point, fill: colourOf(point.name) }))
  const chart = plotted({
    width: 600,
    height: 44 * rows.length + frame.marginTop + frame.marginBottom,
    ...frame,
    marginLeft: 7.5 * Math.max(...rows.map((row) => row.length)) + 16,
    x: { label: figure.x, grid: true, type: "log", tickFormat: "~g", inset: 10 },
    y: { label: null, domain: rows, tickSize: 0 },
    marks: [Plot.ruleY(rows, { stroke: "#ddd" }), Plot.dot(points, { x: "x", y: "lane", fill: "fill", r: 6 })]
  })
  const entries = names.map((name): [string, string] => [name, colourOf(name)])
  return write(path, titled(figure.title, beside(chart, legend(entries, chart.width + 16, 40))))
}

/** Draws the negative ELBO (or a loss that is no bound), in nats per image, against the epoch; the test curve where there are test values. */
export const lossCurve = (
  path: string,
  epochs: ReadonlyArray<{
    readonly epoch: number
    readonly train: number
    readonly test?: number
    readonly noBound?: unknown
  }>
): Promise<void> => {
  const train = epochs.map(({ epoch, train: loss }) => ({ epoch, loss, stroke: curve.train }))
  const test = epochs.flatMap(({ epoch, test: loss }) =>
    loss === undefined ? [] : [{ epoch, loss, stroke: curve.test }]
  )
  const points = [...train, ...test]
  const isBound = epochs.every(({ noBound }) => noBound === undefined)
  const chart = plotted({
    width: 600,
    height: 380,
    marginLeft: 56,
    marginBottom: 44,
    x: {
      label: "epoch",
      ticks: epochs.length <= 12 ? epochs.map(({ epoch }) => epoch) : 10,
      tickFormat: "d",
      inset: 8
    },
    y: { label: `${isBound ? "−ELBO" : "loss"} (nats per image)`, grid: true, nice: true },
    marks: [
      Plot.lineY(points, { x: "epoch", y: "loss", z: "stroke", stroke: "stroke", strokeWidth: 2 }),
      Plot.dot(points, { x: "epoch", y: "loss", stroke: "stroke", fill: "white", r: 3 })
    ]
  })
  const names = Object.entries(curve).filter(([name]) => name === "train" || test.length > 0)
  return write(path, beside(chart, legend(names, chart.width + 16, 40)))
}

/** Draws points of a two-dimensional latent space (`points`: n·2 numbers), coloured by the digit that each encodes. */
export const latentScatter = (
  path: string,
  figure: { readonly points: Float32Array; readonly labels: Uint8Array; readonly title: string }
): Promise<void> => {
  const { points, labels, title } = figure
  const dots = Array.from(labels, (label, i) => ({ x: points[2 * i], y: points[2 * i + 1], fill: ink[label] }))
  const reach = points.reduce((most, z) => Math.max(most, Math.abs(z)), 1) * 1.02
  const axis = { domain: [-reach, reach], grid: true, ticks: 8 }
  const chart = plotted({
    width: 540 + frame.marginLeft + frame.marginRight,
    height: 540 + frame.marginTop + frame.marginBottom,
    ...frame,
    x: { ...axis, label: "z₁" },
    y: { ...axis, label: "z₂" },
    marks: [Plot.dot(dots, { x: "x", y: "y", fill: "fill", fillOpacity: 0.6, r: dots.length > 3000 ? 1.4 : 2.4 })]
  })
  const classes = ink.map((colour, digit): [string, string] => [`${digit}`, colour])
  return write(path, titled(title, beside(chart, legend(classes, chart.width + 16, 40))))
}

/** Draws a curve of y against x with a band around it, and the data as dots. */
export const band = (
  path: string,
  figure: {
    readonly curve: ReadonlyArray<{
      readonly x: number
      readonly low: number
      readonly middle: number
      readonly high: number
    }>
    readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>
    readonly title: string
  }
): Promise<void> => {
  const chart = plotted({
    width: 600,
    height: 380,
    ...frame,
    x: { label: "x", grid: true },
    y: { label: "y", grid: true, nice: true },
    marks: [
      Plot.areaY(figure.curve, { x: "x", y1: "low", y2: "high", fill: curve.train, fillOpacity: 0.25 }),
      Plot.lineY(figure.curve, { x: "x", y: "middle", stroke: curve.train, strokeWidth: 2 }),
      Plot.dot(figure.points, { x: "x", y: "y", fill: "#1b1e23", fillOpacity: 0.6, r: 2 })
    ]
  })
  return write(path, titled(figure.title, chart))
}

/**
 * Draws the digits decoded at {@link latentGridPoints}: `columns` × `columns` of them over the square [−range, range]²
 * of a two-dimensional latent space.
 */
export const latentGrid = (
  path: string,
  { images, columns, range }: { readonly images: Float32Array; readonly columns: number; readonly range: number }
): Promise<void> => {
  const sheet = montage(images, columns, 0)
  const edge = columns === 1 ? range : range * (columns / (columns - 1))
  const axis = { domain: [-edge, edge], ticks: 7 }
  const cells = {
    x: 0,
    y: 0,
    src: () => sheet.uri,
    width: sheet.width,
    height: sheet.height,
    imageRendering: "optimizeSpeed"
  }
  const chart = plotted({
    width: sheet.width + frame.marginLeft + frame.marginRight,
    height: sheet.height + frame.marginTop + frame.marginBottom,
    ...frame,
    x: { ...axis, label: "z₁" },
    y: { ...axis, label: "z₂" },
    marks: [Plot.image([0], cells), Plot.frame({ stroke: "#999" })]
  })
  return write(path, chart)
}

/** The latent points (columns²·2 numbers) of {@link latentGrid}, row after row: z₁ grows to the right, z₂ falls. */
export const latentGridPoints = (columns: number, range: number): Float32Array => {
  const at = (i: number): number => (columns === 1 ? 0 : (2 * range * i) / (columns - 1) - range)
  return Float32Array.from({ length: 2 * columns * columns }, (_, i) => {
    const cell = i >> 1
    return i % 2 === 0 ? at(cell % columns) : at(columns - 1 - Math.floor(cell / columns))
  })
}
