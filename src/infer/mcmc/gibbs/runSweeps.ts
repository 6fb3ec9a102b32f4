import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import { runAll } from "../../run/chunks.ts"
import type { Prepared } from "../../run/prepared.ts"
import { progressTo } from "../progressTo.ts"
import { fewest } from "../sampleBy.ts"
import { samplingShown } from "../samplingProgress.ts"
import type { GibbsProblem } from "./gibbsProblem.ts"
import type { SweepSettings } from "./gibbsSettings.ts"
import { type Swept, valuesAfter } from "./Swept.ts"
import { logDensityOutput } from "./sweep.ts"
import { sweepSession } from "./sweepSession.ts"

/**
 * Runs sweeps of programs without continuous sites, many in one call of the engine. When the signal aborts chains end with the sweeps that there are, or are interrupted where these leave too few draws.
 */
export const runSweeps = (
  problem: GibbsProblem,
  data: Prepared,
  settings: SweepSettings
): Effect.Effect<Swept, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { chains, warmup, draws, progress, signal } = settings
      const isStopped = (): boolean => signal?.aborted === true
      if (isStopped()) return yield* Effect.interrupt
      const { session, feeds } = yield* sweepSession(problem, data, settings)
      const steps = warmup + draws
      const tell = progressTo(progress, samplingShown)
      const started = performance.now()
      let done = 0
      const emitted = yield* runAll(session, steps, feeds, (now) => {
        done = now
        const seconds = (performance.now() - started) / 1000
        tell({ transitions: chains * done, of: chains * steps, evaluations: 0, divergences: 0, seconds })
        return !isStopped()
      })
      if (done < warmup + fewest) return yield* Effect.interrupt
      const { size } = problem.target
      const kept = done - warmup
      const vectors = new Float32Array(chains * kept * size)
      const logDensity = new Float64Array(chains * kept)
      for (let step = warmup; step < done; step++) {
        const values = valuesAfter(problem, emitted, step, chains)
        for (let chain = 0; chain < chains; chain++) {
          const at = chain * kept + step - warmup
          vectors.set(values.subarray(chain * size, (chain + 1) * size), at * size)
          logDensity[at] = emitted[logDensityOutput]?.[step * chains + chain] ?? Number.NaN
        }
      }
      return { vectors, logDensity, drawsPerChain: kept, divergences: 0, stepSizes: [], acceptance: [], saturated: 0 }
    })
  )
