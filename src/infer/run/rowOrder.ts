import { type Pieces, piece } from "../../data/pieces.ts"
import { type Key, permutation, permutationInPieces } from "../../tensor/random.ts"

/** How many rows of a plate there are and are read at a step, and whether they come in a new random order in each epoch. */
export interface Rows {
  readonly plate: string
  readonly rows: number
  readonly batch: number
  readonly shuffle: boolean
}

/** The order in which the rows of a plate are read, epoch by epoch. */
export interface RowOrder {
  /** the row at a place of an epoch */
  readonly row: (epoch: number, place: number) => number
  /** Makes the orders that `k` steps from step `from` on need, as far as that takes long, in pieces. */
  readonly ahead: (from: number, k: number) => Pieces<void>
}

export const inOrder: RowOrder = {
  row: (_, place) => place,
  *ahead() {}
}

export const rowOrders = (seed: number, readings: ReadonlyArray<Rows>): ReadonlyArray<RowOrder> =>
  readings.map((reading) => (reading.shuffle ? shuffled(reading, seed) : inOrder))

/** A new random order for each epoch. Those of the last two epochs are kept: a call may end in the next one. */
const shuffled = ({ plate, rows, batch }: Rows, seed: number): RowOrder => {
  const known = new Map<number, Int32Array>()
  const keyOf = (epoch: number): Key => ({ seed, owner: "library", site: `rows of ${plate}`, step: epoch, lane: 0 })
  const keep = (epoch: number, order: Int32Array): Int32Array => {
    for (const other of known.keys()) if (other !== epoch - 1) known.delete(other)
    known.set(epoch, order)
    return order
  }
  let last = -1
  let order: Int32Array = new Int32Array()
  return {
    row: (epoch, place) => {
      if (epoch !== last) order = known.get(epoch) ?? keep(epoch, permutation(rows, keyOf(epoch)))
      last = epoch
      return order[place] ?? 0
    },
    *ahead(from, k) {
      if (rows <= piece) return
      const perEpoch = Math.ceil(rows / batch)
      const first = Math.floor(from / perEpoch)
      for (const epoch of new Set([first, Math.min(first + 1, Math.floor((from + k - 1) / perEpoch))]))
        if (!known.has(epoch)) keep(epoch, yield* permutationInPieces(rows, keyOf(epoch), piece))
    }
  }
}
