import { asText, escaped, showing, tenth } from "../../display.ts"
import type { OnlySites } from "../../model/Guided.ts"
import type { Runnable } from "../../model/handler/runnable.ts"
import { showShape } from "../../tensor/Tensor.ts"
import { type Box, layout, type Point } from "./nodeLayout.ts"
import { type StructureInputs, structureFor, titled } from "./siteShapes.ts"
import type { SiteStructure } from "./structure.ts"

/** A picture of a program: as text it is an SVG file, and a notebook shows it. */
export interface Picture {
  readonly svg: string
  readonly toString: () => string
}

/**
 * Draws the graph of a program: its sites, with an arrow from each to those that read it directly, and its plates as boxes. What is observed is shaded, computed values are dashed, sites that are summed
 * out have a double line, and factors are squares. A dashed arrow in a `scan` comes from the position before. Parameters and fields of rows are not drawn.
 *
 * @param inputs the fields of the rows of each plate; plates without fields, and what is observed, may be left out
 * @throws the tagged errors of a recording
 * @example
 * ```ts
 * const picture = render(program(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
 * }))
 * const file = `${picture}` // <svg …
 * ```
 */
export const render = <A, E, R>(
  program: Runnable<A, E, R> & OnlySites<R, E>,
  ...[inputs]: StructureInputs<R>
): Picture => {
  const { sites, rows } = structureFor(program, inputs)
  const known = new Map(sites.map((site) => [site.name, site]))
  const edges = sites.flatMap(({ name, parents }) => parents.map((parent) => [parent, name] as const))
  const label = (plate: string): string => titled(plate, rows)
  const placed = layout(sites.map(sized), edges, (plate) => textWidth(label(plate), small))
  const { width, height } = { width: Math.ceil(placed.width), height: Math.ceil(placed.height) }
  const nodes = [...placed.nodes].flatMap(([name, box]) => {
    const site = known.get(name)
    return site === undefined ? [] : [drawnSite(site, box)]
  })
  const ways = placed.edges.map(({ from, to, way }) => {
    const [a, b] = [placed.nodes.get(from), placed.nodes.get(to)]
    return a === undefined || b === undefined ? "" : drawnEdge(way, a, b)
  })
  const earlier = sites.flatMap(({ name, before }) =>
    before.flatMap((other) => {
      const [a, b] = [placed.nodes.get(other), placed.nodes.get(name)]
      return a === undefined || b === undefined ? [] : [drawnBefore(a, b)]
    })
  )
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, Helvetica, Arial, sans-serif" text-anchor="middle">`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" fill="${ink}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...placed.plates.map((box) => drawnPlate(box, label(box.label))),
    ...ways,
    ...earlier,
    ...nodes,
    "</svg>"
  ].join("\n")
  const readings = sites.map(({ name, parents, before }) => [name, parents.join(", "), before.join(", ")])
  const text = (): string => asText({ head: ["site", "reads", "of the position before"], rows: readings })
  const picture = { svg, toString: () => svg }
  return showing(picture, () => ({ text: text(), svg }), false)
}

const ink = "#1f2933"
const pale = "#7b8794"
const [large, small] = [14, 10.5]
/** Wide enough for what letters of common fonts take. */
const textWidth = (text: string, size: number): number => 0.58 * size * [...text].length

const subtitleOf = ({ kind, family, shape }: SiteStructure): string => {
  const of = shape.length === 0 ? "" : ` ${showShape(shape)}`
  return family === undefined ? `${kind === "deterministic" ? "computed" : "factor"}${of}` : `${family}${of}`
}

const sized = (site: SiteStructure) => {
  const { name, plates } = site
  const width = Math.max(textWidth(name, large), textWidth(subtitleOf(site), small))
  return { name, plates, width: Math.max(64, 1.25 * width + 18), height: 50 }
}

const looks: Readonly<Record<SiteStructure["kind"], string>> = {
  latent: `fill="#ffffff" stroke="${ink}"`,
  observed: `fill="#cbd2d9" stroke="${ink}"`,
  enumerated: `fill="#ffffff" stroke="${ink}"`,
  deterministic: `fill="#ffffff" stroke="${ink}" stroke-dasharray="5 3"`,
  factor: `fill="#f5f7fa" stroke="${ink}"`
}

