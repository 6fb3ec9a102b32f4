import { Effect } from "effect"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import { normalised, psis } from "../../fitted/psis.ts"
import type { Prepared } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import { densityOf } from "../density.ts"
import type { Asking } from "../hamiltonian.ts"
import { progressTo } from "../progressTo.ts"
import { runTogether } from "../runChains.ts"
import type { Target } from "../target.ts"
import { type Path, pathOf } from "./onePath.ts"
import { pathfinderShown } from "./pathfinderProgress.ts"
import type { PathfinderSettings } from "./pathfinderSettings.ts"

/** Paths that found an approximation, and draws that were chosen among theirs. */
export interface Paths {
  readonly paths: ReadonlyArray<Path>
  /** the shape of the tail of the importance weights of all draws */
  readonly k: number
  /** log p − log q of all draws, path after path */
  readonly logWeights: Float64Array
  /** `[draws, size]` */
  readonly vectors: Float32Array
  readonly evaluations: number
}

/** Runs all paths on a target, and resamples. */
export const runPaths = (
  target: Target,
  data: Prepared,
  settings: PathfinderSettings
): Effect.Effect<Paths, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { paths, progress, signal } = settings
      const density = yield* densityOf(target, data, paths)
      const tell = progressTo(progress, pathfinderShown)
      const started = performance.now()
      let [ended, evaluations] = [0, 0]
      const onEnd = (): void => {
        ended++
      }
      const running = Array.from({ length: paths }, (_, i) =>
        counted(pathOf(i, { ...settings, start: target.start }), onEnd)
      )
      const done = yield* runTogether(running, target.size, density, (count) => {
        evaluations = count
        tell({ ended, paths, evaluations, seconds: (performance.now() - started) / 1000 })
        return signal?.aborted !== true
      })
      const found = done.flatMap((path) => path ?? [])
      if (found.length === 0)
        return yield* Effect.fail(
          new GuideMismatch({
            site: "(program)",
            reason:
              "no path found a normal approximation: at 100 places drawn from uniform(−2, 2) on the real numbers, or along the paths from them, the log density or its gradient was not finite. Give values near which it is: { init: { SITE: value } }"
          })
        )
      return { paths: found, evaluations, ...chosen(found, target.size, settings) }
    })
  )

function* counted(path: Asking<Path | undefined>, onEnd: () => void): Asking<Path | undefined> {
  const result = yield* path
  onEnd()
  return result
}

/** Draws of all paths with replacement, by their Pareto smoothed weights (Zhang et al. 2022, algorithm 2); or those of the best path. */
const chosen = (
  paths: ReadonlyArray<Path>,
  size: number,
  { draws, resample, seed }: PathfinderSettings
): Pick<Paths, "k" | "logWeights" | "vectors"> => {
  const logWeights = Float64Array.from(paths.flatMap((path) => [...path.logWeights]))
  const smoothed = psis(logWeights)
  const best = paths.reduce((best, path) => (path.elbo > best.elbo ? path : best))
  if (!resample) return { k: smoothed.k, logWeights, vectors: best.vectors }
  let sum = 0
  const sums = normalised(smoothed.logWeights).map((weight) => {
    sum += weight
    return sum
  })
  const { uniform } = numbersOf(seed, 0, "resampling")
  const vectors = new Float32Array(draws * size)
  for (let i = 0; i < draws; i++) {
    const at = firstAbove(sums, uniform() * sum)
    const path = paths[Math.floor(at / draws)]
    if (path !== undefined) vectors.set(path.vectors.subarray((at % draws) * size, ((at % draws) + 1) * size), i * size)
  }
  return { k: smoothed.k, logWeights, vectors }
}

/** The place of the first sum that is larger than x. */
const firstAbove = (sums: Float64Array, x: number): number => {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 0) > x) high = middle
    else low = middle + 1
  }
  return low
}
