import type { Loop, Table } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"

/** Rows of more numbers than this are read from their table by the engine. It copies long rows faster, but takes longer to find a row of a large table (docs/performance.md). */
const narrow = 16

/** A loop of which some tables are read by the host, and the feeds of their rows. */
export interface NarrowRows {
  readonly loop: Loop
  /** Adds the rows at the row numbers that are among the feeds. */
  readonly read: (feeds: Readonly<Record<string, Values>>) => Readonly<Record<string, Values>>
}

/** Tables with narrow rows stay with the host: a loop is fed their rows in place of their row numbers, with the same numbers to the last bit. */
export const narrowRows = (loop: Loop, tables: Readonly<Record<string, Table>>): NarrowRows => {
  const read = Object.entries(loop.rows).flatMap(([input, { table, indices }]) => {
    const found = tables[table]
    const width = found === undefined ? 0 : sizeOf(found.shape.slice(1))
    return found === undefined || width > narrow ? [] : [{ input, indices, width, ...found }]
  })
  const isRead = new Set(read.map(({ input }) => input))
  return {
    loop: { ...loop, rows: Object.fromEntries(Object.entries(loop.rows).filter(([input]) => !isRead.has(input))) },
    read: (feeds) => ({
      ...feeds,
      ...Object.fromEntries(read.map((each) => [each.input, rowsAt(feeds[each.indices] ?? new Int32Array(), each)]))
    })
  }
}

/** An engine computes `values * scale` in 32 bits. */
const rowsAt = (
  indices: Values,
  { values, scale, width }: Pick<Table, "values" | "scale"> & { readonly width: number }
): Float32Array => {
  const rows = new Float32Array(indices.length * width)
  const factor = Math.fround(scale)
  for (let i = 0, to = 0; i < indices.length; i++) {
    const from = (indices[i] ?? 0) * width
    for (let j = 0; j < width; j++) rows[to++] = (values[from + j] ?? 0) * factor
  }
  return rows
}
