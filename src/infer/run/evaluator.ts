import { Effect, type Scope } from "effect"
import type { EngineUnavailable, FitError } from "../../Errors.ts"
import type { Arrays, Engine, Loop } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Id, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { dataPrefix, own, paramInput, plateAxis, termOutput, termPrefix } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import { addAxes, gatherRows, present, rowsOf } from "../step/trainingLoop.ts"
import { attempt } from "./attempt.ts"
import { type BatchPlan, batchPlan, feeder, type Reading, sizesOf } from "./batches.ts"
import { runAll } from "./chunks.ts"
import { compiled } from "./compiled.ts"
import { fixedOf, type Prepared, tablesOf } from "./prepared.ts"
import { inSpan } from "./spans.ts"

/** An estimate of the loss on some data, in nats: the ELBO is −value, and `terms` (by site) add up to value. */
export interface Evaluation {
  readonly value: number
  readonly terms: Readonly<Record<string, number>>
}

/** How a quantity is summed over the rows of the plates. */
export interface EvaluateOptions {
  readonly batchSize: number
  readonly particles: number
  readonly seed: number
  /** per datum, or the total over all rows */
  readonly per: "datum" | "total"
}

/** Evaluates the loss's terms on the same data again and again, with whatever parameters it is given. */
export type Evaluate = (parameters: Parameters) => Effect.Effect<Evaluation, EngineUnavailable>

export const evaluator = (
  derived: LossGraph,
  data: Prepared,
  options: EvaluateOptions
): Effect.Effect<Evaluate, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const readings = readingsOf(derived, data, options.batchSize)
    const sizes = sizesOf(readings, options.particles)
    const graph = yield* attempt(() =>
      simplify(
        gatherRows(
          addAxes({ ...derived.graph, outputs: termOutputs(derived) }, derived, sizes),
          derived.parameters,
          sizes
        )
      )
    )
    const plan = batchPlan(options.seed, readings)
    const loop = forwardLoop(graph, derived)
    const session = yield* compiled(
      loop,
      { state: zeroState(loop), fixed: fixedOf(data), tables: tablesOf(data) },
      { steps: plan.steps }
    )
    const feeds = feeder(plan, graph)
    return (parameters) =>
      Effect.gen(function* () {
        yield* session.restore(stateOf(loop, parameters))
        const emitted = yield* runAll(session, plan.steps, feeds)
        return summarise(derived, emitted, plan, data, options.per)
      }).pipe(inSpan("latent.evaluate", { steps: plan.steps, particles: options.particles }))
  })

const termOutputs = (derived: LossGraph): Record<string, Id> =>
  Object.fromEntries(Object.entries(derived.graph.outputs).filter(([name]) => name.startsWith(termPrefix)))

/**
 * A loop that changes nothing: parameters are carried as they are, so that a session can be given others. Outputs of the graph are emitted.
 */
export const forwardLoop = (graph: Graph, derived: Pick<LossGraph, "plates">): Loop => {
  const outputs: Record<string, Id> = { ...graph.outputs }
  graph.nodes.forEach((node, id) => {
    if (node.kernel === "Input" && nameOf(node).startsWith(paramInput(""))) outputs[`next:${nameOf(node)}`] = id
  })
  const names = graph.nodes.flatMap((node) => (node.kernel === "Input" ? [nameOf(node)] : []))
  return {
    graph: { ...graph, outputs },
    carried: Object.fromEntries(
      names.filter((name) => name.startsWith(paramInput(""))).map((name) => [name, `next:${name}`])
    ),
    fixed: names.filter(
      (name) => name.startsWith(dataPrefix) && !derived.plates.some(({ inputs }) => inputs.has(name))
    ),
    rows: rowsOf(derived.plates.map((plate) => ({ ...plate, inputs: present(graph, plate.inputs) }))),
    emitted: Object.keys(graph.outputs)
  }
}

/** The carried values of a loop from parameters by name. */
export const stateOf = (loop: Loop, parameters: Parameters): Arrays =>
  Object.fromEntries(
    Object.keys(loop.carried).map((name) => [
      name,
      own(parameters, name.slice(paramInput("").length)) ?? new Float32Array()
    ])
  )

export const zeroState = (loop: Loop): Arrays =>
  Object.fromEntries(
    loop.graph.nodes.flatMap((node) =>
      node.kernel === "Input" && nameOf(node) in loop.carried
        ? [[nameOf(node), new Float32Array(sizeOf(node.shape))] as const]
        : []
    )
  )

/**
 * Every row once, in order. A plate inside of another one is read whole, so that each of its rows meets each row of the outer plate; so is one whose
 * rows the loss combines in another way than by a sum.
 */
const readingsOf = (derived: LossGraph, data: Prepared, batchSize: number): ReadonlyArray<Reading> => {
  const inner = new Set(derived.terms.flatMap(({ axes }) => axes.slice(1)))
  return derived.plates.map(({ name, label }) => {
    const rows = own(data.sizes, label) ?? 1
    const batch = inner.has(name) || derived.whole.has(label) ? rows : Math.min(batchSize, rows)
    return { plate: label, rows, batch, shuffle: false, weight: () => 1 }
  })
}

/**
 * Terms inside a plate were summed over the rows of each step, and a plate of fewer steps than another is read again from its beginning: its first pass
 * counts. Terms outside of plates are the same in every step, but for their noise.
 */
const summarise = (
  derived: LossGraph,
  emitted: Arrays,
  { readings, steps }: BatchPlan,
  data: Prepared,
  per: "datum" | "total"
): Evaluation => {
  const rows = per === "datum" ? Math.max(1, ...Object.values(data.sizes)) : 1
  const passOf = (axes: ReadonlyArray<string>): number =>
    Math.max(
      ...readings.flatMap(({ plate, rows, batch }) =>
        axes.includes(plateAxis(plate)) ? [Math.ceil(rows / batch)] : []
      )
    )
  const terms = Object.fromEntries(
    derived.terms.map(({ site, axes }) => {
      const values = emitted[termOutput(site)] ?? new Float32Array()
      const counted = axes.length > 0 ? values.subarray(0, passOf(axes)) : values
      const sum = counted.reduce((total, x) => total + x, 0)
      return [site, (axes.length > 0 ? sum : sum / steps) / rows]
    })
  )
  return { terms, value: Object.values(terms).reduce((total, x) => total + x, 0) }
}
