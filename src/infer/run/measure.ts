import { Effect, type Scope } from "effect"
import type { EngineUnavailable, FitError } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { eagerOn } from "../../engine/eager.ts"
import type { Graph } from "../../trace/Graph.ts"
import { expand, simplify } from "../../trace/passes/index.ts"
import { isScan } from "../../trace/region.ts"
import { type Joint, particlesOf, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Measures } from "../joint/recordMeasures.ts"
import { footprintOf } from "../step/footprint.ts"
import { addAxes, gatherRows } from "../step/trainingLoop.ts"
import { attempt } from "./attempt.ts"
import { batchPlan, feeder, type Reading, sizesOf } from "./batches.ts"
import { compiled } from "./compiled.ts"
import { forwardLoop, stateOf, zeroState } from "./evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "./prepared.ts"

/** Enough rows and draws to detect problems, but few enough that their cost is negligible compared with an epoch. */
const rowsSeen = 128
const drawsSeen = 4

/** Evaluates measures on one batch of rows, the same each time, with whatever parameters it is given: a flat array for each output. */
export const measurer = (
  { graph: single }: Pick<Measures, "graph">,
  joint: Joint,
  data: Prepared,
  seed: number,
  draws = drawsSeen
): Effect.Effect<
  (parameters: Parameters) => Effect.Effect<Arrays, EngineUnavailable>,
  FitError,
  Engine | Scope.Scope
> =>
  Effect.gen(function* () {
    const plates = platesOf(joint)
    const readings = plates.map(({ label }): Reading => {
      const rows = own(data.sizes, label) ?? 1
      return { plate: label, rows, batch: Math.min(rows, rowsSeen), shuffle: true, weight: () => 1 }
    })
    const sizes = sizesOf(readings, draws)
    const { graph, small } = yield* attempt(() => {
      const axes = { enumerated: [], plates, particles: particlesOf(joint) }
      const whole = gatherRows(addAxes(single, axes, sizes), joint.parameters, sizes)
      const small = computesFew(whole)
      return { graph: small ? expand(whole) : simplify(whole), small }
    })
    const loop = forwardLoop(graph, { plates })
    const bindings = { state: zeroState(loop), fixed: fixedOf(data), tables: tablesOf(data) }
    const session = yield* small
      ? Effect.provide(compiled(loop, bindings), eagerOn("cpu"))
      : compiled(loop, bindings, { steps: 1 })
    const feeds = feeder(batchPlan(seed, readings), graph)(0, 1)
    return (parameters) => Effect.andThen(session.restore(stateOf(loop, parameters)), session.run(1, feeds))
  })

/** A graph that computes fewer numbers is evaluated kernel by kernel in less time than an engine takes to compile it, at twenty looks too (docs/performance.md). */
const few = 100_000

const computesFew = (graph: Graph): boolean => footprintOf(graph).all < 4 * few && !graph.nodes.some(isScan)
