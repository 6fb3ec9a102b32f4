import { DataFormat } from "../../Errors.ts"
import { type Blocks, blocksOf } from "./blocks.ts"
import { type Block, fieldsOf } from "./gather.ts"
import type { RowStream } from "./RowStream.ts"

/** For each field the numbers of some rows, row after row. */
export type RowValues = Readonly<Record<string, Float32Array>>

/** A stream whose first pass has begun. */
export interface Opened {
  readonly stream: RowStream
  /** how the rows are called in messages */
  readonly path: string
  /** in each pass */
  readonly rows: number
  /** the first rows of the source */
  readonly head: RowValues
  readonly begun: { readonly blocks: Blocks; readonly read: ReadonlyArray<Block> }
}

/** Reads the rows of a first pass until there are some to look at; where their number is not known, all of them are counted first. */
export const opened = async (stream: RowStream, path: string, signal: AbortSignal): Promise<Opened> => {
  const rows = stream.rows ?? (await counted(stream, path, signal))
  const blocks = begun(stream, path, signal)
  try {
    const read: Array<Block> = []
    let size = 0
    while (size < Math.min(rows, seenFirst)) {
      signal.throwIfAborted()
      const block = await blocks.next()
      if (block === undefined) throw wrongCount(path, `the source ended after ${size} rows`, rows)
      read.push(block)
      size += block.size
    }
    const count = Math.min(size, seenFirst)
    return { stream, path, rows, head: joined(stream, read, count), begun: { blocks, read } }
  } catch (error) {
    await blocks.close()
    throw error
  }
}

/** A first pass, which is closed where the reader is interrupted while it waits. */
const begun = (stream: RowStream, path: string, signal: AbortSignal): Blocks => {
  const blocks = blocksOf(stream, 0, path)
  signal.addEventListener("abort", () => void blocks.close(), { once: true })
  return blocks
}

/** Rows that stand for all of them where some are looked at. */
const seenFirst = 1024

const joined = (stream: RowStream, blocks: ReadonlyArray<Block>, rows: number): RowValues =>
  Object.fromEntries(
    fieldsOf(stream).map(({ name, width }) => {
      const numbers = new Float32Array(rows * width)
      for (const { from, values } of blocks) {
        const some = values[name]?.subarray(0, Math.max(0, rows - from) * width)
        if (some !== undefined) numbers.set(some, from * width)
      }
      return [name, numbers]
    })
  )

const counted = async (stream: RowStream, path: string, signal: AbortSignal): Promise<number> => {
  if (!stream.isRepeatable) {
    throw new DataFormat({
      path,
      reason: "the number of its rows is not known, and its source can be read only once",
      advice: "Give { rows }, or a function that makes the source anew."
    })
  }
  const blocks = begun(stream, path, signal)
  let rows = 0
  try {
    for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
      signal.throwIfAborted()
      rows += block.size
    }
  } finally {
    await blocks.close()
  }
  if (rows > 0) return rows
  throw new DataFormat({ path, reason: "the source gives no rows", advice: "Give at least one." })
}

export const wrongCount = (path: string, what: string, rows: number): DataFormat =>
  new DataFormat({
    path,
    reason: `${what}, but it must give ${rows} in each pass`,
    advice: "Give { rows } as many as there are, and a source that begins anew in each pass."
  })
