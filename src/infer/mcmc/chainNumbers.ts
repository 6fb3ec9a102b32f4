import { fill, type NoiseDistribution } from "../../tensor/random.ts"

/** The random numbers of one chain, one after the other. */
export interface Numbers {
  readonly normal: () => number
  /** in the open interval (0, 1) */
  readonly uniform: () => number
}

const block = 512

/** Numbers keyed by the seed and the chain: those of one chain do not depend on how many others there are. `of` tells chains from what is numbered beside them. */
export const numbersOf = (seed: number, chain: number, of = "chain"): Numbers => {
  const stream = (distribution: NoiseDistribution): (() => number) => {
    const values = new Float32Array(block)
    let [at, step] = [block, 0]
    return () => {
      if (at === block) {
        fill(distribution, values, { seed, site: of, stream: `${distribution} ${chain}`, step: step++, lane: 0 })
        at = 0
      }
      return values[at++] ?? 0
    }
  }
  return { normal: stream("normal"), uniform: stream("uniform") }
}
