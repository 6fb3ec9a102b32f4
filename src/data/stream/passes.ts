import { fill } from "../../tensor/random.ts"
import { type Blocks, blocksOf } from "./blocks.ts"
import { type Block, fieldsOf } from "./gather.ts"
import { type Opened, type RowValues, wrongCount } from "./opened.ts"

export type { RowValues } from "./opened.ts"

/** Rows in random order, pass after pass. One call at a time. */
export interface Passes {
  /** Goes to the row of a place in the order of a pass. */
  readonly seek: (pass: number, place: number) => Promise<void>
  /** The next rows, of which the pass must have as many left: after its last one the next pass begins. Rejects with DataFormat. */
  readonly take: (count: number) => Promise<RowValues>
  readonly close: () => Promise<void>
}

/** What passes over a source need to know beside it. */
export interface PassesOptions {
  readonly seed: number
  /** names the random numbers of the order */
  readonly plate: string
  /** looks at rows before they are used */
  readonly check: (block: Block) => void
}

/**
 * A shuffle buffer: a row is drawn from the buffer at random, and the source's next row takes its place; at the end of the source the buffer is emptied. The
 * order depends on the seed, the pass and the buffer's size alone. With a buffer of all rows it is a Fisher–Yates shuffle.
 */
export const passesOf = ({ stream, path, rows, begun }: Opened, options: PassesOptions): Passes => {
  const { seed, plate, check } = options
  const capacity = Math.min(stream.shuffle, rows)
  const buffer = fieldsOf(stream).map(
    ({ name, width }): Column => ({ name, width, held: new Float32Array(capacity * width) })
  )
  let blocks: Blocks | undefined = begun.blocks
  let read: Array<Block> = [...begun.read]
  // rows of this pass that were taken, that came from the source, and that are in the buffer
  let [pass, taken, arrived, filled] = [0, 0, 0, 0]
  let [block, used, fresh]: [Block | undefined, number, ReadonlyArray<Float32Array>] = [undefined, 0, []]
  let draw = drawer(seed, plate, 0)
  let isClosed = false

  const begin = async (next: number): Promise<void> => {
    await blocks?.close()
    blocks = undefined
    ;[pass, taken, arrived, filled, block, used, read] = [next, 0, 0, 0, undefined, 0, []]
    draw = drawer(seed, plate, next)
  }
  const nextBlock = async (): Promise<Block | undefined> => {
    if (isClosed) throw new Error(`${path} is closed`)
    const known = read.shift()
    if (known !== undefined) return known
    blocks ??= blocksOf(stream, pass, path)
    return blocks.next()
  }
  /** the block with the source's next row, where one must come */
  const rowsLeft = async (): Promise<Block> => {
    while (block === undefined || used === block.size) {
      block = await nextBlock()
      used = 0
      if (block === undefined) throw wrongCount(path, `the source ended after ${arrived} rows`, rows)
      if (arrived + block.size > rows) throw wrongCount(path, `the source gives more than ${rows} rows`, rows)
      check(block)
      fresh = buffer.map(({ name }) => block?.values[name] ?? new Float32Array())
    }
    return block
  }
  const mustEnd = async (): Promise<void> => {
    for (let more = await nextBlock(); more !== undefined; more = await nextBlock())
      if (more.size > 0) throw wrongCount(path, `the source gives more than ${rows} rows`, rows)
  }
  const fillUp = async (): Promise<void> => {
    while (filled < capacity) {
      const { size } = await rowsLeft()
      const some = Math.min(capacity - filled, size - used)
      buffer.forEach(({ width, held }, f) => {
        held.set((fresh[f] as Float32Array).subarray(used * width, (used + some) * width), filled * width)
      })
      used += some
      filled += some
      arrived += some
    }
    if (arrived === rows) await mustEnd()
  }
  const take = async (count: number): Promise<RowValues> => {
    if (taken === rows) await begin(pass + 1)
    if (taken === 0) await fillUp()
    const out = buffer.map(({ width }) => new Float32Array(count * width))
    for (let i = 0; i < count; i++) {
      const chosen = draw(filled)
      const isLast = arrived === rows
      if (isLast) filled--
      else if (block === undefined || used === block.size) await rowsLeft()
      for (let f = 0; f < buffer.length; f++) {
        const { width, held } = buffer[f] as Column
        copyRow(held, chosen, out[f] as Float32Array, i, width)
        if (isLast) copyRow(held, filled, held, chosen, width)
        else copyRow(fresh[f] as Float32Array, used, held, chosen, width)
      }
      taken++
      if (isLast) continue
      used++
      arrived++
      if (arrived === rows) await mustEnd()
    }
    return Object.fromEntries(buffer.map(({ name }, f) => [name, out[f] ?? new Float32Array()]))
  }
  return {
    take,
    seek: async (wanted, from) => {
      if (wanted !== pass || taken > from) await begin(wanted)
      while (taken < from) await take(Math.min(inPiece, from - taken))
    },
    close: async () => {
      isClosed = true
      await blocks?.close()
    }
  }
}

/** A field of the rows in the buffer. */
interface Column {
  readonly name: string
  readonly width: number
  readonly held: Float32Array
}

const copyRow = (from: Float32Array, row: number, to: Float32Array, at: number, width: number): void => {
  const [start, target] = [row * width, at * width]
  if (width > 32) {
    to.set(from.subarray(start, start + width), target)
    return
  }
  for (let i = 0; i < width; i++) to[target + i] = from[start + i] as number
}

/** Rows that are passed over at once. */
const inPiece = 4096

/** Whole numbers below a limit, for one pass. */
const drawer = (seed: number, plate: string, pass: number): ((limit: number) => number) => {
  const uniform = new Float32Array(1024)
  let [lane, at] = [0, uniform.length]
  return (limit) => {
    if (at === uniform.length) {
      fill("uniform", uniform, { seed, owner: "library", site: `rows of ${plate}`, step: pass, lane: lane++ })
      at = 0
    }
    // two numbers of 23 bits each, so that a large buffer is drawn from evenly
    const [high, low] = [uniform[at] as number, uniform[at + 1] as number]
    at += 2
    return Math.min(limit - 1, Math.floor(((Math.floor(high * cells) + low) / cells) * limit))
  }
}

const cells = 2 ** 23
