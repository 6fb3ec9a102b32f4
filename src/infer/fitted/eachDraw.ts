import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { shownRows } from "../../data/shownRows.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, nodeAt, type Values } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { prune } from "../../trace/passes/prune.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { checkInputs } from "../fit/checkData.ts"
import type { Axis } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder, wholeReading } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../run/prepared.ts"
import { mustHold } from "../step/footprint.ts"
import { fromVector, type Layout, sizeOfLayout, vectorInput } from "../step/fromVector.ts"

/** Values of one row and one draw, as the outputs of a graph that still has no axis. */
export interface OneDraw {
  readonly graph: () => Graph
  /** the plates of the program */
  readonly plates: ReadonlyArray<Axis>
  /** for each output the plates that it stands in, outermost first: it has one value for each of their rows, also where it is the same for all */
  readonly outputs: ReadonlyMap<string, ReadonlyArray<string>>
  /** the axis of the particles, along which several draws are made in one step, which is faster for small data; otherwise a step makes one */
  readonly particles?: Axis
}

export interface DrawnFrom {
  readonly data: Prepared
  readonly parameters: Parameters
  readonly n: number
  readonly seed: number
  /** other parameters for each draw, such as those of a sampler */
  readonly each?: ParametersOfDraws
}

/** Parameters as one vector for each draw, `[n, size]`. */
export interface ParametersOfDraws {
  readonly layout: Layout
  readonly vectors: Float32Array
}

/** How many rows of all draws a step reads, where it makes several. */
const most = 50_000

/** Values by draw and by row, `[n, ...rows, ...event]`. */
export type Drawings = Readonly<Record<string, Dataset<ReadonlyArray<number>, "real">>>

/** Runs a graph of one draw `n` times, each time for all rows of all plates. The same seed gives the same draws, whatever the outputs are. */
export const eachDraw = (
  { graph: recorded, plates, outputs, particles }: OneDraw,
  { data, parameters, n, seed, each }: DrawnFrom
): Effect.Effect<Drawings, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const rowsIn = (plate: string): number => own(data.sizes, plate) ?? 1
      const inStep = plates.reduce((product, { label }) => product * rowsIn(label), 1)
      const lanes = particles === undefined ? 1 : Math.max(1, Math.min(50, n, Math.floor(most / inStep)))
      const single = yield* attempt(() => {
        const needed = prune(recorded())
        checkInputs(needed, data)
        return needed
      })
      const within = (plate: string): ReadonlySet<string> =>
        new Set([...outputs].flatMap(([output, labels]) => (labels.includes(plate) ? [output] : [])))
      const whole = yield* attempt(() => {
        // the outermost plate is added last, so that its axis leads
        const one = plates.reduceRight(
          (before, { label, ...axis }) => vectorise(before, { ...axis, size: rowsIn(label), spread: within(label) }),
          single
        )
        return particles === undefined
          ? one
          : vectorise(one, { ...particles, size: lanes, spread: new Set(outputs.keys()) })
      })
      const graph = yield* attempt(() => simplify(each === undefined ? whole : fromVector(whole, each.layout)))
      const bytes = Object.values(graph.outputs).reduce((sum, id) => sum + 4 * sizeOf(nodeAt(graph, id).shape), 0)
      yield* attempt(() => mustHold("n", n, bytes / lanes))
      const loop = forwardLoop(graph, { plates })
      const steps = Math.ceil(n / lanes)
      const plan = {
        ...batchPlan(
          seed,
          plates.map(({ label }) => wholeReading(label, rowsIn(label)))
        ),
        steps
      }
      const session = yield* compiled(
        loop,
        { state: stateOf(loop, parameters), fixed: fixedOf(data), tables: tablesOf(data) },
        { steps }
      )
      const rows = feeder(plan, graph)
      const feeds = (from: number, k: number): Record<string, Values> => ({
        ...rows(from, k),
        ...vectorsOf(each, from, k)
      })
      const emitted = yield* runAll(session, steps, feeds)
      return Object.fromEntries(
        [...outputs].map(([output, labels]) => {
          const event = [...labels.map(rowsIn), ...nodeAt(single, single.outputs[output] ?? 0).shape]
          const values = (emitted[output] ?? new Float32Array(n * sizeOf(event))).slice(0, n * sizeOf(event))
          return [
            output,
            shownRows({ event, size: n, shape: [n, ...event] as const, support: "real" as const, values, scale: 1 })
          ]
        })
      )
    })
  )

/** The vectors of k draws. */
const vectorsOf = (each: ParametersOfDraws | undefined, from: number, k: number): Record<string, Values> => {
  if (each === undefined) return {}
  const size = sizeOfLayout(each.layout)
  return { [vectorInput]: each.vectors.slice(from * size, (from + k) * size) }
}
