import { type Shape, sizeOf } from "../../../src/tensor/Tensor.ts"
import type { Numbers } from "../../support/onCpu.ts"

/** Arrays in float64 and plain loops: what the operations are held against, with nothing of tfjs in it. */
export interface Plain {
  readonly shape: Shape
  readonly values: ReadonlyArray<number>
}

export const plainOf = ({ shape, values }: Numbers): Plain => ({ shape, values: [...values] })

/** All positions of a shape, in the order in which numbers lie. */
const positions = (shape: Shape): ReadonlyArray<ReadonlyArray<number>> =>
  shape.reduce<ReadonlyArray<ReadonlyArray<number>>>(
    (before, n) => before.flatMap((position) => Array.from({ length: n }, (_, i) => [...position, i])),
    [[]]
  )

/** The number at a position; dimensions that the array lacks, or of which it has 1, are repeated. */
const read = ({ shape, values }: Plain, position: ReadonlyArray<number>): number => {
  const own = position.slice(position.length - shape.length)
  const place = shape.reduce((sum, n, i) => sum * n + (n === 1 ? 0 : (own[i] ?? 0)), 0)
  return values[place] ?? Number.NaN
}

const filled = (shape: Shape, f: (position: ReadonlyArray<number>) => number): Plain => ({
  shape,
  values: positions(shape).map(f)
})

/** A function of the numbers at each position of several arrays that broadcast. */
export const elementwise = (f: (...x: Array<number>) => number, ...arrays: ReadonlyArray<Plain>): Plain => {
  const rank = Math.max(...arrays.map(({ shape }) => shape.length))
  const shape = Array.from({ length: rank }, (_, i) =>
    Math.max(...arrays.map(({ shape }) => shape[i - rank + shape.length] ?? 1))
  )
  return filled(shape, (position) => f(...arrays.map((array) => read(array, position))))
}

/** A function of the numbers along an axis, in its place: one number, or a list of as many. */
export const along = (
  x: Plain,
  axis: number,
  f: (line: ReadonlyArray<number>) => number | ReadonlyArray<number>
): Plain => {
  const at = axis < 0 ? axis + x.shape.length : axis
  const n = x.shape[at] ?? 1
  const lineAt = (position: ReadonlyArray<number>, skipped: number): ReadonlyArray<number> | number =>
    f(Array.from({ length: n }, (_, i) => read(x, [...position.slice(0, at), i, ...position.slice(at + skipped)])))
  if (
    typeof lineAt(
      x.shape.map(() => 0),
      1
    ) !== "number"
  )
    return filled(
      x.shape,
      (position) => (lineAt(position, 1) as ReadonlyArray<number>)[position[at] ?? 0] ?? Number.NaN
    )
  return filled(
    x.shape.filter((_, i) => i !== at),
    (position) => lineAt(position, 0) as number
  )
}

export const matrixProduct = (a: Plain, b: Plain): Plain => {
  const k = b.shape[0] ?? 1
  const [lead, trail] = [a.shape.slice(0, -1), b.shape.slice(1)]
  return filled([...lead, ...trail], (position) => {
    const [i, j] = [position.slice(0, lead.length), position.slice(lead.length)]
    return Array.from({ length: k }, (_, m) => read(a, [...i, m]) * read(b, [m, ...j])).reduce((s, x) => s + x, 0)
  })
}

/** For each number of an index, the entry of the first axis. */
export const entries = (x: Plain, index: Plain): Plain =>
  filled([...index.shape, ...x.shape.slice(1)], (position) =>
    read(x, [read(index, position.slice(0, index.shape.length)), ...position.slice(index.shape.length)])
  )

export const between = (x: Plain, start: number, end: number): Plain => {
  const size = sizeOf(x.shape.slice(1))
  return { shape: [end - start, ...x.shape.slice(1)], values: x.values.slice(start * size, end * size) }
}

/** One after the other along the first axis. */
export const joined = (arrays: ReadonlyArray<Plain>): Plain => ({
  shape: [arrays.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...(arrays[0]?.shape.slice(1) ?? [])],
  values: arrays.flatMap(({ values }) => values)
})

export const stacked = (arrays: ReadonlyArray<Plain>): Plain =>
  joined(arrays.map(({ shape, values }) => ({ shape: [1, ...shape], values })))

export const flipped = (x: Plain): Plain =>
  filled([...x.shape].reverse(), (position) => read(x, [...position].reverse()))