const drawnSite = (site: SiteStructure, { x, y, width, height }: Box): string => {
  const { kind, name } = site
  const look = `${looks[kind]} stroke-width="1.2"`
  const [rx, ry] = [width / 2, height / 2]
  const outline = (by: number): string =>
    kind === "factor"
      ? `<rect x="${tenth(x - rx)}" y="${tenth(y - ry)}" width="${tenth(width)}" height="${tenth(height)}" ${look}/>`
      : `<ellipse cx="${tenth(x)}" cy="${tenth(y)}" rx="${tenth(rx - by)}" ry="${tenth(ry - by)}" ${look}/>`
  return [
    `<g data-site="${escaped(name)}" data-kind="${kind}">`,
    outline(0) + (kind === "enumerated" ? outline(3) : ""),
    `<text x="${tenth(x)}" y="${tenth(y)}" font-size="${large}" fill="${ink}">${escaped(name)}</text>`,
    `<text x="${tenth(x)}" y="${tenth(y + 14)}" font-size="${small}" fill="#52606d">${escaped(subtitleOf(site))}</text>`,
    "</g>"
  ].join("")
}

const drawnPlate = ({ x, y, width, height }: Box, label: string): string =>
  [
    `<g data-plate="${escaped(label)}">`,
    `<rect x="${tenth(x - width / 2)}" y="${tenth(y - height / 2)}" width="${tenth(width)}" height="${tenth(height)}" rx="8" fill="none" stroke="${pale}"/>`,
    `<text x="${tenth(x + width / 2 - 10)}" y="${tenth(y + height / 2 - 9)}" font-size="${small}" fill="#52606d" text-anchor="end">${escaped(label)}</text>`,
    "</g>"
  ].join("")

/** From the rim of one node to that of another, through the points on the way as a curve (Catmull and Rom 1974). */
const drawnEdge = (way: ReadonlyArray<Point>, from: Box, to: Box): string => {
  const inner = way.slice(1, -1)
  const points = [rim(from, inner[0] ?? to), ...inner, rim(to, inner.at(-1) ?? from)]
  const at = (i: number): Point => points[Math.min(points.length - 1, Math.max(0, i))] ?? from
  const pieces = points.slice(1).map((end, i) => {
    const [before, start, after] = [at(i - 1), at(i), at(i + 2)]
    const a = { x: start.x + (end.x - before.x) / 6, y: start.y + (end.y - before.y) / 6 }
    const b = { x: end.x - (after.x - start.x) / 6, y: end.y - (after.y - start.y) / 6 }
    return `C${tenth(a.x)},${tenth(a.y)} ${tenth(b.x)},${tenth(b.y)} ${tenth(end.x)},${tenth(end.y)}`
  })
  const start = `M${tenth(at(0).x)},${tenth(at(0).y)}`
  return `<path d="${start} ${pieces.join(" ")}" fill="none" stroke="${ink}" stroke-width="1.1" marker-end="url(#arrow)"/>`
}

/** From the position before: a loop beside a node, or a bow from another one. */
const drawnBefore = (from: Box, to: Box): string => {
  const bow = { x: (from.x + to.x) / 2 - (to.y - from.y) / 3 - 24, y: (from.y + to.y) / 2 + (to.x - from.x) / 3 }
  const [a, b] = [rim(from, bow), rim(to, bow)]
  const left = to.x - to.width / 2
  const way =
    from === to
      ? `M${tenth(left + 8)},${tenth(to.y - 13)} C${tenth(left - 26)},${tenth(to.y - 34)} ${tenth(left - 26)},${tenth(to.y + 34)} ${tenth(left + 8)},${tenth(to.y + 14)}`
      : `M${tenth(a.x)},${tenth(a.y)} Q${tenth(bow.x)},${tenth(bow.y)} ${tenth(b.x)},${tenth(b.y)}`
  return `<path d="${way}" fill="none" stroke="${ink}" stroke-width="1.1" stroke-dasharray="4 3" marker-end="url(#arrow)"/>`
}

/** Where the line from the middle of a node to a point leaves it, a little outside. */
const rim = ({ x, y, width, height }: Box, towards: Point): Point => {
  const [dx, dy] = [towards.x - x, towards.y - y]
  const length = Math.hypot(dx / (width / 2 + 2), dy / (height / 2 + 2))
  return length === 0 ? { x, y } : { x: x + dx / length, y: y + dy / length }
}
