import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { mapValues } from "../../trace/build.ts"
import { type Graph, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { prune } from "../../trace/passes/prune.ts"
import { vectorise } from "../../trace/vectorise.ts"
import type { Derived } from "../fit/derive.ts"
import type { Settings } from "../fit/options.ts"
import { type Joint, latentSites, type Parameter, platesOf } from "../joint/Joint.ts"
import { own, paramInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan, feeder, sizesOf } from "../run/batches.ts"
import { runAll } from "../run/chunks.ts"
import { compiled } from "../run/compiled.ts"
import { forwardLoop, stateOf } from "../run/evaluator.ts"
import { initialParameters, initialState } from "../run/initial.ts"
import { fixedOf, type Prepared, wholeOf } from "../run/prepared.ts"
import { checkSchedule, scalarFeeds, scheduled } from "../run/schedule.ts"
import { readingsOf } from "../run/Training.ts"
import { footprintOf, mustHold } from "../step/footprint.ts"
import { packsOf } from "../step/packing.ts"
import { sized, trainingLoop } from "../step/trainingLoop.ts"

/** Fits of one program to several data sets at once. */
export interface Replications {
  readonly count: number
  /** data that all of them share */
  readonly shared: Prepared
  /** the inputs that each has its own values of, one replication after the other */
  readonly own: Arrays
}

/**
 * The axis of the replications: parameters, what the optimizer carries, simulated data and noise have it, so that one call runs a step of all fits. An optimizer acts number by number, and a norm
 * of gradients is one replication's own.
 */
const along = (graph: Graph, count: number, inputs: Iterable<string>): Graph => {
  const noisy = graph.nodes.flatMap(({ kernel, attrs }) => (kernel === "Noise" ? [String(attrs["site"])] : []))
  const axis = { name: "replication", size: count, inputs: new Set(inputs), sites: new Set(noisy), spread: true }
  return simplify(vectorise(graph, axis))
}

/** Fits all replications; each step reads all rows. The parameters of one replication after the other. */
export const fitReplications = (
  { loss }: Derived,
  settings: Settings,
  { count, shared, own: replicated }: Replications
): Effect.Effect<Parameters, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { optimizer, particles, seed, epochs } = settings
      const readings = readingsOf(loss, shared, Number.POSITIVE_INFINITY, "total")
      const sizes = sizesOf(readings, particles)
      const list = loss.parameters.map((parameter) => sized(parameter, sizes.rows))
      const varying = scheduled(optimizer, loss, epochs)
      const plan = batchPlan(seed, [])
      const single = yield* attempt(() => {
        checkSchedule(varying, epochs)
        return trainingLoop(loss, sizes, optimizer, settings.clipNorm)
      })
      const whole = readings.flatMap(({ plate, rows, weight }) => Object.entries(wholeOf(shared, plate, weight(rows))))
      const given: Arrays = { ...fixedOf(shared), ...Object.fromEntries(whole), ...replicated }
      const carried = single.carried
      const graph = yield* attempt(() => {
        const next = Object.values(carried)
        const outputs = Object.fromEntries(Object.entries(single.graph.outputs).filter(([name]) => next.includes(name)))
        const inputs = [...Object.keys(carried), ...Object.keys(replicated)]
        const all = along(prune({ ...single.graph, outputs }), count, inputs)
        mustHold("simulations", count, footprintOf(all).all / count / 2)
        return all
      })
      const present = inputsOf(graph)
      const fixed = Object.fromEntries(Object.entries(given).filter(([name]) => present.has(name)))
      const first = initialState(
        { list, slots: optimizer.slots, baselines: loss.baselines },
        initialParameters(list, seed)
      )
      const session = yield* compiled(
        { graph, carried, fixed: Object.keys(fixed), rows: {}, emitted: [] },
        { state: mapValues(first, (values) => repeated(values, count)), fixed, tables: {} },
        { steps: epochs }
      )
      const noise = feeder(plan, graph)
      yield* runAll(session, epochs, (from, k) => ({
        ...noise(from, k),
        ...scalarFeeds(varying, epochs, from, k)
      }))
      return unpacked(list, yield* session.state, count)
    })
  )

/** `n` draws of all latent sites from each replication's guide, by site: `[n, replications, ...rows, ...event]`. */
export const drawReplications = (
  joint: Joint,
  parameters: Parameters,
  { count, shared, own: replicated }: Replications,
  { n, seed }: { readonly n: number; readonly seed: number }
): Effect.Effect<Arrays, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const sites = latentSites(joint).filter(({ blocked }) => !blocked)
      const graph = yield* attempt(() => {
        const outputs = Object.fromEntries(sites.map(({ name, draw }) => [name, draw]))
        const single = prune({ ...joint.graph, outputs })
        // the outermost plate is added last, so that its axis leads
        const rows = platesOf(joint).reduceRight((before, { label, ...axis }) => {
          const inside = sites.flatMap(({ name, plates }) => (plates.includes(label) ? [name] : []))
          return vectorise(before, { ...axis, size: own(shared.sizes, label) ?? 1, spread: new Set(inside) })
        }, single)
        const names = [...inputsOf(rows)].filter((name) => name.startsWith(paramInput("")))
        const all = along(rows, count, [...names, ...Object.keys(replicated)])
        mustHold("draws", n, footprintOf(all).peak)
        return all
      })
      const loop = forwardLoop(graph, { plates: [] })
      const whole = Object.keys(shared.sizes).flatMap((plate) => Object.entries(wholeOf(shared, plate, 1)))
      const given: Arrays = { ...fixedOf(shared), ...Object.fromEntries(whole), ...replicated }
      const session = yield* compiled(
        loop,
        {
          state: stateOf(loop, parameters),
          fixed: Object.fromEntries(Object.entries(given).filter(([name]) => loop.fixed.includes(name))),
          tables: {}
        },
        { steps: n }
      )
      return yield* runAll(session, n, feeder(batchPlan(seed, []), graph))
    })
  )

const inputsOf = ({ nodes }: Graph): ReadonlySet<string> =>
  new Set(nodes.flatMap((node) => (node.kernel === "Input" ? [nameOf(node)] : [])))

const repeated = (values: Float32Array, count: number): Float32Array => {
  const all = new Float32Array(count * values.length)
  for (let i = 0; i < count; i++) all.set(values, i * values.length)
  return all
}

/** Parameters out of the vectors in which a step carries them, for one replication after the other. */
const unpacked = (list: ReadonlyArray<Parameter>, state: Arrays, count: number): Parameters =>
  Object.fromEntries(
    packsOf(list).flatMap((pack) => {
      const values = state[paramInput(pack.name)] ?? new Float32Array()
      const width = values.length / count
      return pack.members.map(({ name, offset, size }) => {
        const all = new Float32Array(count * size)
        for (let i = 0; i < count; i++)
          all.set(values.subarray(i * width + offset, i * width + offset + size), i * size)
        return [name, all] as const
      })
    })
  )
