import type * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { shownRows } from "../../data/shownRows.ts"
import { type FitError, GuideMismatch } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { withParams } from "../../model/Param.ts"
import type { Key } from "../../tensor/random.ts"
import { sizeOf, type Tensor, typed } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { record } from "../../trace/record.ts"
import { vectorise } from "../../trace/vectorise.ts"
import type { Axis } from "../joint/Joint.ts"
import { inputName, own, plateAxis } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { type NetNames, recordedParams } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { mustHold } from "../step/footprint.ts"

const plate = "rows"
const resultOutput = (name: string): string => `result:${name}`

/** A function of one row of some inputs, and of random numbers drawn for that row. */
export type RowFunction = (
  row: Readonly<Record<string, Tensor>>,
  key: (site: string) => Key
) => Readonly<Record<string, tf.Tensor>>

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
      const sites = new Set<string>()
      const single = yield* attempt(() =>
        record((recorder) => {
          const params = recordedParams(recorder, new Map(nets))
          const results = withParams(params.store, () => {
            const row = Object.fromEntries(
              Object.entries(inputs).map(([name, { event }]) => [
                name,
                typed(recorder.input(inputName(name, plate), event))
              ])
            )
            const results = f(row, (site) => {
              sites.add(site)
              return { seed: 0, site, step: 0, lane: 0 }
            })
            return Object.fromEntries(Object.entries(results).map(([name, value]) => [resultOutput(name), value]))
          })
          for (const { name } of params.parameters) mustBeLearned(name, parameters)
          return results
        })
      )
      if (Object.keys(single.outputs).length === 0) return {}
      const along: Axis = {
        name: plateAxis(plate),
        kind: "plate",
        label: plate,
        inputs: new Set(Object.keys(inputs).map((name) => inputName(name, plate))),
        sites
      }
      yield* attempt(() => mustHold(Object.keys(inputs).length === 0 ? "n" : "rows", count, bytesOf(single)))
      const batch = Math.min(count, 500)
      const graph = simplify(vectorise(single, { ...along, size: batch, spread: true }))
      const loop = forwardLoop(graph, { plates: [along] })
      const tables = Object.fromEntries(Object.entries(inputs).map(([name, rows]) => [inputName(name, plate), rows]))
      const plan = batchPlan(seed, [{ plate, rows: count, batch, shuffle: false, weight: () => 1 }])
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

/** A net that is made while the program runs goes by the order of the whole program, which a part of it cannot know. */
const mustBeLearned = (name: string, parameters: Parameters): void => {
  if (own(parameters, name) !== undefined) return
  throw new GuideMismatch({
    site: name,
    reason:
      "the fit has no such parameter. A net that is made inside of a program has no identity: declare it outside, or give it a name, Net.mlp(layers, { name })."
  })
}
