import { sizeOf } from "../tensor/Tensor.ts"
import type { Values } from "../trace/Graph.ts"
import type { Table } from "./Engine.ts"

/** Rows that are looked up one after the other before they are copied: the processor waits for many at once. */
const together = 128

/**
 * Reads rows of a table on the host.
 *
 * @param factor by which the numbers are multiplied: the table's scale, or that scale as the engine rounds it
 */
export const rowsAt = (
  { values, shape }: Pick<Table, "values" | "shape">,
  indices: Values,
  factor: number
): Float32Array => {
  const width = sizeOf(shape.slice(1))
  const rows = new Float32Array(indices.length * width)
  const at = (i: number): number => values[i] ?? Number.NaN
  for (let start = 0; start < indices.length; start += together) {
    const end = Math.min(start + together, indices.length)
    if (width > 1) for (let i = start; i < end; i++) rows[i * width] = at((indices[i] ?? 0) * width)
    for (let i = start; i < end; i++) {
      const from = (indices[i] ?? 0) * width
      for (let j = 0; j < width; j++) rows[i * width + j] = at(from + j) * factor
    }
  }
  return rows
}
