import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Prepared } from "../../run/prepared.ts"
import { metricEstimateOf } from "../metric.ts"
import type { Begun } from "../sampleBy.ts"
import type { NutsSettings } from "../settings.ts"
import type { Target } from "../target.ts"
import { pathfinderSettings } from "./pathfinderSettings.ts"
import { runPaths } from "./runPaths.ts"

/** Draws of Pathfinder as the beginnings of chains, and their covariance as the first metric. */
export const begunByPathfinder = (
  target: Target,
  data: Prepared,
  { chains, metric, seed, init, signal }: NutsSettings
): Effect.Effect<Begun, FitError, Engine> =>
  Effect.map(
    runPaths(
      target,
      data,
      pathfinderSettings({ seed, init, progress: false, ...(signal && { signal }), draws: Math.max(400, chains) })
    ),
    ({ vectors }) => {
      const draws = Array.from({ length: vectors.length / target.size }, (_, i) =>
        Float64Array.from(vectors.subarray(i * target.size, (i + 1) * target.size))
      )
      const estimate = metricEstimateOf(metric, target.size)
      for (const draw of draws) estimate.add(draw)
      const first = estimate.metric()
      return { starts: draws.slice(0, chains), ...(first !== undefined && { metric: first }) }
    }
  )
