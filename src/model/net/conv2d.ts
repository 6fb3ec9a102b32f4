import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { boundOf, type Initialiser, type LayerOptions, layerOf, mustBeSize } from "./layer.ts"

/** An image of one datum: height, width, channels. */
export type Pixels<C extends number = number> = Tensor<readonly [number, number, C]>

export interface ConvOptions extends LayerOptions {
  /** the side of the square kernel (3) */
  readonly kernel?: number
  /** how many pixels the kernel moves at a time (1) */
  readonly stride?: number
  /** `same`: the output has ⌈side / stride⌉ pixels, or side · stride when transposed; `valid`: the kernel stays inside (`same`) */
  readonly padding?: "same" | "valid"
  readonly init?: Initialiser
}

/**
 * A convolution of one image, `[height, width, in] → [height', width', filters]`, as a product of its patches with one matrix: patches are gathered by constant row numbers, so that every engine and every
 * axis (rows, particles) can do it.
 *
 * @throws InvalidOption for sizes that are no whole numbers from 1; ShapeMismatch for a value that is no image, or one smaller than the kernel
 * @example
 * ```ts
 * const encoder = Net.sequential(
 *   Net.unflatten([28, 28, 1]), Net.conv2d(16, { stride: 2 }), Net.activation("relu"), Net.flatten(), Net.dense(40)
 * )
 * ```
 */
export const conv2d = <const F extends number>(filters: F, options: ConvOptions = {}): ((x: Pixels) => Pixels<F>) => {
  const { kernel, stride, padding, init } = checked("Net.conv2d", filters, options)
  return layerOf("conv2d", options, (x: Pixels, { get }) => {
    const [height, width, channels] = imageOf("Net.conv2d", x)
    const [rows, columns] = [along(height, kernel, stride, padding), along(width, kernel, stride, padding)]
    if (rows.count < 1 || columns.count < 1) throw tooSmall(kernel, x)
    // the pixel under tap k of the kernel at place i; outside of the image there is one more pixel, of zeros
    const tap = (axis: Along, i: number, k: number, side: number): number | undefined => {
      const at = i * stride + k - axis.before
      return at >= 0 && at < side ? at : undefined
    }
    const patches = patchesOf(x, rows.count, columns.count, kernel, (i, j, k, l) => {
      const [row, column] = [tap(rows, i, k, height), tap(columns, j, l, width)]
      return row === undefined || column === undefined ? undefined : row * width + column
    })
    return weighed(patches, [rows.count, columns.count], kernel * kernel * channels, filters, init, get)
  }) as (x: Pixels) => Pixels<F>
}

/**
 * The transposed convolution, which makes images larger: `[height, width, in] → [height · stride, width · stride, filters]` with `same` padding. Each output pixel adds up the input pixels whose kernel covers it.
 */
export const convTranspose2d = <const F extends number>(
  filters: F,
  options: ConvOptions = {}
): ((x: Pixels) => Pixels<F>) => {
  const { kernel, stride, padding, init } = checked("Net.convTranspose2d", filters, options)
  return layerOf("convTranspose2d", options, (x: Pixels, { get }) => {
    const [height, width, channels] = imageOf("Net.convTranspose2d", x)
    const sideOf = (side: number): number => (padding === "same" ? side * stride : (side - 1) * stride + kernel)
    const before = padding === "same" ? Math.floor(Math.max(0, kernel - stride) / 2) : 0
    const source = (i: number, k: number, side: number): number | undefined => {
      const at = i + before - k
      return at % stride === 0 && at >= 0 && at / stride < side ? at / stride : undefined
    }
    const [tall, wide] = [sideOf(height), sideOf(width)]
    const patches = patchesOf(x, tall, wide, kernel, (i, j, k, l) => {
      const [row, column] = [source(i, k, height), source(j, l, width)]
      return row === undefined || column === undefined ? undefined : row * width + column
    })
    return weighed(patches, [tall, wide], kernel * kernel * channels, filters, init, get)
  }) as (x: Pixels) => Pixels<F>
}

