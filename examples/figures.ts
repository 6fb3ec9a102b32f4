import { writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import * as Plot from "@observablehq/plot"
import { Resvg } from "@resvg/resvg-js"
import { encode } from "fast-png"
import { parseHTML } from "linkedom"

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
): Promise<void> => {
  const columns = figure.originals.length / pixels
  const rows = [figure.originals, figure.reconstructed].map((images) => montage(images, columns, 4))
  const labelled = rows.map((row, i) => {
    const y = i * (row.height + 8)
    const label = text(i === 0 ? "original" : "reconstruction", 94, y + row.height / 2 + 4, `text-anchor="end"`)
    const image = placed(row, 104, y)
    return { ...image, body: label + image.body }
  })
  return write(path, titled(figure.title, beside(...labelled)))
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
  { points, labels }: { readonly points: Float32Array; readonly labels: Uint8Array }
): Promise<void> => {
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
  return write(path, beside(chart, legend(classes, chart.width + 16, 40)))
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

const side = 28
const pixels = side * side
const frame = { marginTop: 28, marginRight: 12, marginBottom: 44, marginLeft: 48 }
const curve = { train: "#3268c7", test: "#e07b18" }
/** Ten colours told apart by hue and lightness (Tableau 10). */
const ink = [
  "#4e79a7",
  "#f28e2b",
  "#e15759",
  "#76b7b2",
  "#59a14f",
  "#d4b106",
  "#b07aa1",
  "#ff8fa3",
  "#8c5a3c",
  "#4d4d4d"
]

/** A piece of SVG and the room that it takes, in pixels of the page. */
interface Piece {
  readonly body: string
  readonly width: number
  readonly height: number
}

interface Sheet {
  readonly uri: string
  readonly width: number
  readonly height: number
}

/** Digits in one grey picture, black ink on white; each of their pixels is 2 × 2 on the page, 4 × 4 in the file. */
const montage = (images: Float32Array, columns: number, gap: number): Sheet => {
  const count = images.length / pixels
  const across = Math.min(columns, count)
  const width = across * (side + gap) - gap
  const height = Math.ceil(count / columns) * (side + gap) - gap
  const data = new Uint8Array(width * height).fill(255)
  for (let i = 0; i < count * pixels; i++) {
    const cell = Math.floor(i / pixels)
    const x = (cell % columns) * (side + gap) + (i % side)
    const y = Math.floor(cell / columns) * (side + gap) + Math.floor((i % pixels) / side)
    data[y * width + x] = Math.round(255 * (1 - Math.min(1, Math.max(0, images[i] ?? 0))))
  }
  const png = Buffer.from(encode({ width, height, data, channels: 1 }))
  return { uri: `data:image/png;base64,${png.toString("base64")}`, width: 2 * width, height: 2 * height }
}

const placed = ({ uri, width, height }: Sheet, x: number, y: number): Piece => ({
  body: `<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="optimizeSpeed" href="${uri}"/>`,
  width: x + width,
  height: y + height
})

const plotted = (options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Piece => {
  const { document } = parseHTML("<html><body></body></html>")
  const labels = { labelAnchor: "center", labelArrow: "none" } as const
  const chart = Plot.plot({ ...options, x: { ...labels, ...options.x }, y: { ...labels, ...options.y }, document })
  chart.querySelector("style")?.remove()
  chart.setAttribute("font-family", "Inter")
  chart.setAttribute("font-size", "13")
  return { body: chart.outerHTML, width: options.width, height: options.height }
}

const legend = (entries: ReadonlyArray<readonly [string, string]>, x: number, y: number): Piece => {
  const lines = entries.map(([name, colour], i) => {
    const circle = `<circle cx="${x + 6}" cy="${y + 22 * i}" r="6" fill="${colour}"/>`
    return circle + text(name, x + 20, y + 22 * i + 5)
  })
  const longest = Math.max(...entries.map(([name]) => name.length))
  return { body: lines.join(""), width: x + 24 + 8 * longest, height: y + 22 * entries.length }
}

const text = (words: string, x: number, y: number, more = ""): string => {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  return `<text x="${x}" y="${y}" ${more}>${safe}</text>`
}

const titled = (title: string, { body, width, height }: Piece): Piece => ({
  body: `${text(title, 0, 14, `font-size="16"`)}<g transform="translate(0 30)">${body}</g>`,
  width: Math.max(width, 8.5 * title.length),
  height: height + 30
})

/** Pieces on one page, each where it has placed itself. */
const beside = (...pieces: ReadonlyArray<Piece>): Piece => ({
  body: pieces.map(({ body }) => body).join(""),
  width: Math.max(...pieces.map(({ width }) => width)),
  height: Math.max(...pieces.map(({ height }) => height))
})

/** Draws on white with a margin, at two pixels a unit, with the font that npm installs: no system font is needed. */
const write = async (path: string, { body, width, height }: Piece): Promise<void> => {
  const margin = 16
  const [across, down] = [width + 2 * margin, height + 2 * margin]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}"
    font-family="Inter" font-size="13" fill="#1b1e23" color="#1b1e23">
    <g transform="translate(${margin} ${margin})">${body}</g></svg>`
  const font = createRequire(import.meta.url).resolve("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf")
  const picture = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: { loadSystemFonts: false, fontFiles: [font], defaultFontFamily: "Inter" }
  })
  await writeFile(path, picture.render().asPng())
}
