import * as tf from "@tensorflow/tfjs"
import type { Dataset } from "../../data/Dataset.ts"
import { DataFormat, DuplicateSite, GuideMismatch, InvalidOption } from "../../Errors.ts"
import type { AnyProgram, Observations, OnlySites } from "../../model/Guided.ts"
import type { Trace, TracedSite, TracedValues } from "../../model/handler/replayTrace.ts"
import { type Runnable, runnable } from "../../model/handler/runnable.ts"
import type { AnyRow, Choice, SiteRequest } from "../../model/Interpreter.ts"
import { scored } from "../../model/interpret.ts"
import { currentPlates, type ParamRequest, type ParamStore, withParams } from "../../model/Param.ts"
import { runProgram } from "../../model/runProgram.ts"
import type { RunSite } from "../../model/World.ts"
import { Key } from "../../tensor/random.ts"
import { sizeOf, type Tensor, typed } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import { whole } from "../fit/checkOptions.ts"
import { fromOwnSpace } from "../fit/ownSpace.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { type Parameters, paramsFrom } from "../joint/recordedWorld.ts"
import { initialParameters } from "../run/initial.ts"
import { type Prepared, type ProgramData, prepare } from "../run/prepared.ts"

export interface TraceOptions {
  /** of the draws of latent sites (0) */
  readonly seed?: number
  /** parameters by name, such as those of a fitted value; otherwise they have their first values */
  readonly parameters?: Parameters
}

/**
 * Runs a program once with numbers, on the current backend of tfjs: latent sites are drawn from their priors, observed ones read from the data, and the body of
 * a plate runs for each of its rows. The tensors of the result belong to the caller: inside of `tf.tidy` they are freed.
 *
 * @param data what `fit` takes: `{}` for a program that observes nothing
 * @throws the tagged errors of a recording, DataFormat for data that are missing
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   yield* observe("x", Normal(mu, 1))
 * })
 * const run = trace(pair, { x: Tensor.of([], tf.scalar(0.8)) }, { seed: 3 })
 * tf.sub(run.logJoint, tf.addN(run.sites.map(({ logDensity }) => logDensity))) // => 0
 * ```
 */
export const trace = <A, E, R>(
  program: Runnable<A, E, R> & OnlySites<R, E>,
  data: Observations<R>,
  options: TraceOptions = {}
): Trace<A, TracedValues<R>> => {
  const { value, sites } = runWith(runnable(program) as AnyProgram, prepare(data as ProgramData), options)
  const total = sites.reduce<tf.Tensor>((sum, { logDensity }) => tf.add(sum, logDensity), tf.scalar(0))
  return {
    value: value as A,
    sites,
    values: valuesOf(sites) as TracedValues<R>,
    logJoint: typed(total)
  }
}

const runWith = (
  program: AnyProgram,
  data: Prepared,
  options: TraceOptions
): { readonly value: unknown; readonly sites: ReadonlyArray<TracedSite> } => {
  for (const name of Object.keys(options))
    if (name !== "seed" && name !== "parameters")
      throw new InvalidOption({ option: name, value: "unknown", expected: "seed or parameters" })
  const seed = whole("seed", options.seed ?? 0)
  const rows: Array<number> = []
  const sites: Array<TracedSite> = []
  const entered = new Set<string>()
  const once = (name: string, kind: "site" | "plate"): void => {
    const key = JSON.stringify([name, currentPlates(), rows])
    if (entered.has(key)) throw new DuplicateSite({ site: name, kind })
    entered.add(key)
  }
  const site = (request: SiteRequest): Tensor => {
    once(request.name, "site")
    const at = placeOf(data, currentPlates(), rows)
    const keyed = (name: string): Key => ({ seed, site: name, step: 0, lane: at })
    const made = scored(
      request,
      currentPlates(),
      {
        key: keyed,
        mark: (_, draw) => draw,
        observed: (name, plates) => observed(data, name, plates, rows)
      },
      (choice, plates) => ({ plates, ...drawn(choice, keyed) })
    )
    sites.push({ ...traced(made.site), rows: [...rows] })
    return made.value
  }
  const value = withParams(
    storeOf(options.parameters, seed, () => [currentPlates(), rows]),
    () =>
      runProgram(program, {
        everyRow: true,
        collect: (_, values) => typed(tf.stack([...values])),
        scan: (sequence, init, step, again) => {
          if (!again) once(sequence, "plate")
          let [carry, t] = [init, 0]
          for (const row of rowsOf(data, sequence, rows)) carry = step(carry, row, typed(tf.scalar(t++)))
          return carry
        },
        rows: (plate, again) => {
          if (!again) once(plate, "plate")
          return rowsOf(data, plate, rows)
        },
        site
      })
  )
  return { value, sites }
}

const drawn = ({ name, dist, stream }: Choice, keyed: (name: string) => Key) => {
  const key = stream === undefined ? keyed(name) : Key.fork(keyed(name), stream)
  const { value, logProb } = dist.sampleAndLogProb(key)
  return { value, logQ: logProb, guide: dist }
}

/** The rows of a plate, one after the other; `rows` says which one it is. */
function* rowsOf(data: Prepared, plate: string, rows: Array<number>): Iterable<AnyRow> {
  const fields = own(data.plates, plate)
  if (fields === undefined)
    throw new DataFormat({
      path: `data.${plate}`,
      reason: `there are no data for the plate '${plate}'`,
      advice: "Give the fields of its rows."
    })
  for (let i = 0; i < (own(data.sizes, plate) ?? 0); i++) {
    rows.push(i)
    yield mapValues(fields, (field) => rowAt(field, i))
    rows.pop()
  }
}

