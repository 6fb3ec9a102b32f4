import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../Errors.ts"
import { type Shape, sameShape, sizeOf, type Tensor, typed } from "./Tensor.ts"

/** A record of named values. */
export type Tensors = { readonly [name: string]: Tensor }

/** The values at one position of a sequence: `[T, ...S]` becomes `S`. */
export type OneOf<X> = {
  readonly [K in keyof X]: X[K] extends Tensor<readonly [number, ...infer S extends Shape]> ? Tensor<S> : never
}

/** The values of all positions, from those of one step: `S` becomes `[T, ...S]`. */
export type AllOf<Y> = {
  readonly [K in keyof Y]: Y[K] extends Tensor<infer S extends Shape> ? Tensor<readonly [number, ...S]> : never
}

/** One step: a function of the carry and the values at a position. It returns the next carry, and the values `y` to keep for this position. */
export type Step<C, X, Y> = (carry: C, x: OneOf<X>, t: Tensor<readonly []>) => { readonly carry: C; readonly y: Y }

export interface ScanOptions {
  /** the number of positions, needed only if there are no sequences */
  readonly length?: number
  /** runs from the last position to the first */
  readonly reverse?: boolean
}

/**
 * A recurrence: `step` runs once for each position of the sequences `xs` and passes its carry to the next position; the values `y` of all positions
 * are stacked. A recorded program has one node for it and one for its gradient, so the size of the graph and the time to compile do not grow with the
 * length. An engine runs it as a loop.
 *
 * @param init the first carry: named float32 tensors
 * @param xs sequences `[T, …]`, all of the same length; `{}` with `length` in the options for none
 * @returns the last carry, and `ys`, `[T, …]` each
 * @throws ShapeMismatch when the step changes the shape of the carry, or the sequences differ in their lengths
 * @example
 * ```ts
 * const { carry, ys } = scan({ sum: Tensor.of([], tf.scalar(0)) }, { x: Tensor.of([3], tf.tensor1d([1, 2, 3])) }, ({ sum }, { x }) => {
 *   const next = Tensor.of([], tf.add(sum, x))
 *   return { carry: { sum: next }, y: { sum: next } }
 * })
 * carry.sum // => 6
 * ys.sum // => [1, 3, 6]
 * ```
 */
export const scan = <C extends Tensors, X extends Tensors, Y extends Tensors>(
  init: C,
  xs: X,
  step: Step<C, X, Y>,
  options: ScanOptions = {}
): { readonly carry: C; readonly ys: AllOf<Y> } => {
  const length = lengthOf(xs, options.length)
  const reverse = options.reverse === true
  const isRecorded = tf.getKernel("Recurrence", tf.getBackend()) !== undefined
  const places = tf.tensor2d(
    Array.from({ length }, (_, t) => t),
    [length, 1]
  )
  const [carries, read] = [packing(init, 0), packing(xs, 1)]
  let kept: Packing | undefined
  const once = (carry: tf.Tensor, x: tf.Tensor): Flat => {
    const t = typed<readonly []>(tf.reshape(tf.slice(x, [0], [1]), []))
    const values = read.unpack(tf.slice(x, [1], [read.size]), [])
    const next = step(carries.unpack(carry, []) as C, values as OneOf<X>, t)
    mustKeep(init, next.carry)
    kept = packing(next.y, 0)
    return { carry: carries.pack(next.carry, []), row: kept.size === 0 ? tf.zeros([1]) : kept.pack(next.y, []) }
  }
  const start = carries.pack(init, [])
  const x = tf.concat([places, read.pack(xs, [length])], -1)
  const { last, rows } = isRecorded
    ? recorded(start, x, once, { length, reverse })
    : directly(start, x, once, { length, reverse })
  if (kept === undefined) throw new RangeError("a scan has no position")
  const ys = (kept as Packing).unpack(tf.slice(rows, [0, 0], [length, (kept as Packing).size]), [length])
  return { carry: carries.unpack(last, []) as C, ys: ys as AllOf<Y> }
}

interface Flat {
  readonly carry: tf.Tensor
  readonly row: tf.Tensor
}

type Once = (carry: tf.Tensor, x: tf.Tensor) => Flat
interface Run {
  readonly length: number
  readonly reverse: boolean
}

