import { latest } from "../cell.ts"
import { drawDigit } from "../drawing/digit.ts"
import { drawPlane, labelColours, pointAt, reachOf, type View } from "../drawing/plane.ts"
import type { Point } from "../messages.ts"
import { colour, contextOf, element, onLook, type Session } from "../session.ts"

/** The latent plane: its codes, the point that is dragged, and the digit there. */
export const planePanel = ({ ask, fit, point, posterior, ends }: Session): void => {
  const canvas = element("plane", HTMLCanvasElement)
  const [plane, digit] = [contextOf(canvas), contextOf(element("decoded", HTMLCanvasElement))]
  const where = element("where", HTMLParagraphElement)
  let view: View = { size: canvas.width, reach: 3 }
  let values: ArrayLike<number> = []

  const draw = (): void => {
    const unit = canvas.width / Math.max(1, canvas.clientWidth)
    const { codes = new Float32Array(), labels = new Uint8Array() } = fit.get() ?? {}
    const [ink, soft, line, back] = ["--ink", "--soft", "--line", "--card"].map(colour)
    const colours = { ink: ink ?? "", soft: soft ?? "", line: line ?? "", back: back ?? "" }
    const shown = { point: point.get(), posterior: posterior.get(), ends: ends.get() }
    drawPlane(plane, { ...view, unit, codes, labels, ...shown, colours })
    drawDigit(digit, values, ink ?? "#000000")
  }
  const decode = latest(
    (at: Point) => ask("decode", at).answer,
    (decoded) => {
      values = decoded
      draw()
    }
  )
  const move = (x: number, y: number): void => {
    const { reach } = view
    point.set([Math.min(reach, Math.max(-reach, x)), Math.min(reach, Math.max(-reach, y))])
  }
  const drag = ({ offsetX, offsetY }: PointerEvent): void => {
    const scale = canvas.width / canvas.clientWidth
    move(...pointAt([offsetX * scale, offsetY * scale], view))
  }
  // its arrow keys are for the point, and not for a screen reader's own cursor
  canvas.role = "application"
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId)
    drag(event)
  })
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) drag(event)
  })
  canvas.addEventListener("keydown", (event) => {
    const [right, up] = steps[event.key] ?? [undefined, 0]
    if (right === undefined) return
    event.preventDefault()
    const [x, y] = point.get()
    const by = event.shiftKey ? 0.5 : 0.1
    if (event.key === "Home") move(0, 0)
    else move(x + by * right, y + by * up)
  })

  element("labels", HTMLParagraphElement).innerHTML = labelColours
    .map((each, label) => `<span><i style="background:${each}"></i>${label}</span>`)
    .join(" ")
  point.listen(([x, y]) => {
    where.textContent = `z = (${signed(x)}, ${signed(y)})`
    draw()
    if (fit.get() !== undefined) decode([x, y])
  })
  fit.listen((made) => {
    if (made === undefined) return
    view = { ...view, reach: reachOf(made.codes) }
    move(...point.get())
  })
  posterior.listen(draw)
  ends.listen(draw)
  new ResizeObserver(() => {
    canvas.width = canvas.height = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio))
    view = { ...view, size: canvas.width }
    draw()
  }).observe(canvas)
  onLook(draw)
}

/** By key: how far to the right and up. */
const steps: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  Home: [0, 0]
}

const signed = (x: number): string => x.toFixed(2).replace("-", "−")
