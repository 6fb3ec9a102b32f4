import { latest } from "../cell.ts"
import { imageOf, side } from "../digits.ts"
import { centred, drawDigit } from "../drawing/digit.ts"
import type { Point } from "../messages.ts"
import { colour, contextOf, element, onLook, type Session } from "../session.ts"

/** A pad to draw a digit on: its posterior goes to the plane, its reconstruction stands beside it. */
export const drawingPanel = ({ ask, fit, heldOut, posterior }: Session): void => {
  const canvas = element("pad", HTMLCanvasElement)
  const [pad, reconstruction] = [contextOf(canvas), contextOf(element("drawn", HTMLCanvasElement))]
  const words = element("posterior", HTMLParagraphElement)
  /** what is on the pad: strokes by hand, or the bytes of a digit; neither at first */
  let strokes: ReadonlyArray<ReadonlyArray<Point>> = []
  let given: Uint8Array | undefined
  let next = 0

  const draw = (): void => {
    const ink = colour("--ink")
    pad.clearRect(0, 0, canvas.width, canvas.height)
    if (given !== undefined) drawLarge(pad, given, ink)
    for (const stroke of strokes) drawStroke(pad, stroke, ink)
    drawDigit(reconstruction, posterior.get()?.reconstruction ?? [], ink)
  }
  const encode = latest(
    (image: Uint8Array) => ask("encode", image).answer,
    (found) => {
      if (strokes.length === 0 && given === undefined) return
      const pairs = found.mean.map((mean, i) => `${mean.toFixed(2)} ± ${(found.sd[i] ?? 0).toFixed(2)}`)
      words.textContent = `q(z | x): ${pairs.join(" and ")}`.replaceAll("-", "−")
      posterior.set(found)
      draw()
    }
  )
  const changed = (): void => {
    draw()
    if (fit.get() === undefined || (strokes.length === 0 && given === undefined)) return
    encode(given ?? centred(inkOf(pad), canvas.width))
  }
  const become = (image: Uint8Array | undefined): void => {
    given = image
    strokes = []
    changed()
  }
  const at = ({ offsetX, offsetY }: PointerEvent): Point => {
    const scale = canvas.width / canvas.clientWidth
    return [offsetX * scale, offsetY * scale]
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId)
    given = undefined
    strokes = [...strokes, [at(event)]]
    changed()
  })
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return
    strokes = [...strokes.slice(0, -1), [...(strokes.at(-1) ?? []), at(event)]]
    changed()
  })
  element("clear", HTMLButtonElement).addEventListener("click", () => {
    become(undefined)
    posterior.set(undefined)
    words.textContent = "Left: your drawing. Right: its reconstruction from two numbers."
    draw()
  })
  element("sample", HTMLButtonElement).addEventListener("click", () => {
    become(imageOf(heldOut, next % heldOut.labels.length))
    next += 1
  })
  fit.listen(changed)
  onLook(draw)
}

const drawStroke = (context: CanvasRenderingContext2D, stroke: ReadonlyArray<Point>, ink: string): void => {
  context.strokeStyle = ink
  context.lineWidth = 22
  context.lineCap = "round"
  context.lineJoin = "round"
  context.beginPath()
  for (const [x, y] of stroke) context.lineTo(x, y)
  // a dot is a stroke that ends where it began
  const [first] = stroke
  if (stroke.length === 1 && first !== undefined) context.lineTo(...first)
  context.stroke()
}

/** A digit of 28 × 28 over the whole pad. */
const drawLarge = (context: CanvasRenderingContext2D, image: Uint8Array, ink: string): void => {
  const { width } = context.canvas
  const small = Object.assign(document.createElement("canvas"), { width: side, height: side })
  drawDigit(
    contextOf(small),
    Float32Array.from(image, (byte) => byte / 255),
    ink
  )
  context.imageSmoothingEnabled = false
  context.drawImage(small, 0, 0, width, width)
}

/** How thick the ink is at each pixel, in [0, 1]. */
const inkOf = (context: CanvasRenderingContext2D): Float32Array => {
  const { width } = context.canvas
  const { data } = context.getImageData(0, 0, width, width)
  return Float32Array.from({ length: width * width }, (_, i) => (data[4 * i + 3] ?? 0) / 255)
}
