import { readFileSync, writeFileSync } from "node:fs"
import { type Mixing, mixingOf } from "../src/infer/mcmc/diagnostics.ts"
import type { Work } from "./workloads.ts"

/** The last draws of a contender: a file of float32 with the gradients that they took, the numbers of chains and of draws of each, and the draws of one chain after the other. */
const pathOf = ({ table }: Work, contender: string): string => table.replace(/\.f32$/, `-${contender}.f32`)

export const writeDraws = (
  work: Work,
  contender: string,
  gradients: number,
  chains: ReadonlyArray<Float32Array>
): void => {
  const header = Float32Array.of(gradients, chains.length, work.kind === "nuts" ? work.draws : 0)
  const all = new Float32Array(chains.reduce((size, each) => size + each.length, header.length))
  let at = 0
  for (const each of [header, ...chains]) {
    all.set(each, at)
    at += each.length
  }
  writeFileSync(pathOf(work, contender), new Uint8Array(all.buffer))
}

/** What draws say of each number of a posterior, on the real numbers. */
export interface Said extends Mixing {
  readonly mean: number
}

export interface Sampled {
  readonly gradients: number
  readonly numbers: ReadonlyArray<Said>
}

/** The last draws of a contender, judged by this library's own effective sample size and R-hat, whoever made them. */
export const sampledBy = (work: Work, contender: string): Sampled => {
  const bytes = readFileSync(pathOf(work, contender))
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const [gradients = 0, chains = 1, draws = 1] = all
  const values = all.subarray(3)
  const size = values.length / chains / draws
  const numbers = Array.from({ length: size }, (_, i) => {
    const each = Array.from({ length: chains }, (_, c) =>
      Float64Array.from({ length: draws }, (_, d) => values[(c * draws + d) * size + i] ?? Number.NaN)
    )
    const mean = each.reduce((sum, chain) => sum + chain.reduce((a, b) => a + b, 0), 0) / (chains * draws)
    return { ...mixingOf(each), mean }
  })
  return { gradients, numbers }
}

/** The largest difference of two contenders' means of a number, in its standard errors. */
export const apart = (a: Sampled, b: Sampled): number =>
  Math.max(
    ...a.numbers.map(({ mean, mcse }, i) => {
      const other = b.numbers[i]
      return other === undefined ? Number.POSITIVE_INFINITY : Math.abs(mean - other.mean) / Math.hypot(mcse, other.mcse)
    })
  )
