import { sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Loop, Table } from "../Engine.ts"
import { rowsAt } from "../rowsAt.ts"

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
    return sizeOf(table.shape.slice(1)) > narrow ? [] : [{ input, indices, table }]
  })
  if (read.length === 0) return { loop, read: (feeds) => feeds }
  const isRead = new Set(read.map(({ input }) => input))
  return {
    loop: { ...loop, rows: Object.fromEntries(Object.entries(loop.rows).filter(([input]) => !isRead.has(input))) },
    read: (feeds) => ({
      ...feeds,
      ...Object.fromEntries(
        // the runtime multiplies in 32 bits
        read.map(({ input, indices, table }) => [
          input,
          rowsAt(table, feeds[indices] ?? new Int32Array(), Math.fround(table.scale))
        ])
      )
    })
  }
}
