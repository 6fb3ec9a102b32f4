import { Effect, type Scope } from "effect"
import type { EngineUnavailable, FitError } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { simplify } from "../../trace/passes/index.ts"
import { type Joint, particlesOf, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Measures } from "../joint/recordMeasures.ts"
import { pack, packsOf, readFromPacks } from "../step/packing.ts"
import { addAxes, gatherRows, sized } from "../step/trainingLoop.ts"
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
    const packs = packsOf(joint.parameters.map((parameter) => sized(parameter, sizes.rows)))
    const graph = yield* attempt(() => {
      const whole = addAxes(single, { enumerated: [], plates, particles: particlesOf(joint) }, sizes)
      return simplify(readFromPacks(gatherRows(whole, joint.parameters, sizes), packs))
    })
    const loop = forwardLoop(graph, { plates })
    const bindings = { state: zeroState(loop), fixed: fixedOf(data), tables: tablesOf(data) }
    const session = yield* compiled(loop, bindings, { steps: 1 })
    const feeds = feeder(batchPlan(seed, readings), graph)(0, 1)
    const packed = (parameters: Parameters): Parameters =>
      Object.fromEntries(packs.map((each) => [each.name, pack(each, parameters)]))
    return (parameters) => Effect.andThen(session.restore(stateOf(loop, packed(parameters))), session.run(1, feeds))
  })
