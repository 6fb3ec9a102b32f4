import type { Values } from "../../trace/Graph.ts"

/** The plan of a module's memory, with the numbers that are there before the first call. */
export interface Memory {
  /** room for so many numbers; an address in bytes */
  readonly take: (numbers: number) => number
  /** room for these numbers, which are there from the beginning */
  readonly keep: (values: Values) => number
  /** the same for addresses */
  readonly table: (addresses: ReadonlyArray<number>) => number
  readonly bytes: () => number
  readonly fill: (buffer: ArrayBuffer) => void
}

/** Bytes of a number, and of the four that are read at once. */
const [single, quad] = [4, 16]

export const emptyMemory = (): Memory => {
  const first: Array<(buffer: ArrayBuffer) => void> = []
  let end = quad
  const take = (numbers: number): number => {
    const address = end
    end += Math.ceil((numbers * single) / quad) * quad
    return address
  }
  return {
    take,
    keep: (values) => {
      const address = take(values.length)
      first.push((buffer) => new Float32Array(buffer, address, values.length).set(values))
      return address
    },
    table: (addresses) => {
      const address = take(addresses.length)
      first.push((buffer) => new Int32Array(buffer, address, addresses.length).set(addresses))
      return address
    },
    // a loop over fours may read beyond the last number
    bytes: () => end + quad,
    fill: (buffer) => {
      for (const each of first) each(buffer)
    }
  }
}
