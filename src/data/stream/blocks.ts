import { DataFormat } from "../../Errors.ts"
import { type Block, checkBlock, fieldsOf, gathering, manyRows } from "./gather.ts"
import { fillsOf } from "./holes.ts"
import type { RowStream } from "./RowStream.ts"

/** One pass over a source, block by block. */
export interface Blocks {
  /** undefined at the end. Rejects with DataFormat, which names the row */
  readonly next: () => Promise<Block | undefined>
  /** tells the source that no more of it is needed */
  readonly close: () => Promise<void>
}

/** Rows that come one by one are put together to so many. */
const inBlock = 256

/** Milliseconds after which the event loop gets its turn, also where a source never waits. */
const longest = 25

/** @param path how the rows are called in messages */
export const blocksOf = (stream: Pick<RowStream, "fields" | "open">, pass: number, path: string): Blocks => {
  const fields = fieldsOf(stream)
  const fill = fillsOf(fields)
  let iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined
  let [row, turned, isWaiting, isOver] = [0, performance.now(), false, false]
  // many rows that came at once, while others are handed out
  let held: Block | undefined

  const nextRows = async (): Promise<Block | undefined> => {
    const single = gathering(fields, inBlock, row, path)
    try {
      iterator ??= iteratorOf(stream.open(pass))
      while (!isOver && held === undefined && single.size() < inBlock) {
        const step = iterator.next()
        isWaiting = step instanceof Promise
        // rows that are there already cost no turn of their own
        const { done, value } = step instanceof Promise ? await step : step
        isWaiting = false
        isOver ||= done === true
        if (done === true) break
        held = manyRows(fields, value, row, path)
        if (held === undefined) single.add(value)
        row += held?.size ?? 1
      }
    } catch (cause) {
      isOver ||= isWaiting || !(cause instanceof DataFormat)
      isWaiting = false
      throw failed(cause, row, path)
    }
    return single.size() === 0 ? handedOut() : single.end()
  }
  const handedOut = (): Block | undefined => {
    const block = held
    held = undefined
    return block
  }
  return {
    next: async () => {
      if (performance.now() - turned > longest) {
        await new Promise((resolve) => setTimeout(resolve, 0))
        turned = performance.now()
      }
      const given = handedOut() ?? (await nextRows())
      if (given === undefined) return undefined
      const block = fill(given)
      checkBlock(fields, block, path)
      return block
    },
    close: async () => {
      if (isOver || iterator === undefined) return
      isOver = true
      const closing = Promise.resolve(iterator.return?.()).catch(() => {})
      // a generator that waits for a row ends no sooner than that row comes
      if (!isWaiting) await closing
    }
  }
}

const iteratorOf = (source: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterator<unknown> | Iterator<unknown> =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()

const failed = (cause: unknown, row: number, path: string): DataFormat =>
  cause instanceof DataFormat
    ? cause
    : new DataFormat({
        path,
        reason: `the source failed at row ${row}: ${cause instanceof Error ? cause.message : String(cause)}`,
        advice: "Mend the source, or leave that row out."
      })
