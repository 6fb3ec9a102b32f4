import * as tf from "@tensorflow/tfjs"
import { Effect, type Scope } from "effect"
import type { EngineUnavailable, FitError } from "../../Errors.ts"
import type { Arrays, Engine, Loop } from "../../engine/Engine.ts"
import { mapValues } from "../../trace/build.ts"
import { differentiate } from "../../trace/differentiate.ts"
import { type Graph, type Id, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { baselineInput, paramInput, scalarInput, slotInput, termPrefix } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { type BatchPlan, feeder, isWhole, sizesOf } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../run/prepared.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import { addAxes, gatherRows } from "../step/trainingLoop.ts"
import type { Direction } from "./directions.ts"

/** The data, rows and noise of steps that leave the parameters where they are. */
export interface Standing {
  readonly data: Prepared
  readonly plan: BatchPlan
  readonly particles: number
  readonly steps: number
}

/** The parameters of a run: at step i they are moved by the i-th shift along a direction. */
export interface Place {
  readonly parameters: Parameters
  readonly direction: Direction
  readonly shifts: Float32Array
}

/** Runs all steps at one place; each call reads the same rows and the same noise. */
export type Run = (place: Place) => Effect.Effect<Arrays, EngineUnavailable>

/** Compiles a graph of one datum and one particle, with axes, as steps that leave the parameters where they are. */
export const standing = (
  derived: Pick<LossGraph, "enumerated" | "plates" | "particles" | "parameters" | "baselines">,
  graph: Graph,
  finish: (graph: Graph) => Graph,
  { data, plan, particles, steps }: Standing
): Effect.Effect<Run, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const sizes = sizesOf(plan.readings, particles)
    const whole = yield* attempt(() =>
      simplify(finish(gatherRows(addAxes(graph, derived, sizes), derived.parameters, sizes)))
    )
    const loop = carrying(whole, derived)
    const session = yield* compiled(
      loop,
      { state: sizedState(whole, loop), fixed: fixedOf(data), tables: tablesOf(data) },
      { steps }
    )
    // rows of a plate that is read whole stay in order, as its per-row parameters do
    const readings = plan.readings.map((reading) => ({ ...reading, shuffle: !isWhole(reading) }))
    const feeds = feeder({ ...plan, readings }, whole)
    const isShifted = inputsOf(whole).has(shiftInput)
    return ({ parameters, direction, shifts }) =>
      Effect.gen(function* () {
        const toward = [towardInput(direction.parameter), direction.values] as const
        const given = { ...stateOf(loop, parameters), ...Object.fromEntries([toward]) }
        const zero = sizedState(whole, loop)
        yield* session.restore(
          Object.fromEntries(
            Object.entries(zero).map(([name, zeros]) => [name, given[name]?.length ? given[name] : zeros])
          )
        )
        return yield* runAll(session, steps, (from, k) => ({
          ...feeds(from, k),
          ...(isShifted ? { [shiftInput]: shifts.slice(from, from + k) } : {})
        }))
      })
  })

/** How far the parameters of a step are moved. */
const shiftInput = scalarInput("shift")
/** The direction in which a parameter is moved; zeros for all but one. */
const towardInput = (parameter: string): string => slotInput("toward", parameter)

const inputsOf = (graph: Graph): ReadonlySet<string> =>
  new Set(graph.nodes.flatMap((node) => (node.kernel === "Input" ? [nameOf(node)] : [])))

/** Parameters and directions are carried as they are, the running baselines as a fit carries them. */
const carrying = (graph: Graph, derived: Pick<LossGraph, "plates" | "baselines">): Loop => {
  const inputs = inputsOf(graph)
  const baselines = derived.baselines
    .map(({ site }) => baselineInput(site))
    .filter((name) => inputs.has(name) && `next:${name}` in graph.outputs)
  const loop = forwardLoop(graph, derived)
  const directions = graph.nodes.flatMap((node, id) =>
    node.kernel === "Input" && nameOf(node).startsWith(towardInput("")) ? [[nameOf(node), id] as const] : []
  )
  const next = (name: string): string => `next:${name}`
  return {
    ...loop,
    graph: {
      ...loop.graph,
      outputs: { ...loop.graph.outputs, ...Object.fromEntries(directions.map(([name, id]) => [next(name), id])) }
    },
    carried: {
      ...loop.carried,
      ...Object.fromEntries([...baselines, ...directions.map(([name]) => name)].map((name) => [name, next(name)]))
    },
    emitted: loop.emitted.filter((name) => !name.startsWith("next:"))
  }
}

const sizedState = (graph: Graph, { carried }: Loop): Arrays =>
  Object.fromEntries(
    graph.nodes.flatMap((node) =>
      node.kernel === "Input" && nameOf(node) in carried
        ? [[nameOf(node), new Float32Array(node.shape.reduce((product, n) => product * n, 1))] as const]
        : []
    )
  )

/** The loss at each step, and the terms that add up to it. */
export const valueOutputs = ({ outputs }: Graph): Record<string, Id> =>
  Object.fromEntries(Object.entries(outputs).filter(([name]) => name === "value" || name.startsWith(termPrefix)))

/** Moves the parameters of a graph by this step's shift along the direction. */
export const shifted = (graph: Graph): Graph =>
  record((recorder) => {
    const moved = new Map<string, tf.Tensor>()
    const shift = recorder.input(shiftInput, [])
    for (const node of graph.nodes) {
      if (node.kernel !== "Input" || !nameOf(node).startsWith(paramInput("")) || moved.has(nameOf(node))) continue
      const toward = recorder.input(towardInput(nameOf(node).slice(paramInput("").length)), node.shape)
      moved.set(nameOf(node), tf.add(recorder.input(nameOf(node), node.shape), tf.mul(toward, shift)))
    }
    const values = recordAgain(recorder, graph, moved)
    return present(mapValues(graph.outputs, (id) => values(id)))
  })

/** Adds to a shifted loss its slope along the direction, as the plan's estimators give it. */
export const withSlope = (loss: Graph): Graph => {
  const names = [...inputsOf(loss)].filter((name) => name.startsWith(paramInput("")))
  const gradients = differentiate(loss, "loss", names)
  return record((recorder) => {
    const toward = new Map(
      gradients.nodes.flatMap((node) =>
        node.kernel === "Input" && nameOf(node).startsWith(towardInput(""))
          ? [[nameOf(node), recorder.input(nameOf(node), node.shape)] as const]
          : []
      )
    )
    const values = recordAgain(recorder, gradients, toward)
    const { loss: _, ...outputs } = present(mapValues(gradients.outputs, (id) => values(id)))
    const parts = names.flatMap((name) => {
      const [gradient, direction] = [
        outputs[`grad:${name}`],
        toward.get(towardInput(name.slice(paramInput("").length)))
      ]
      return gradient === undefined || direction === undefined ? [] : [tf.sum(tf.mul(gradient, direction))]
    })
    const kept = Object.entries(outputs).filter(([name]) => !name.startsWith("grad:"))
    const slope = parts.reduce<tf.Tensor>((sum, x) => tf.add(sum, x), tf.scalar(0))
    return { ...Object.fromEntries(kept), slope }
  })
}

const present = <A>(record: Readonly<Record<string, A | undefined>>): Record<string, A> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  )
