import * as tf from "@tensorflow/tfjs"
import { Effect, type Scope } from "effect"
import type { FitError } from "../../Errors.ts"
import { Engine } from "../../engine/Engine.ts"
import { differentiate } from "../../trace/differentiate.ts"
import type { Graph } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { own, paramInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder, sizesOf, wholeReading } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { forwardLoop, stateOf, zeroState } from "../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../run/prepared.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import { addAxes, type Sizes } from "../step/trainingLoop.ts"

/** A loss on all the data, as a function of one vector of parameters, with its first two derivatives. */
export interface Curvature {
  readonly loss: number
  readonly gradient: ReadonlyArray<number>
  /** row by row */
  readonly hessian: ReadonlyArray<ReadonlyArray<number>>
}

const direction = "direction"

/**
 * Evaluates a loss without noise and its derivatives with respect to one vector of n parameters: n steps of an engine, each of which gives the product of the Hessian
 * with one direction, the gradient of ⟨gradient, direction⟩. Rows of plates are read whole.
 */
export const curvatureOf = (
  loss: LossGraph,
  data: Prepared,
  parameter: string,
  size: number
): Effect.Effect<(parameters: Parameters) => Effect.Effect<Curvature, FitError>, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const engine = yield* Engine
    const readings = loss.plates.map(({ label }) => wholeReading(label, own(data.sizes, label) ?? 1))
    const plan = { ...batchPlan(0, readings), steps: size }
    const graph = yield* attempt(() => simplify(products(loss, sizesOf(readings, 1), paramInput(parameter))))
    const loop = forwardLoop(graph, loss)
    const bindings = { fixed: fixedOf(data), tables: tablesOf(data) }
    const session = yield* engine.compile(loop, { ...bindings, state: zeroState(loop) }, { steps: size })
    const rows = feeder(plan, graph)
    const feeds = (from: number, k: number) => ({
      ...rows(from, k),
      [direction]: Float32Array.from({ length: k * size }, (_, i) => (i % size === from + Math.floor(i / size) ? 1 : 0))
    })
    return (parameters) =>
      Effect.gen(function* () {
        yield* session.restore(stateOf(loop, parameters))
        const emitted = yield* runAll(session, size, feeds)
        const products = emitted["product"] ?? new Float32Array()
        const at = (i: number, j: number): number => products[i * size + j] ?? Number.NaN
        return {
          loss: emitted["loss"]?.[0] ?? Number.NaN,
          gradient: [...(emitted["gradient"] ?? []).slice(0, size)],
          hessian: Array.from({ length: size }, (_, i) =>
            Array.from({ length: size }, (_, j) => (at(i, j) + at(j, i)) / 2)
          )
        }
      })
  })

/** Outputs: the loss, its gradient with respect to an input, and the product of its Hessian with the input `direction`. */
const products = (loss: LossGraph, sizes: Sizes, input: string): Graph => {
  const value = loss.graph.outputs["value"] ?? 0
  const whole = addAxes({ ...loss.graph, outputs: { loss: value } }, loss, sizes)
  const first = differentiate(whole, "loss", [input])
  const along = record((recorder) => {
    const values = recordAgain(recorder, first)
    const at = (output: string): tf.Tensor => values(first.outputs[output] ?? -1) ?? tf.scalar(0)
    const gradient = at(`grad:${input}`)
    return { loss: at("loss"), gradient, along: tf.sum(tf.mul(gradient, recorder.input(direction, gradient.shape))) }
  })
  const second = differentiate(along, "along", [input])
  const { loss: total = 0, gradient = 0, [`grad:${input}`]: product = 0 } = second.outputs
  return { ...second, outputs: { loss: total, gradient, product } }
}
