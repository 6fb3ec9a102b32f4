import { fill } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"

/** A direction through the numbers of one parameter, of length 1. */
export interface Direction {
  readonly parameter: string
  /** for people */
  readonly along: string
  readonly values: Float32Array
}

/** A parameter of at most this many numbers is checked number by number. */
const few = 8
/** The number of random directions for a larger parameter. */
const several = 2

/**
 * The directions of a parameter: each of its numbers if it is small; otherwise random directions, in which all numbers have the same weight and
 * random signs.
 */
export const directionsOf = (parameters: ReadonlyArray<Parameter>, seed: number): ReadonlyArray<Direction> =>
  parameters.flatMap(({ name, shape }) => {
    const size = sizeOf(shape)
    if (size <= few)
      return Array.from({ length: size }, (_, i) => ({
        parameter: name,
        along: size === 1 ? "" : `[${i}]`,
        values: Float32Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))
      }))
    return Array.from({ length: several }, (_, i) => ({
      parameter: name,
      along: `direction ${i + 1} of ${several}`,
      values: randomSigns(size, { seed, site: `direction:${name}`, step: i, lane: 0 })
    }))
  })

const randomSigns = (size: number, key: Parameters<typeof fill>[2]): Float32Array => {
  const values = new Float32Array(size)
  fill("uniform", values, key)
  return values.map((u) => (u < 0.5 ? -1 : 1) / Math.sqrt(size))
}
