import type { Arrays } from "../../../engine/Engine.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import type { GibbsProblem } from "./gibbsProblem.ts"
import { valueOutput } from "./sweep.ts"

/** What chains of sweeps left after their warm-up, chain after chain. */
export interface Swept {
  /** the real numbers of continuous sites and the values of discrete ones, `[chains · draws, size]` */
  readonly vectors: Float32Array
  readonly logDensity: Float64Array
  readonly drawsPerChain: number
  /** of the transitions of continuous sites after the warm-up */
  readonly divergences: number
  /** how many of them ended at the largest tree */
  readonly saturated: number
  /** by chain; none without continuous sites */
  readonly stepSizes: ReadonlyArray<number>
  readonly acceptance: ReadonlyArray<number>
}

/** The values of the discrete sites of all chains after a step, `[chains, …]`, from what steps emitted. */
export const valuesAfter = (
  { sites, target }: GibbsProblem,
  emitted: Arrays,
  step: number,
  chains: number
): Float32Array => {
  const pieces = target.layout.slice(target.layout.length - sites.length)
  const widths = pieces.map(({ shape }) => sizeOf(shape))
  const size = widths.reduce((sum, width) => sum + width, 0)
  const values = new Float32Array(chains * size)
  let offset = 0
  for (const [i, site] of sites.entries()) {
    const width = widths[i] ?? 0
    const all = emitted[valueOutput(site)] ?? new Float32Array()
    for (let chain = 0; chain < chains; chain++) {
      const from = (step * chains + chain) * width
      values.set(all.subarray(from, from + width), chain * size + offset)
    }
    offset += width
  }
  return values
}
