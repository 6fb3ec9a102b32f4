import { latest } from "../cell.ts"
import { imageOf } from "../digits.ts"
import { drawDigit } from "../drawing/digit.ts"
import type { Point } from "../messages.ts"
import { colour, contextOf, element, onLook, type Session } from "../session.ts"

/** Two held-out digits, and what is decoded on the straight line between their codes. */
export const betweenPanel = ({ ask, ends, fit, heldOut }: Session): void => {
  const share = element("share", HTMLInputElement)
  const between = contextOf(element("between", HTMLCanvasElement))
  let values: ArrayLike<number> = []
  const rows: [number, number] = [rowOf(heldOut.labels, 1), rowOf(heldOut.labels, 7)]
  const buttons = ["left", "right"].map((id) => element(id, HTMLButtonElement))

  const draw = (): void => {
    const ink = colour("--ink")
    for (const [i, button] of buttons.entries()) {
      const canvas = button.querySelector("canvas")
      const image = Float32Array.from(imageOf(heldOut, rows[i] ?? 0), (byte) => byte / 255)
      if (canvas !== null) drawDigit(contextOf(canvas), image, ink)
    }
    drawDigit(between, values, ink)
  }
  const decode = latest(
    (at: Point) => ask("decode", at).answer,
    (decoded) => {
      values = decoded
      draw()
    }
  )
  const encode = latest(
    ([left, right]: readonly [number, number]) =>
      Promise.all([left, right].map((row) => ask("encode", imageOf(heldOut, row)).answer)),
    ([left, right]) => {
      if (left !== undefined && right !== undefined) ends.set([left.mean, right.mean])
    }
  )
  const changed = (): void => {
    draw()
    if (fit.get() !== undefined) encode([...rows])
  }
  for (const [i, button] of buttons.entries())
    button.addEventListener("click", () => {
      rows[i] = ((rows[i] ?? 0) + 1) % heldOut.labels.length
      changed()
    })
  const slide = (): void => {
    const [a, b] = ends.get() ?? []
    const t = share.valueAsNumber / 100
    if (a !== undefined && b !== undefined) decode([(1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]])
  }
  share.addEventListener("input", slide)
  ends.listen(slide)
  fit.listen(changed)
  onLook(draw)
}

/** The first row with a label. */
const rowOf = (labels: Uint8Array, label: number): number => Math.max(0, labels.indexOf(label))