/** As one node. Its value contains the last carry, then the rows; each row begins with the carry after its position. */
const recorded = (
  start: tf.Tensor,
  x: tf.Tensor,
  body: Once,
  { length, reverse }: Run
): { readonly last: tf.Tensor; readonly rows: tf.Tensor } => {
  const value: tf.Tensor = tf.engine().runKernel("Recurrence", { carry: start, x }, { body, length, reverse } as never)
  const width = start.size
  const stacked = tf.reshape(tf.slice(value, [width], [value.size - width]), [length, -1])
  const row = (stacked.shape[1] ?? 0) - width
  return { last: tf.slice(value, [0], [width]), rows: tf.slice(stacked, [0, width], [length, row]) }
}

/** As a plain loop, if no program is recorded. */
const directly = (
  start: tf.Tensor,
  x: tf.Tensor,
  body: Once,
  { length, reverse }: Run
): { readonly last: tf.Tensor; readonly rows: tf.Tensor } => {
  const rows: Array<tf.Tensor> = []
  let carry = start
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i
    const next = body(carry, tf.reshape(tf.slice(x, [t, 0], [1, -1]), [-1]))
    carry = next.carry
    rows[t] = next.row
  }
  return { last: carry, rows: tf.stack(rows) }
}

/** Named values as one flat vector, after some leading dimensions. */
interface Packing {
  readonly size: number
  readonly pack: (values: Tensors, lead: Shape) => tf.Tensor
  readonly unpack: (flat: tf.Tensor, lead: Shape) => Tensors
}

/** @param skipped leading dimensions that are not part of one value */
const packing = (like: Tensors, skipped: number): Packing => {
  const parts = Object.entries(like).map(([name, { shape, dtype }]) => ({ name, shape: shape.slice(skipped), dtype }))
  const size = parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return {
    size,
    pack: (values, lead) => {
      const flat = parts.map(({ name, shape }) =>
        tf.reshape(tf.cast(values[name] as tf.Tensor, "float32"), [...lead, sizeOf(shape)])
      )
      const [only] = flat
      if (only === undefined) return tf.zeros([...lead, 0])
      return flat.length === 1 ? only : tf.concat(flat, -1)
    },
    unpack: (flat, lead) => {
      let from = 0
      return Object.fromEntries(
        parts.map(({ name, shape, dtype }) => {
          const part = tf.slice(flat, [...lead.map(() => 0), from], [...lead, sizeOf(shape)])
          from += sizeOf(shape)
          return [name, typed(tf.cast(tf.reshape(part, [...lead, ...shape]), dtype))]
        })
      )
    }
  }
}

const lengthOf = (xs: Tensors, asked: number | undefined): number => {
  const lengths = Object.entries(xs).map(([name, { shape }]) => ({ name, length: shape[0] }))
  const [first] = lengths
  const length = first?.length ?? asked
  if (length === undefined || !Number.isInteger(length) || length < 1)
    throw new SupportViolation({
      site: "scan.length",
      support: "natural",
      actual: `it is ${length}`,
      advice: "Give sequences with at least one position, or their number as { length }."
    })
  const other =
    lengths.find((each) => each.length !== length) ??
    (asked === undefined || asked === length ? undefined : { name: "length", length: asked })
  if (other !== undefined)
    throw new ShapeMismatch({
      site: undefined,
      where: `scan: '${other.name}' beside '${first?.name}'`,
      expected: [length],
      actual: [other.length ?? 0],
      advice: "All sequences of a scan have one length."
    })
  return length
}

const mustKeep = (before: Tensors, after: Tensors | undefined): void => {
  if (namesOf(before) !== namesOf(after))
    throw new InvalidOption({
      option: "the result of a scan's step",
      value: listed(after),
      expected: `the next carry, ${listed(before)}: return it at the end of the step`
    })
  for (const [name, { shape: expected }] of Object.entries(before)) {
    const actual = after?.[name]?.shape
    if (actual !== undefined && sameShape(expected, actual)) continue
    throw new ShapeMismatch({
      site: undefined,
      where: `the carry '${name}' of a scan after one step`,
      expected,
      actual: actual ?? [],
      advice: "A step gives a carry with the same names and shapes as it was given."
    })
  }
}

const namesOf = (values: Tensors | undefined): string =>
  Object.keys(values ?? {})
    .sort()
    .join()

/** `{ level, trend }` */
const listed = (values: Tensors | undefined): string =>
  values === undefined || values === null ? String(values) : `{ ${Object.keys(values).join(", ")} }`
