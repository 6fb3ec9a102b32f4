import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Arrays, Engine } from "../../../engine/Engine.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { nodeAt } from "../../../trace/Graph.ts"
import { simplify } from "../../../trace/passes/index.ts"
import { vectorise } from "../../../trace/vectorise.ts"
import { type EnumeratedSite, enumeratedAxes, enumeratedSites, type Joint, platesOf } from "../../joint/Joint.ts"
import { own } from "../../joint/names.ts"
import { attempt } from "../../run/attempt.ts"
import { batchPlan, feeder, wholeReading } from "../../run/batches.ts"
import { runAll } from "../../run/chunks.ts"
import { compiled } from "../../run/compiled.ts"
import { forwardLoop } from "../../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../../run/prepared.ts"
import { mustHold } from "../../step/footprint.ts"
import { numbersOf } from "../chainNumbers.ts"
import { progressTo } from "../progressTo.ts"
import { fewest } from "../sampleBy.ts"
import { samplingShown } from "../samplingProgress.ts"
import type { GibbsSettings } from "./gibbsSettings.ts"
import { logDensityOutput, nextPlace, placeInput, sweepGraph, valueOutput } from "./sweep.ts"

/**
 * Runs sweeps of all chains, each of which reads all rows. Chains begin at values that are drawn uniformly. When the signal aborts they end with the sweeps that there are, or are interrupted where these leave too few draws.
 *
 * @returns by output what each sweep left, `[sweeps, chains, ...rows, ...event]`
 */
export const runSweeps = (
  joint: Joint,
  data: Prepared,
  { chains, warmup, draws, seed, progress, signal }: GibbsSettings
): Effect.Effect<Arrays, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const isStopped = (): boolean => signal?.aborted === true
      if (isStopped()) return yield* Effect.interrupt
      const sites = enumeratedSites(joint)
      const rowsIn = (plate: string): number => own(data.sizes, plate) ?? 1
      const graph = yield* attempt(() => simplify(withAxes(joint, rowsIn, chains)))
      const steps = warmup + draws
      const bytes = Object.values(graph.outputs).reduce((sum, id) => sum + 4 * sizeOf(nodeAt(graph, id).shape), 0)
      yield* attempt(() => mustHold("draws", steps, bytes))
      const plates = platesOf(joint)
      const forward = forwardLoop(graph, { plates })
      const loop = {
        ...forward,
        carried: Object.fromEntries(sites.map(({ name }) => [placeInput(name), nextPlace(name)])),
        emitted: [logDensityOutput, ...sites.map(({ name }) => valueOutput(name))]
      }
      const readings = plates.map(({ label }) => wholeReading(label, rowsIn(label)))
      const state = firstPlaces(joint, rowsIn, chains, seed)
      const session = yield* compiled(loop, { state, fixed: fixedOf(data), tables: tablesOf(data) }, { steps })
      const tell = progressTo(progress, samplingShown)
      const started = performance.now()
      let done = 0
      const swept = yield* runAll(session, steps, feeder({ ...batchPlan(seed, readings), steps }, graph), (now) => {
        done = now
        const seconds = (performance.now() - started) / 1000
        tell({ transitions: chains * done, of: chains * steps, evaluations: 0, divergences: 0, seconds })
        return !isStopped()
      })
      return done < warmup + fewest ? yield* Effect.interrupt : swept
    })
  )

/** The sweep of all chains, for all rows. */
const withAxes = (joint: Joint, rowsIn: (plate: string) => number, chains: number) => {
  const sites = enumeratedSites(joint)
  const outputsOf = (among: ReadonlyArray<EnumeratedSite>): ReadonlySet<string> =>
    new Set(among.flatMap(({ name }) => [nextPlace(name), valueOutput(name)]))
  const within = (among: ReadonlyArray<EnumeratedSite>) => ({
    inputs: among.map(({ name }) => placeInput(name)),
    sites: among.map(({ name }) => name)
  })
  // the outermost plate is added last, so that its axis leads
  const whole = platesOf(joint).reduceRight((before, { label, ...axis }) => {
    const inside = sites.filter(({ plates }) => plates.includes(label))
    const drawn = within(inside)
    return vectorise(before, {
      ...axis,
      inputs: new Set([...axis.inputs, ...drawn.inputs]),
      sites: new Set([...axis.sites, ...drawn.sites]),
      size: rowsIn(label),
      spread: outputsOf(inside)
    })
  }, sweepGraph(joint))
  const { inputs, sites: names } = within(sites)
  return vectorise(whole, {
    ...{ name: "chain", size: chains, inputs: new Set(inputs), sites: new Set(names), spread: true }
  })
}

const firstPlaces = (joint: Joint, rowsIn: (plate: string) => number, chains: number, seed: number): Arrays => {
  const sizes = new Map(enumeratedAxes(joint).map(({ name, size = 1 }) => [name, size]))
  const numbers = Array.from({ length: chains }, (_, chain) => numbersOf(seed, chain, "gibbs"))
  return Object.fromEntries(
    enumeratedSites(joint).map(({ name, axis, plates }) => {
      const rows = plates.reduce((product, plate) => product * rowsIn(plate), 1)
      const values = numbers.flatMap(({ uniform }) =>
        Array.from({ length: rows }, () => Math.floor(uniform() * (sizes.get(axis) ?? 1)))
      )
      return [placeInput(name), Float32Array.from(values)]
    })
  )
}
