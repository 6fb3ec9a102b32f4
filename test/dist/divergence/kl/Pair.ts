import fc from "fast-check"
import type { Dist } from "../../../../src/dist/Dist.ts"

/** The name of a divergence in closed form, and random distributions between which it lies. Those of vectors hold tensors: draw them inside of a scope. */
export type Pair = readonly [name: string, pair: fc.Arbitrary<readonly [Dist, Dist]>, traits: Traits]

interface Traits {
  /** how many roundings of float32 a divergence may be off, relative to 1 + KL; 16 where a handful of terms of that size are added and subtracted */
  readonly roundings: number
  /** between how many distributions it is compared with estimates, each from 4,000 draws */
  readonly estimated: number
}

export const pairs = (
  table: Readonly<Record<string, fc.Arbitrary<readonly [Dist, Dist]>>>,
  { roundings = 16, estimated = 4 }: Partial<Traits> = {}
): ReadonlyArray<Pair> => Object.entries(table).map(([name, pair]) => [name, pair, { roundings, estimated }])

export const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
