import { Effect, type Scope } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Arrays, Engine } from "../../../engine/Engine.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { type Graph, nodeAt, type Values } from "../../../trace/Graph.ts"
import { simplify } from "../../../trace/passes/index.ts"
import { vectorise } from "../../../trace/vectorise.ts"
import { type EnumeratedSite, enumeratedAxes, enumeratedSites, type Joint, platesOf } from "../../joint/Joint.ts"
import { own } from "../../joint/names.ts"
import { attempt } from "../../run/attempt.ts"
import { batchPlan, feeder, wholeReading } from "../../run/batches.ts"
import { type Compiled, compiled } from "../../run/compiled.ts"
import { forwardLoop } from "../../run/evaluator.ts"
import { fixedOf, type Prepared, tablesOf } from "../../run/prepared.ts"
import { mustHold } from "../../step/footprint.ts"
import { fromVector, vectorInput } from "../../step/fromVector.ts"
import { type Numbers, numbersOf } from "../chainNumbers.ts"
import type { GibbsProblem } from "./gibbsProblem.ts"
import type { SweepSettings } from "./gibbsSettings.ts"
import { plateReadTogether, rowsReadTogether } from "./siteGroups.ts"
import { logDensityOutput, nextPlace, placeInput, rowKey, rowNumber, sweepGraph, valueOutput } from "./sweep.ts"

/** Sweeps of all chains, each of which reads all rows; the places of their sites are its state. */
export interface SweepSession {
  readonly session: Compiled
  /** what steps from `from` on read, beside the real numbers of the continuous sites */
  readonly feeds: (from: number, k: number) => Readonly<Record<string, Values>>
  /** puts the sites of a chain to places that are drawn uniformly */
  readonly begunAnew: (state: Arrays, chain: number, numbers: Numbers) => Arrays
}

/** Compiles the sweep of all chains, which begin at uniform values. It leaves `[steps, chains, ...rows, ...event]` for each site. */
export const sweepSession = (
  problem: GibbsProblem,
  data: Prepared,
  { chains, warmup, draws, seed }: SweepSettings
): Effect.Effect<SweepSession, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const { joint } = problem
    const sites = enumeratedSites(joint)
    const rowsIn = (plate: string): number => own(data.sizes, plate) ?? 1
    const graph = yield* attempt(() => simplify(withAxes(problem, rowsIn, chains)))
    const steps = warmup + draws
    const bytes = Object.values(graph.outputs).reduce((sum, id) => sum + 4 * sizeOf(nodeAt(graph, id).shape), 0)
    yield* attempt(() => mustHold("draws", steps, bytes))
    const plates = platesOf(joint)
    const loop = {
      ...forwardLoop(graph, { plates }),
      carried: Object.fromEntries(sites.map(({ name }) => [placeInput(name), nextPlace(name)])),
      emitted: [logDensityOutput, ...sites.map(({ name }) => valueOutput(name))]
    }
    const readings = plates.map(({ label }) => wholeReading(label, rowsIn(label)))
    const sizes = placesOf(joint, rowsIn)
    const begunAnew: SweepSession["begunAnew"] = (state, chain, { uniform }) =>
      Object.fromEntries(
        sizes.map(({ input, values, width }) => {
          const places = state[input]?.slice() ?? new Float32Array(chains * width)
          for (let i = 0; i < width; i++) places[chain * width + i] = Math.floor(uniform() * values)
          return [input, places]
        })
      )
    const state = Array.from({ length: chains }, (_, chain) => chain).reduce<Arrays>(
      (before, chain) => begunAnew(before, chain, numbersOf(seed, chain, "gibbs")),
      {}
    )
    const numbers = Object.fromEntries(
      rowsReadTogether(joint, problem.groups).map(({ label, size }) => [
        rowNumber(label),
        Float32Array.from({ length: size }, (_, row) => row)
      ])
    )
    const bindings = { state, fixed: { ...fixedOf(data), ...numbers }, tables: tablesOf(data) }
    const session = yield* compiled({ ...loop, fixed: [...loop.fixed, ...Object.keys(numbers)] }, bindings, { steps })
    return { session, feeds: feeder({ ...batchPlan(seed, readings), steps }, graph), begunAnew }
  })

/** The sweep of all chains, for all rows. */
const withAxes = (
  { joint, target, groups }: GibbsProblem,
  rowsIn: (plate: string) => number,
  chains: number
): Graph => {
  const sites = enumeratedSites(joint)
  const outputsOf = (among: ReadonlyArray<EnumeratedSite>): ReadonlySet<string> =>
    new Set(among.flatMap(({ name }) => [nextPlace(name), valueOutput(name)]))
  const within = (among: ReadonlyArray<EnumeratedSite>) => ({
    inputs: among.map(({ name }) => placeInput(name)),
    sites: among.map(({ name }) => name)
  })
  // the outermost plate is added last, so that its axis leads
  const rows = platesOf(joint).reduceRight(
    (before, { label, ...axis }) => {
      const inside = sites.filter(({ plates }) => plates.includes(label))
      const drawn = within(inside)
      return vectorise(before, {
        ...axis,
        inputs: new Set([...axis.inputs, ...drawn.inputs, rowNumber(label)]),
        sites: new Set([...axis.sites, ...drawn.sites]),
        size: rowsIn(label),
        spread: outputsOf(inside)
      })
    },
    sweepGraph(joint, groups)
  )
  const reals = target.layout.filter(({ name }) => target.still?.has(name) !== true)
  const whole = reals.length === 0 ? rows : fromVector(rows, reals)
  const { inputs, sites: names } = within(sites)
  const rowKeys = groups.flatMap((group) =>
    Array.from({ length: plateReadTogether(joint, group)?.size ?? 0 }, (_, row) => rowKey(group[0].name, row))
  )
  const drawn = new Set([...names, ...rowKeys])
  const axis = { name: "chain", size: chains, inputs: new Set([vectorInput, ...inputs]), sites: drawn }
  return vectorise(whole, { ...axis, spread: true })
}

/** Of each site the input of its places, how many values it has, and how many places a chain has: one for each row. */
const placesOf = (joint: Joint, rowsIn: (plate: string) => number) => {
  const sizes = new Map(enumeratedAxes(joint).map(({ name, size = 1 }) => [name, size]))
  return enumeratedSites(joint).map(({ name, axis, plates }) => ({
    input: placeInput(name),
    values: sizes.get(axis) ?? 1,
    width: plates.reduce((product, plate) => product * rowsIn(plate), 1)
  }))
}
