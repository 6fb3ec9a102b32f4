import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { type ZarrArray, type ZarrGroup, zarrFiles } from "../../data/zarr.ts"
import { DataFormat, type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { nodeAt } from "../../trace/Graph.ts"
import type { Checks } from "../fit/checkOptions.ts"
import { type Joint, type JointSite, observedSites } from "../joint/Joint.ts"
import { own, seenField } from "../joint/names.ts"
import { attempt } from "../run/attempt.ts"
import type { Prepared } from "../run/prepared.ts"
import { drawStatistics } from "./drawStatistics.ts"
import type { DrawnFrom } from "./eachDraw.ts"
import { drawLogLikelihood } from "./logLikelihood.ts"
import { type Draws, drawPosterior, isDataset } from "./posterior.ts"
import { writeFolder } from "./writeFolder.ts"

/** The names that ArviZ shows in place of numbers. */
export interface ArvizOptions {
  /** the values of a dimension, in order: of a plate by its name (0, 1, … unless given), or of a dimension that `dims` names */
  readonly coords?: Readonly<Record<string, ReadonlyArray<string | number>>>
  /** the names of the dimensions of one value of a site (`SITE_dim_0`, … unless given), by site */
  readonly dims?: Readonly<Record<string, ReadonlyArray<string>>>
}

/**
 * Writes draws of a posterior, their log likelihood, their log densities and the data as the folder of a Zarr store that ArviZ and xarray read (the InferenceData schema, version 1): groups `posterior`,
 * `log_likelihood`, `sample_stats` (`lp`, the log joint, and `log_q`, the log density under the guide), `observed_data` and `constant_data`.
 */
export const saveArviz = (
  path: string,
  joint: Joint,
  from: DrawnFrom,
  options: ArvizOptions
): Effect.Effect<void, FitError, Engine> =>
  Effect.gen(function* () {
    const named = namesOf(options)
    const coordinates = yield* attempt(() => coordinatesOf(joint, from, named, options))
    const posterior = yield* drawPosterior(joint, from.data, from.parameters, from.n, from.seed)
    const logLikelihood = yield* drawLogLikelihood(joint, from)
    const { logP, logQ } = yield* drawStatistics(joint, from)
    const statistic = (values: Float64Array): ZarrArray => ({ dims: samples, shape: [1, from.n], values })
    const groups = {
      posterior: draws(posterior, named),
      log_likelihood: draws(logLikelihood, named),
      sample_stats: { lp: statistic(logP), log_q: statistic(logQ) },
      ...dataGroups(joint, from.data, named)
    }
    const filled = Object.entries(groups).filter(([, variables]) => Object.keys(variables).length > 0)
    const files = yield* attempt(() =>
      zarrFiles(
        Object.fromEntries(filled.map(([name, variables]) => [name, groupOf(variables, coordinates)])),
        attributes
      )
    )
    yield* writeFolder(path, files)
  })

const attributes = { inference_library: "latent" }
const samples = ["chain", "draw"]

type Variables = Readonly<Record<string, ZarrArray>>
/** The dimensions of one value of a site. */
type Named = (site: string, rank: number) => ReadonlyArray<string>

const namesOf =
  ({ dims = {} }: ArvizOptions): Named =>
  (site, rank) => {
    const given = own(dims, site)
    if (given === undefined) return Array.from({ length: rank }, (_, i) => `${site}_dim_${i}`)
    if (given.length === rank) return given
    throw new InvalidOption({
      option: `dims.${site}`,
      value: `${given.length} names`,
      expected: `a name for each of the ${rank} dimensions of a value`
    })
  }

/** Draws as variables by the names of their sites, which are of their own in the whole program. */
const draws = (among: Draws, named: Named, plates: ReadonlyArray<string> = []): Variables =>
  Object.fromEntries(
    Object.entries(among).flatMap(([name, entry]) => {
      if (!isDataset(entry)) return Object.entries(draws(entry, named, [...plates, name]))
      const dims = [...samples, ...plates, ...named(name, entry.event.length - plates.length)]
      return [[name, { dims, shape: [1, entry.size, ...entry.event], values: numbersOf(entry) }]]
    })
  )

/** What is observed, and the other fields of the rows. A number that is missing is NaN there. */
const dataGroups = (joint: Joint, { plates, globals }: Prepared, named: Named) => {
  const sites = new Set(observedSites(joint).map(({ name, plates }) => JSON.stringify([plates.at(-1), name])))
  const [observed, constant]: [Record<string, ZarrArray>, Record<string, ZarrArray>] = [{}, {}]
  for (const [name, value] of Object.entries(globals))
    observed[name] = { dims: named(name, value.event.length), shape: value.event, values: numbersOf(value) }
  for (const [plate, fields] of Object.entries(plates))
    for (const [field, rows] of Object.entries(fields)) {
      if (isSeenField(field)) continue
      const group = sites.has(JSON.stringify([plate, field])) ? observed : constant
      if (own(group, field) !== undefined) throw twice(field, "fields of two plates have this name")
      const seen = own(fields, seenField(field))
      const values = numbersOf(rows)
      const dims = [plate, ...named(field, rows.event.length)]
      group[field] = { dims, shape: rows.shape, values: seen === undefined ? values : withHoles(values, seen) }
    }
  return { observed_data: observed, constant_data: constant }
}

const numbersOf = ({ values, scale }: Pick<Dataset, "values" | "scale">): Float32Array =>
  scale === 1 && values instanceof Float32Array ? values : Float32Array.from(values, (x) => x * scale)

const withHoles = (values: Float32Array, seen: Pick<Dataset, "values">): Float32Array =>
  values.map((x, i) => (seen.values[i] === 0 ? Number.NaN : x))

/** Each dimension with its values. All that can be wrong with the options is found here, before there are draws. */
const coordinatesOf = (
  joint: Joint,
  { data, n }: DrawnFrom,
  named: Named,
  { coords = {}, dims = {} }: ArvizOptions
): Readonly<Record<string, ZarrArray>> => {
  const lengths = new Map([["chain", 1], ["draw", n], ...Object.entries(data.sizes)])
  const names = new Set<string>()
  const add = (name: string, shape: Shape): void => {
    names.add(name)
    for (const [i, dim] of named(name, shape.length).entries()) {
      const length = shape[i] ?? 1
      if ((lengths.get(dim) ?? length) !== length)
        throw twice(dim, `this dimension has ${length} values in '${name}', and ${lengths.get(dim)} elsewhere`)
      lengths.set(dim, length)
    }
  }
  for (const site of joint.sites) if (site.kind !== "factor") add(site.name, shapeOf(joint, site))
  for (const { name, shape } of joint.states ?? []) add(name, shape)
  for (const fields of [data.globals, ...Object.values(data.plates)])
    for (const [field, { event }] of Object.entries(fields)) if (!isSeenField(field)) add(field, event)
  mustBeAmong("dims", Object.keys(dims), names)
  mustBeAmong("coords", Object.keys(coords), new Set(lengths.keys()))
  return Object.fromEntries([...lengths].map(([dim, length]) => [dim, coordinate(dim, length, own(coords, dim))]))
}

const shapeOf = ({ graph }: Joint, site: Exclude<JointSite, { readonly kind: "factor" }>): Shape => {
  if (site.kind === "deterministic") return nodeAt(graph, site.node).shape
  return site.kind === "observed" ? site.dist.shape : site.prior.shape
}

const isSeenField = (field: string): boolean => field.startsWith(seenField(""))

const mustBeAmong = (option: string, given: ReadonlyArray<string>, known: ReadonlySet<string>): void => {
  const unknown = given.find((name) => !known.has(name))
  if (unknown === undefined) return
  const expected = `one of ${[...known].join(", ")}`
  throw new InvalidOption({ option: `${option}.${unknown}`, value: "unknown", expected })
}

/** Variables with the coordinates of their dimensions, under names that a folder can have. */
const groupOf = (variables: Variables, coordinates: Variables): ZarrGroup => {
  const arrays: Record<string, ZarrArray> = {}
  const put = (name: string, array: ZarrArray): void => {
    const safe = folderName(name)
    if (own(arrays, safe) !== undefined) throw twice(safe, "two sites or dimensions would have this name")
    arrays[safe] = { ...array, dims: array.dims.map(folderName) }
  }
  for (const dim of new Set(Object.values(variables).flatMap(({ dims }) => dims))) {
    const values = own(coordinates, dim)
    if (values !== undefined) put(dim, values)
  }
  for (const [name, variable] of Object.entries(variables)) put(name, variable)
  return { attributes, arrays }
}

const coordinate = (dim: string, length: number, given: ReadonlyArray<string | number> | undefined): ZarrArray => {
  const values = given ?? Array.from({ length }, (_, i) => i)
  const refuse = (value: string): InvalidOption =>
    new InvalidOption({ option: `coords.${dim}`, value, expected: `a list of ${length} numbers or texts` })
  if (values.length !== length) throw refuse(`${values.length} values`)
  const array = { dims: [dim], shape: [length] }
  if (values.every((x) => typeof x === "string")) return { ...array, values }
  if (!values.every((x) => typeof x === "number")) throw refuse("numbers among texts")
  return values.every(Number.isSafeInteger)
    ? { ...array, values: BigInt64Array.from(values, (x) => BigInt(x)) }
    : { ...array, values: Float64Array.from(values) }
}

/** A name as that of a folder: without slashes, and not hidden. */
const folderName = (name: string): string => name.replaceAll(/[/\\\0]/g, "_").replace(/^\.+/, "_") || "_"

const twice = (name: string, reason: string): DataFormat =>
  new DataFormat({
    path: `ArviZ, '${name}'`,
    reason,
    advice: "Rename one of them, or name the dimensions of a site by `dims`."
  })

const record = (option: string, value: object): void => {
  const isRecord = typeof value === "object" && Object.values(value).every((each) => Array.isArray(each))
  if (!isRecord) throw new InvalidOption({ option, value: String(value), expected: "lists by name" })
}
export const arvizChecks: Checks<ArvizOptions> = { coords: record, dims: record }
