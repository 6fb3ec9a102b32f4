import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { graphBuilder } from "../../trace/build.ts"
import { differentiate } from "../../trace/differentiate.ts"
import type { Graph, Id, Values } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { prune } from "../../trace/passes/prune.ts"
import { withMasks } from "../../trace/unitMasks.ts"
import { baselineInput, own, paramInput, surrogateOutput, termOutput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import { addAxes, gatherRows, present } from "../step/trainingLoop.ts"
import { attempt } from "./attempt.ts"
import { type BatchPlan, feeder, isWhole, sizesOf } from "./batches.ts"
import { compiled } from "./compiled.ts"
import { forwardLoop, stateOf } from "./evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "./prepared.ts"
import { fed, type StepRows } from "./rowFeeds.ts"

/** One step of a fit: its loss, its rows and noise, and what it begins with. */
export interface OneStep {
  readonly loss: LossGraph
  readonly data: Prepared
  readonly plan: BatchPlan
  readonly particles: number
  /** the rows of streamed plates */
  readonly rows: StepRows
  /** the numbers that change from step to step */
  readonly scalars: (step: number) => Readonly<Record<string, Values>>
  readonly step: number
  readonly parameters: Parameters
  /** what the step carries, baselines among it */
  readonly state: Arrays
}

/** A part of a loss whose gradient is not finite, and the first parameter by which it is not. */
export interface Blamed {
  readonly site: string
  readonly term: string
  readonly parameter: string
}

/** A part of a loss: an output of a graph. */
interface Part {
  readonly site: string
  readonly term: string
  readonly output: string
}

/**
 * Finds the first term of a loss whose gradient is not finite at a step, by differentiating parts of the loss alone: half of the suspects at a time. Undefined
 * where all gradients are finite, so that what the optimizer made of them is not.
 */
export const blame = (at: OneStep): Effect.Effect<Blamed | undefined, FitError, Engine> =>
  Effect.gen(function* () {
    const { loss } = at
    const terms = loss.terms.map(({ site, name }): Part => ({ site, term: name, output: termOutput(site) }))
    const scores = Object.keys(loss.surrogates.outputs).map((output): Part => {
      const site = output.slice(surrogateOutput("").length)
      return { site, term: `the score function of q(${site})`, output }
    })
    return (yield* firstOf(loss.graph, terms, at)) ?? (yield* firstOf(loss.surrogates, scores, at))
  })

const firstOf = (
  graph: Graph,
  parts: ReadonlyArray<Part>,
  at: OneStep
): Effect.Effect<Blamed | undefined, FitError, Engine> =>
  Effect.gen(function* () {
    const [first] = parts
    if (first === undefined) return undefined
    const parameter = yield* brokenParameter(sumOf(graph, parts), at)
    if (parameter === undefined) return undefined
    if (parts.length === 1) return { site: first.site, term: first.term, parameter }
    const half = Math.ceil(parts.length / 2)
    return (yield* firstOf(graph, parts.slice(0, half), at)) ?? (yield* firstOf(graph, parts.slice(half), at))
  })

/** The sum of some outputs of a graph as its only output. */
const sumOf = ({ nodes, outputs }: Graph, parts: ReadonlyArray<Part>): Graph => {
  const build = graphBuilder()
  for (const node of nodes) build.push(node)
  const ids = parts.flatMap(({ output }) => own(outputs, output) ?? [])
  const sum = ids.reduce(
    (total: Id | undefined, id) => (total === undefined ? id : build.add("Add", [total, id])),
    undefined
  )
  return prune(build.finish(sum === undefined ? {} : { loss: sum }))
}

/** The first parameter by which the gradient of a part of the loss is not finite. */
const brokenParameter = (part: Graph, at: OneStep): Effect.Effect<string | undefined, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { loss, data, plan, particles, step, parameters, state } = at
      const sizes = sizesOf(plan.readings, particles)
      const graph = yield* attempt(() => {
        const whole = gatherRows(addAxes(withMasks(part), loss, sizes), loss.parameters, sizes)
        const gradients = differentiate(
          whole,
          "loss",
          loss.parameters.map(({ name }) => paramInput(name))
        )
        return simplify(prune({ ...gradients, outputs: gradientsIn(gradients) }))
      })
      if (Object.keys(graph.outputs).length === 0) return undefined
      const loop = fed(forwardLoop(graph, loss), data)
      // rows of a plate that is read whole stay in order, as its per-row parameters do
      const readings = plan.readings.map((reading) => ({ ...reading, shuffle: reading.shuffle && !isWhole(reading) }))
      const scalars = Object.entries(at.scalars(step))
      const read = present(graph, new Set(scalars.map(([name]) => name)))
      const feeds = {
        ...feeder({ ...plan, readings }, graph)(step, 1),
        ...at.rows(step, 1),
        ...Object.fromEntries(scalars.filter(([name]) => read.has(name)))
      }
      const baselines = Object.entries(state).filter(([name]) => name.startsWith(baselineInput("")))
      const session = yield* compiled(
        loop,
        { state: stateOf(loop, parameters), fixed: fixedOf(data), tables: tablesOf(data) },
        { steps: 1 }
      )
      const emitted = yield* session.run(1, { ...feeds, ...Object.fromEntries(baselines) })
      const broken = Object.entries(emitted).find(([, values]) => !values.every(Number.isFinite))
      return broken?.[0].slice(gradientOutput("").length)
    })
  )

const gradientOutput = (parameter: string): string => `grad:${paramInput(parameter)}`

const gradientsIn = ({ outputs }: Graph): Graph["outputs"] =>
  Object.fromEntries(Object.entries(outputs).filter(([name]) => name.startsWith(gradientOutput(""))))
