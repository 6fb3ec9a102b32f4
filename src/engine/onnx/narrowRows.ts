import { sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Loop, Table } from "../Engine.ts"

/** Rows of at most so many numbers are read here: for longer ones the runtime's `Gather` takes less time than this does (docs/performance.md). */
const narrow = 4

/** A loop of which some tables are read here, and the feeds of their rows. */
export interface NarrowRows {
  readonly loop: Loop
  /** Adds the rows at the row numbers that are among the feeds. */
  readonly read: (feeds: Readonly<Record<string, Values>>) => Readonly<Record<string, Values>>
}

/** A loop that is fed the rows of narrow tables in place of their row numbers: the same numbers to the last bit. */
export const narrowRows = (loop: Loop, tables: Readonly<Record<string, Table>>): NarrowRows => {
  const read = Object.entries(loop.rows).flatMap(([input, { table: name, indices }]) => {
    const table = tables[name]
    if (table === undefined) return []
    const width = sizeOf(table.shape.slice(1))
    return width > narrow ? [] : [{ input, indices, table, width }]
  })
  const isRead = new Set(read.map(({ input }) => input))
  return {
    loop: { ...loop, rows: Object.fromEntries(Object.entries(loop.rows).filter(([input]) => !isRead.has(input))) },
    read: (feeds) => ({
      ...feeds,
      ...Object.fromEntries(
        read.map(({ input, indices, table, width }) => [
          input,
          rowsAt(feeds[indices] ?? new Int32Array(), table, width)
        ])
      )
    })
  }
}

/** Rows that are looked up one after the other before they are copied: the processor waits for many at once. */
const together = 128

const rowsAt = (indices: Values, { values, scale }: Table, width: number): Float32Array => {
  const rows = new Float32Array(indices.length * width)
  // the runtime multiplies in 32 bits
  const factor = Math.fround(scale)
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
