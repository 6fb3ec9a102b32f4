import type { Point } from "../messages.ts"

/** A square of the latent plane, [−reach, reach]², on a canvas of `size` pixels. */
export interface View {
  readonly size: number
  readonly reach: number
}

/** Its contents; lengths of lines and dots are given in the page's pixels, of which each is `unit` pixels of the canvas. */
export interface Plane extends View {
  readonly unit: number
  /** n codes, two numbers each */
  readonly codes: Float32Array
  readonly labels: Uint8Array
  readonly point: Point
  readonly posterior: { readonly mean: Point; readonly sd: Point } | undefined
  readonly ends: readonly [Point, Point] | undefined
  readonly colours: { readonly ink: string; readonly soft: string; readonly line: string; readonly back: string }
}

/** Ten colours, each told apart from the others on light and on dark (after Tableau 10). */
export const labelColours = [
  ...["#4e79a7", "#f28e2b", "#e15759", "#3fa7a0", "#59a14f"],
  ...["#c9a416", "#b07aa1", "#ff7f95", "#9c755f", "#848b94"]
] as const

/** A square around all codes but a few outliers. */
export const reachOf = (codes: Float32Array): number => {
  const sizes = codes.map(Math.abs).toSorted()
  return Math.max(2.5, 1.1 * (sizes[Math.floor(0.995 * (sizes.length - 1))] ?? 0))
}

export const pixelOf = ([x, y]: Point, { size, reach }: View): Point => [
  (size * (x + reach)) / (2 * reach),
  (size * (reach - y)) / (2 * reach)
]

/** The point below a pixel, within the square. */
export const pointAt = ([x, y]: Point, { size, reach }: View): Point => {
  const within = (z: number): number => Math.min(reach, Math.max(-reach, z))
  return [within((2 * reach * x) / size - reach), within(reach - (2 * reach * y) / size)]
}

export const drawPlane = (context: CanvasRenderingContext2D, plane: Plane): void => {
  context.clearRect(0, 0, plane.size, plane.size)
  drawGrid(context, plane)
  drawCodes(context, plane)
  const { posterior, ends, colours, size, reach, unit } = plane
  if (ends !== undefined) {
    const way = ends.map((end) => pixelOf(end, plane))
    drawPath(context, way, colours.ink, unit)
  }
  if (posterior !== undefined) {
    const mean = pixelOf(posterior.mean, plane)
    const [a = 0, b = 0] = posterior.sd.map((sd) => Math.max(unit, (2 * sd * size) / (2 * reach)))
    disc(context, mean, [a, b], { stroke: colours.ink, fill: `${colours.back}b0`, width: 1.5 * unit })
    disc(context, mean, [2 * unit, 2 * unit], { fill: colours.ink })
  }
  const at = pixelOf(plane.point, plane)
  disc(context, at, [7 * unit, 7 * unit], { stroke: colours.back, width: 5 * unit })
  disc(context, at, [7 * unit, 7 * unit], { stroke: colours.ink, width: 2 * unit })
}

const drawGrid = (context: CanvasRenderingContext2D, { size, reach, unit, colours }: Plane): void => {
  const step = reach > 8 ? 4 : reach > 4 ? 2 : 1
  context.lineWidth = unit
  context.font = `${11 * unit}px system-ui, sans-serif`
  for (let tick = -step * Math.floor(reach / step); tick <= reach; tick += step) {
    const [x, y] = pixelOf([tick, tick], { size, reach })
    context.strokeStyle = colours.line
    context.fillStyle = colours.soft
    context.beginPath()
    context.moveTo(x, 0)
    context.lineTo(x, size)
    context.moveTo(0, y)
    context.lineTo(size, y)
    context.stroke()
    // a number at the very edge would be cut off
    if (Math.abs(tick) > 0.9 * reach) continue
    const number = String(tick).replace("-", "−")
    context.fillText(number, x + 3 * unit, size - 4 * unit)
    if (tick !== 0) context.fillText(number, 3 * unit, y - 3 * unit)
  }
}

const drawCodes = (context: CanvasRenderingContext2D, plane: Plane): void => {
  context.globalAlpha = 0.6
  const edge = 3 * plane.unit
  for (const [i, label] of plane.labels.entries()) {
    const [x, y] = pixelOf([plane.codes[2 * i] ?? 0, plane.codes[2 * i + 1] ?? 0], plane)
    context.fillStyle = labelColours[label] ?? plane.colours.soft
    context.fillRect(x - edge / 2, y - edge / 2, edge, edge)
  }
  context.globalAlpha = 1
}

const drawPath = (context: CanvasRenderingContext2D, way: ReadonlyArray<Point>, ink: string, unit: number): void => {
  context.strokeStyle = ink
  context.lineWidth = 1.5 * unit
  context.setLineDash([5 * unit, 4 * unit])
  context.beginPath()
  for (const [x, y] of way) context.lineTo(x, y)
  context.stroke()
  context.setLineDash([])
  for (const end of way) disc(context, end, [3 * unit, 3 * unit], { fill: ink })
}

interface Paint {
  readonly stroke?: string
  readonly fill?: string
  readonly width?: number
}

const disc = (context: CanvasRenderingContext2D, [x, y]: Point, [a, b]: Point, paint: Paint): void => {
  context.beginPath()
  context.ellipse(x, y, a, b, 0, 0, 2 * Math.PI)
  if (paint.fill !== undefined) {
    context.fillStyle = paint.fill
    context.fill()
  }
  if (paint.stroke !== undefined) {
    context.strokeStyle = paint.stroke
    context.lineWidth = paint.width ?? 1
    context.stroke()
  }
}