/** The largest number of each block of `size` × `size` pixels, channel by channel; a side that the size does not divide is refused. */
export const maxPool2d =
  (size: number): (<C extends number>(x: Pixels<C>) => Pixels<C>) =>
  <C extends number>(x: Pixels<C>) => {
    mustBeSize("Net.maxPool2d", size)
    const [height, width, channels] = imageOf("Net.maxPool2d", x)
    if (height % size !== 0 || width % size !== 0)
      throw new ShapeMismatch({
        site: undefined,
        where: "Net.maxPool2d",
        expected: [Math.ceil(height / size) * size, Math.ceil(width / size) * size, channels],
        actual: x.shape,
        advice: `The blocks of ${size} × ${size} pixels must fill the image.`
      })
    const blocks = tf.reshape(x, [height / size, size, width / size, size, channels])
    return typed(tf.max(tf.max(blocks, 3), 1))
  }

interface Along {
  readonly count: number
  /** pixels of zeros before the first */
  readonly before: number
}

/** Where a kernel stands along one side, as TensorFlow counts: with `same` padding the smaller half of the zeros comes first. */
const along = (side: number, kernel: number, stride: number, padding: "same" | "valid"): Along => {
  if (padding === "valid") return { count: Math.floor((side - kernel) / stride) + 1, before: 0 }
  const count = Math.ceil(side / stride)
  return { count, before: Math.floor(Math.max(0, (count - 1) * stride + kernel - side) / 2) }
}

/** For each output pixel the input pixels under the kernel, one after the other: [pixels, kernel² · channels]. */
const patchesOf = (
  x: Pixels,
  rows: number,
  columns: number,
  kernel: number,
  pixel: (i: number, j: number, k: number, l: number) => number | undefined
): tf.Tensor => {
  const [height, width, channels] = x.shape
  const zeros = (height ?? 1) * (width ?? 1)
  const places = new Int32Array(rows * columns * kernel * kernel)
  let n = 0
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < kernel; k++) for (let l = 0; l < kernel; l++) places[n++] = pixel(i, j, k, l) ?? zeros
  const pixels = tf.concat([tf.reshape(x, [zeros, channels ?? 1]), tf.zeros([1, channels ?? 1])], 0)
  return tf.reshape(tf.gather(pixels, tf.tensor1d(places, "int32")), [
    rows * columns,
    kernel * kernel * (channels ?? 1)
  ])
}

const weighed = (
  patches: tf.Tensor,
  [rows, columns]: readonly [number, number],
  fanIn: number,
  filters: number,
  init: Initialiser,
  get: (parameter: string, shape: ReadonlyArray<number>, bound: number) => tf.Tensor
): tf.Tensor => {
  const bound = boundOf(init, fanIn, filters)
  const product = tf.matMul(patches as tf.Tensor2D, get("weight", [fanIn, filters], bound) as tf.Tensor2D)
  return tf.reshape(tf.add(product, get("bias", [filters], bound)), [rows, columns, filters])
}

const checked = (
  where: string,
  filters: number,
  { kernel = 3, stride = 1, padding = "same", init = "pytorch" }: ConvOptions
) => {
  mustBeSize(`${where} filters`, filters)
  mustBeSize(`${where} kernel`, kernel)
  mustBeSize(`${where} stride`, stride)
  if (padding !== "same" && padding !== "valid")
    throw new InvalidOption({ option: `${where} padding`, value: String(padding), expected: "'same' or 'valid'" })
  return { kernel, stride, padding, init }
}

const imageOf = (where: string, { shape }: Pixels): readonly [number, number, number] => {
  const [height, width, channels] = shape
  if (shape.length === 3 && height !== undefined && width !== undefined && channels !== undefined)
    return [height, width, channels]
  throw new ShapeMismatch({
    site: undefined,
    where,
    expected: [28, 28, 1],
    actual: shape,
    advice: "Give an image as [height, width, channels], such as by Net.unflatten([28, 28, 1])."
  })
}

const tooSmall = (kernel: number, { shape }: Pixels): ShapeMismatch =>
  new ShapeMismatch({
    site: undefined,
    where: "Net.conv2d",
    expected: [kernel, kernel, shape[2] ?? 1],
    actual: shape,
    advice: "The kernel does not fit into the image: use padding 'same', or a smaller kernel."
  })
