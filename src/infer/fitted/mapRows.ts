import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { shownRows } from "../../data/shownRows.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { inputName } from "../joint/names.ts"
import type { NetNames, Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { mustHold } from "../step/footprint.ts"
import { type RowFunction, resultOutput, rowGraph } from "./rowGraph.ts"

export interface MapRows {
  readonly inputs: Readonly<Record<string, Dataset>>
  readonly count: number
  readonly parameters: Parameters
  readonly nets: NetNames
  readonly seed: number
}

/** Applies a function of one row to every row on the current engine; the results are rows, in order. */
export const mapRows = (
  { inputs, count, parameters, nets, seed }: MapRows,
  f: RowFunction
): Effect.Effect<Readonly<Record<string, Dataset<ReadonlyArray<number>, "real">>>, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { graph: single, axis: along } = yield* attempt(() => {
        const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { event }]) => [name, event]))
        return rowGraph(shapes, { parameters, nets }, f)
      })
      if (Object.keys(single.outputs).length === 0) return {}
      yield* attempt(() => mustHold(Object.keys(inputs).length === 0 ? "n" : "rows", count, bytesOf(single)))
      const batch = Math.min(count, 500)
      const graph = simplify(vectorise(single, { ...along, size: batch, spread: true }))
      const loop = forwardLoop(graph, { plates: [along] })
      const tables = Object.fromEntries(
        Object.entries(inputs).map(([name, rows]) => [inputName(name, along.label), rows])
      )
      const plan = batchPlan(seed, [{ plate: along.label, rows: count, batch, shuffle: false, weight: () => 1 }])
      const session = yield* compiled(
        loop,
        { state: stateOf(loop, parameters), fixed: {}, tables },
        { steps: plan.steps }
      )
      const emitted = yield* runAll(session, plan.steps, feeder(plan, graph))
      return Object.fromEntries(
        Object.entries(single.outputs).map(([output, id]) => {
          const event = single.nodes[id]?.shape ?? []
          const values = (emitted[output] ?? new Float32Array()).slice(0, count * sizeOf(event))
          return [
            output.slice(resultOutput("").length),
            shownRows({
              ...{ event, size: count, shape: [count, ...event] as const, support: "real" as const },
              ...{ values, scale: 1 }
            })
          ]
        })
      )
    })
  )

/** Bytes of the results for one row. */
const bytesOf = ({ nodes, outputs }: Graph): number =>
  Object.values(outputs).reduce((sum, id) => sum + 4 * sizeOf(nodes[id]?.shape ?? []), 0)
