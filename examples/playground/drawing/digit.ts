import { side } from "../digits.ts"

/** Draws 784 grey values in [0, 1] on a canvas of 28 × 28, with `ink` (#rrggbb) as thick as they say. */
export const drawDigit = (context: CanvasRenderingContext2D, values: ArrayLike<number>, ink: string): void => {
  const picture = context.createImageData(side, side)
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(ink.slice(at, at + 2), 16))
  for (let i = 0; i < side * side; i++)
    picture.data.set([red ?? 0, green ?? 0, blue ?? 0, 255 * Math.min(1, Math.max(0, values[i] ?? 0))], 4 * i)
  context.putImageData(picture, 0, 0)
}

/**
 * A drawing as MNIST has its digits: its ink in a box of 20 × 20, with the centre of mass in the middle of 28 × 28.
 *
 * @param ink `[size, size]` grey values in [0, 1]; each pixel of the result is the mean of its place
 */
export const centred = (ink: Float32Array, size: number): Uint8Array<ArrayBuffer> => {
  const image = new Uint8Array(side * side)
  let [left, right, top, bottom, mass, x, y] = [size, -1, size, -1, 0, 0, 0]
  for (const [i, value] of ink.entries()) {
    if (value === 0) continue
    const [column, row] = [i % size, Math.floor(i / size)]
    ;[left, right] = [Math.min(left, column), Math.max(right, column)]
    ;[top, bottom] = [Math.min(top, row), Math.max(bottom, row)]
    ;[mass, x, y] = [mass + value, x + value * (column + 0.5), y + value * (row + 0.5)]
  }
  if (mass === 0) return image
  const scale = Math.max(right - left + 1, bottom - top + 1) / 20
  const sums = new Float64Array(side * side)
  for (const [i, value] of ink.entries()) {
    if (value === 0) continue
    const column = Math.floor(side / 2 + ((i % size) + 0.5 - x / mass) / scale)
    const row = Math.floor(side / 2 + (Math.floor(i / size) + 0.5 - y / mass) / scale)
    if (column >= 0 && column < side && row >= 0 && row < side)
      sums[row * side + column] = (sums[row * side + column] ?? 0) + value
  }
  for (const i of image.keys()) image[i] = Math.min(255, (255 * (sums[i] ?? 0)) / (scale * scale))
  return image
}
