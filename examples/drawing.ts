// The pieces of a figure: SVG with a place on the page, and the page as a PNG file.
import { writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import * as Plot from "@observablehq/plot"
import { Resvg } from "@resvg/resvg-js"
import { encode } from "fast-png"
import { parseHTML } from "linkedom"

const side = 28
export const pixels = side * side
export const frame = { marginTop: 28, marginRight: 12, marginBottom: 44, marginLeft: 48 }
export const curve = { train: "#3268c7", test: "#e07b18" }
/** Ten colours told apart by hue and lightness (Tableau 10). */
export const ink = [
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
export interface Piece {
  readonly body: string
  readonly width: number
  readonly height: number
}

export interface Sheet {
  readonly uri: string
  readonly width: number
  readonly height: number
}

/** Digits in one grey picture, black ink on white; each of their pixels is 2 × 2 on the page, 4 × 4 in the file. */
export const montage = (images: Float32Array, columns: number, gap: number): Sheet => {
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

export const placed = ({ uri, width, height }: Sheet, x: number, y: number): Piece => ({
  body: `<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="optimizeSpeed" href="${uri}"/>`,
  width: x + width,
  height: y + height
})

export const plotted = (options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Piece => {
  const { document } = parseHTML("<html><body></body></html>")
  const labels = { labelAnchor: "center", labelArrow: "none" } as const
  const chart = Plot.plot({ ...options, x: { ...labels, ...options.x }, y: { ...labels, ...options.y }, document })
  chart.querySelector("style")?.remove()
  chart.setAttribute("font-family", "Inter")
  chart.setAttribute("font-size", "13")
  return { body: chart.outerHTML, width: options.width, height: options.height }
}

export const legend = (entries: ReadonlyArray<readonly [string, string]>, x: number, y: number): Piece => {
  const lines = entries.map(([name, colour], i) => {
    const circle = `<circle cx="${x + 6}" cy="${y + 22 * i}" r="6" fill="${colour}"/>`
    return circle + text(name, x + 20, y + 22 * i + 5)
  })
  const longest = Math.max(...entries.map(([name]) => name.length))
  return { body: lines.join(""), width: x + 24 + 8 * longest, height: y + 22 * entries.length }
}

export const text = (words: string, x: number, y: number, more = ""): string => {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  return `<text x="${x}" y="${y}" ${more}>${safe}</text>`
}

export const titled = (title: string, { body, width, height }: Piece): Piece => ({
  body: `${text(title, 0, 14, `font-size="16"`)}<g transform="translate(0 30)">${body}</g>`,
  width: Math.max(width, 8.5 * title.length),
  height: height + 30
})

/** Pieces on one page, each where it has placed itself. */
export const beside = (...pieces: ReadonlyArray<Piece>): Piece => ({
  body: pieces.map(({ body }) => body).join(""),
  width: Math.max(...pieces.map(({ width }) => width)),
  height: Math.max(...pieces.map(({ height }) => height))
})

/** Draws on white with a margin, at two pixels a unit, with the font that npm installs: no system font is needed. */
export const write = async (path: string, { body, width, height }: Piece): Promise<void> => {
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