const rowAt = ({ values, event, scale }: Dataset, i: number): Tensor => {
  const size = sizeOf(event)
  return typed(
    tf.tensor(
      Float32Array.from(values.slice(i * size, (i + 1) * size), (x) => x * scale),
      [...event]
    )
  )
}

const observed = (data: Prepared, name: string, plates: ReadonlyArray<string>, rows: ReadonlyArray<number>): Tensor => {
  const plate = plates.at(-1)
  const found = plate === undefined ? own(data.globals, name) : own(own(data.plates, plate) ?? {}, name)
  if (found !== undefined) return rowAt(found, plate === undefined ? 0 : (rows.at(-1) ?? 0))
  throw new DataFormat({
    path: `data.${[...plates.slice(-1), name].join(".")}`,
    reason: `there are no data for the observed site '${name}'`,
    advice: "Give an entry of that name."
  })
}

/** The place of a row among all rows of its plates together, by which its draws are told apart. */
const placeOf = (data: Prepared, plates: ReadonlyArray<string>, rows: ReadonlyArray<number>): number =>
  plates.reduce((place, plate, i) => place * (own(data.sizes, plate) ?? 1) + (rows[i] ?? 0), 0)

/** Parameters as tensors: those that are given, or their first values; a per-row parameter has one for each row. */
const storeOf = (
  given: Parameters | undefined,
  seed: number,
  where: () => readonly [ReadonlyArray<string>, ReadonlyArray<number>]
): ParamStore => {
  const make = (parameter: Parameter, row: number): tf.Tensor => {
    const size = sizeOf(parameter.shape)
    const all = given === undefined ? initialParameters([parameter], seed) : fromOwnSpace([parameter], given)
    const from = given === undefined ? 0 : row * size
    const values = own(all, parameter.name)?.slice(from, from + size)
    if (values?.length === size) return tf.tensor(values, [...parameter.shape])
    throw new InvalidOption({
      option: `parameters.${parameter.name}`,
      value: `numbers of ${row} rows`,
      expected: `those of row ${row}, too`
    })
  }
  const { store } = paramsFrom((parameter) => make(parameter, 0))
  return {
    ...store,
    get: (request: ParamRequest) => {
      const shared = store.get(request)
      if (request.plate === undefined) return shared
      const [plates, rows] = where()
      return make(request, rows[plates.lastIndexOf(request.plate)] ?? 0)
    }
  }
}

const traced = (site: RunSite): Omit<TracedSite, "rows"> => {
  const { name, plates, value } = site
  const none: Tensor<readonly []> = typed(tf.scalar(0))
  if (site.kind === "deterministic") return { kind: site.kind, name, plates, value, dist: undefined, logDensity: none }
  const scaled = (logDensity: tf.Tensor): Tensor<readonly []> =>
    typed(site.scale === 1 ? logDensity : tf.mul(logDensity, site.scale))
  if (site.kind === "factor")
    return { kind: site.kind, name, plates, value, dist: undefined, logDensity: scaled(value) }
  if (site.kind === "observed") {
    const kind = site.isLatent ? "latent" : "observed"
    return { kind, name, plates, value, dist: site.dist, logDensity: scaled(site.dist.logProb(value)) }
  }
  const isBlocked = site.kind === "latent" && site.blocked
  const logDensity = isBlocked ? none : scaled(site.prior.logProb(value))
  return { kind: site.kind, name, plates, value, dist: site.prior, logDensity }
}

/** The values by site, nested by plate, with a leading dimension for the rows of each plate. */
const valuesOf = (sites: ReadonlyArray<TracedSite>): Readonly<Record<string, unknown>> => {
  const groups = new Map<string, Array<TracedSite>>()
  for (const site of sites) {
    if (site.kind === "factor") continue
    const key = JSON.stringify([site.plates, site.name])
    groups.set(key, [...(groups.get(key) ?? []), site])
  }
  const nested = new Map<string, unknown>()
  const result: Record<string, unknown> = {}
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    let record = result
    for (const [i, plate] of first.plates.entries()) {
      const key = JSON.stringify(first.plates.slice(0, i + 1))
      const inner = (nested.get(key) ?? {}) as Record<string, unknown>
      nested.set(key, inner)
      define(record, plate, inner)
      record = inner
    }
    define(record, first.name, stacked(group, first))
  }
  return result
}

/** An entry of any name, `__proto__` included. */
const define = (record: Record<string, unknown>, name: string, value: unknown): void =>
  void Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })

const stacked = (group: ReadonlyArray<TracedSite>, { plates, name, value }: TracedSite): Tensor => {
  if (plates.length === 0) return value
  const sizes = plates.map((_, i) => Math.max(...group.map(({ rows }) => (rows[i] ?? 0) + 1)))
  if (sizeOf(sizes) !== group.length)
    throw new GuideMismatch({
      site: name,
      reason: `it stands in ${group.length} rows of its plates, which have ${sizeOf(sizes)}`
    })
  return typed(tf.reshape(tf.stack(group.map((each) => each.value)), [...sizes, ...value.shape]))
}
