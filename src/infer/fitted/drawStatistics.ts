import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Id } from "../../trace/Graph.ts"
import type { Joint } from "../joint/Joint.ts"
import { at, densitiesOf, type Values } from "../step/densities.ts"
import { type Drawings, type DrawnFrom, eachDraw } from "./eachDraw.ts"
import { oneDraw, type Part } from "./logLikelihood.ts"

/** Numbers of each draw, in nats, summed over all rows. */
export interface DrawStatistics {
  /** log q of its latent values under the guide */
  readonly logQ: Float64Array
  /** log p(data, latent values), in which sites that the model sums out are summed out */
  readonly logP: Float64Array
}

/** A log density, with the nodes of the factors that it is made of. */
export interface LogDensity extends Part {
  readonly of: "model" | "guide"
  readonly nodes: ReadonlyArray<Id>
}

/** All log densities of the model, in which sites that it sums out are summed out, and of the guide. */
export const logDensities = (joint: Joint, values: Values): ReadonlyArray<LogDensity> => [
  ...densitiesOf(joint, values).densities.map(({ axes, value, factors }, i): LogDensity => {
    return { of: "model", output: `p:${i}`, axes, value, nodes: factors.map(({ node }) => node) }
  }),
  ...joint.factors.flatMap(
    ({ role, axes, node }, i): ReadonlyArray<LogDensity> =>
      role === "guide" ? [{ of: "guide", output: `q:${i}`, axes, value: at(values, node), nodes: [node] }] : []
  )
]

export const drawStatistics = (joint: Joint, from: DrawnFrom): Effect.Effect<DrawStatistics, FitError, Engine> => {
  const each = oneDraw(joint, (values) => logDensities(joint, values))
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
