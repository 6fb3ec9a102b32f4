import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Id, nodeAt } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { prune } from "../../trace/passes/prune.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { checkInputs } from "../fit/checkData.ts"
import { type Joint, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { valuesIn } from "../joint/reach.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../run/prepared.ts"
import { mustHold } from "../step/footprint.ts"
import { drawnInPlates, summedDraw, withSummedDraws } from "../step/summedDraws.ts"

/** Draws by plate: a site's values, or the sites of a plate. */
export interface Draws {
  readonly [name: string]: Dataset<ReadonlyArray<number>, "real"> | Draws
}

/**
 * Joint draws: of all latent sites from the guide, of the summed-out sites of the model given these, and of deterministic sites. Each draw is one
 * step, which reads all rows of each plate. A deterministic site that depends on a summed-out site has no draw.
 */
export const drawPosterior = (
  given: Joint,
  data: Prepared,
  parameters: Parameters,
  n: number,
  seed: number
): Effect.Effect<Draws, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const joint = drawnInPlates(given)
      const values = valuesIn(joint)
      const sites = joint.sites.flatMap((site): ReadonlyArray<Drawn> => {
        if (site.kind === "latent") return [{ ...site, node: site.draw }]
        if (site.kind === "enumerated") return [{ ...site, node: "summed out" }]
        return site.kind === "deterministic" && values[site.node] === 0n ? [site] : []
      })
      if (sites.length === 0) return {}
      const plates = platesOf(joint)
      const rowsIn = (plate: string): number => own(data.sizes, plate) ?? 1
      const single = yield* attempt(() => {
        const kept = Object.fromEntries(
          sites.flatMap(({ name, node }) => (node === "summed out" ? [] : [[drawOf(name), node] as const]))
        )
        const drawn = joint.sites.some(({ kind }) => kind === "enumerated")
          ? withSummedDraws(joint, kept)
          : { ...joint.graph, outputs: kept }
        const needed = prune(drawn)
        checkInputs(needed, data)
        return needed
      })
      const graph = yield* attempt(() =>
        // the outermost plate is added last, so that its axis leads
        simplify(
          plates.reduceRight(
            (before, { label, ...axis }) =>
              vectorise(before, { ...axis, size: rowsIn(label), spread: outputsIn(sites, label) }),
            single
          )
        )
      )
      const bytes = Object.values(graph.outputs).reduce((sum, id) => sum + 4 * sizeOf(nodeAt(graph, id).shape), 0)
      yield* attempt(() => mustHold("n", n, bytes))
      const loop = forwardLoop(graph, { plates })
      const plan = {
        ...batchPlan(
          seed,
          plates.map(({ label }) => ({
            ...{ plate: label, rows: rowsIn(label), batch: rowsIn(label), shuffle: false },
            weight: () => 1
          }))
        ),
        steps: n
      }
      const session = yield* compiled(
        loop,
        { state: stateOf(loop, parameters), fixed: fixedOf(data), tables: tablesOf(data) },
        { steps: n }
      )
      const emitted = yield* runAll(session, n, feeder(plan, graph))
      return nested(sites, ({ name, plates, node }) => {
        const output = outputOf({ name, node })
        const event = [...plates.map(rowsIn), ...nodeAt(single, single.outputs[output] ?? 0).shape]
        const values = emitted[output] ?? new Float32Array(n * sizeOf(event))
        return { event, size: n, shape: [n, ...event], support: "real", values, scale: 1 }
      })
    })
  )

const drawOf = (name: string): string => `draw:${name}`
const outputOf = ({ name, node }: Pick<Drawn, "name" | "node">): string =>
  node === "summed out" ? summedDraw(name) : drawOf(name)

/** A value with a name. */
interface Drawn {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly node: Id | "summed out"
}

/** The outputs that have one value for each row of a plate, also where it is the same for all. */
const outputsIn = (sites: ReadonlyArray<Drawn>, plate: string): ReadonlySet<string> =>
  new Set(sites.flatMap((site) => (site.plates.includes(plate) ? [outputOf(site)] : [])))

/** One entry a site, inside of one record for each plate that it stands in. */
const nested = (
  sites: ReadonlyArray<Drawn>,
  valuesOf: (site: Drawn, place: number) => Dataset<ReadonlyArray<number>, "real">
): Draws => {
  const collect = (depth: number, among: ReadonlyArray<number>): Draws => {
    const here = among.filter((i) => sites[i]?.plates.length === depth)
    const plates = new Set(among.flatMap((i) => sites[i]?.plates[depth] ?? []))
    return Object.fromEntries([
      ...here.flatMap((i) => {
        const site = sites[i]
        return site === undefined ? [] : [[site.name, valuesOf(site, i)] as const]
      }),
      ...[...plates].map(
        (plate) =>
          [
            plate,
            collect(
              depth + 1,
              among.filter((i) => sites[i]?.plates[depth] === plate)
            )
          ] as const
      )
    ])
  }
  return collect(
    0,
    sites.map((_, i) => i)
  )
}
