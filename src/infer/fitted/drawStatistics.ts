import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Joint } from "../joint/Joint.ts"
import { at, densitiesOf } from "../step/densities.ts"
import { type Drawings, type DrawnFrom, eachDraw } from "./eachDraw.ts"
import { oneDraw } from "./logLikelihood.ts"

/** Numbers of each draw, in nats, summed over all rows. */
export interface DrawStatistics {
  /** log q of its latent values under the guide */
  readonly logQ: Float64Array
  /** log p(data, latent values), in which sites that the model sums out are summed out */
  readonly logP: Float64Array
}

export const drawStatistics = (joint: Joint, from: DrawnFrom): Effect.Effect<DrawStatistics, FitError, Engine> => {
  const each = oneDraw(joint, (values) => [
    ...densitiesOf(joint, values).densities.map(({ axes, value }, i) => ({ output: `p:${i}`, axes, value })),
    ...joint.factors.flatMap(({ role, axes, node }, i) =>
      role === "guide" ? [{ output: `q:${i}`, axes, value: at(values, node) }] : []
    )
  ])
  return Effect.map(eachDraw(each, from), (drawn) => ({
    logQ: totals(drawn, "q:", from.n),
    logP: totals(drawn, "p:", from.n)
  }))
}

/** Sums over the rows of all parts whose names begin so, in double precision. */
const totals = (drawn: Drawings, prefix: string, n: number): Float64Array => {
  const sums = new Float64Array(n)
  for (const [output, { values }] of Object.entries(drawn)) {
    if (!output.startsWith(prefix)) continue
    const size = values.length / n
    for (let draw = 0; draw < n; draw++)
      for (let i = 0; i < size; i++) sums[draw] = (sums[draw] ?? 0) + (values[draw * size + i] ?? 0)
  }
  return sums
}
