import type * as tf from "@tensorflow/tfjs"
import { DataFormat, DuplicateSite } from "../../Errors.ts"
import type { AnyRow } from "../../model/Interpreter.ts"
import { missingValue } from "../../model/missingValue.ts"
import { currentPlates, type ParamStore } from "../../model/Param.ts"
import type { Position, World } from "../../model/World.ts"
import { type Shape, sameShape, showShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { across } from "../../trace/axes.ts"
import { mapValues } from "../../trace/build.ts"
import type { Recorder } from "../../trace/record.ts"
import type { Parameter } from "./Joint.ts"
import { inputName, own, paramInput, plateAxis, seenField } from "./names.ts"
import { recordedScan } from "./recordedScan.ts"

/** The shapes of one datum: of each field of a row by plate, and of each value that is observed outside of plates. */
export interface DataShapes {
  readonly plates: Readonly<Record<string, Readonly<Record<string, Shape>>>>
  readonly globals: Readonly<Record<string, Shape>>
  /** the number of rows of each plate, which a recurrence over them needs */
  readonly counts?: Readonly<Record<string, number>>
}

/** The parameters of a fit, flat, by name: while it runs, the real numbers that are trained, before they are mapped to their support. */
export type Parameters = Readonly<Record<string, Float32Array>>

/** The names that nets were given, by identity, in the order in which a program first used them. Later recordings of its parts go by the same names. */
export type NetNames = Map<object, string>

export interface RecordedParams {
  readonly store: ParamStore
  readonly parameters: ReadonlyArray<Parameter>
}

/** A store whose parameters are inputs of the graph that is being recorded. */
export const recordedParams = (recorder: Recorder, nets?: NetNames): RecordedParams =>
  paramsFrom(({ name, shape }) => recorder.input(paramInput(name), shape), nets)

/** A store that asks `make` for each parameter the first time that it is named, and keeps a list of them. */
export const paramsFrom = (make: (parameter: Parameter) => tf.Tensor, nets: NetNames = new Map()): RecordedParams => {
  const parameters: Array<Parameter> = []
  const known = new Map<string, { readonly parameter: Parameter; readonly value: tf.Tensor }>()
  const store: ParamStore = {
    get: ({ name, shape, init, support, plate }) => {
      const parameter = { name, shape: [...shape], init, support, plate }
      const before = known.get(name)
      if (before !== undefined) {
        mustBeSame(before.parameter, parameter)
        return before.value
      }
      const value = make(parameter)
      parameters.push(parameter)
      known.set(name, { parameter, value })
      return value
    },
    nameOf: (net, kind) => {
      const given = nets.get(net)
      if (given !== undefined) return given
      const name = nets.size === 0 ? kind : `${kind}${nets.size + 1}`
      nets.set(net, name)
      return name
    }
  }
  return { store, parameters }
}

/** One name is one parameter: of one shape, one support and one first value. */
const mustBeSame = (before: Parameter, after: Parameter): void => {
  const same =
    sameShape(before.shape, after.shape) &&
    before.support === after.support &&
    before.plate === after.plate &&
    JSON.stringify(before.init) === JSON.stringify(after.init)
  if (same) return
  throw new DuplicateSite({
    site: after.name,
    kind: "parameter",
    difference: `as ${describe(before)} and as ${describe(after)}`
  })
}

const describe = ({ shape, support, init, plate }: Parameter): string =>
  `${support}${plate === undefined ? "" : ` for each row of '${plate}'`} ${showShape(shape)} beginning ${
    init.kind === "uniform"
      ? `in ±${init.bound}`
      : `at ${init.kind === "constant" ? init.value : showShape(init.values)}${support === "real" ? "" : " (before it is mapped to its support)"}`
  }`

export interface RecordedWorld extends World {
  readonly inputOf: (site: string, plates: ReadonlyArray<string>) => string
  /** the numbers of rows of the plates of which all are read together: collected, or run over by a recurrence */
  readonly sequences: ReadonlyMap<string, number>
  /** the plates that the program is in, without the sequence of a recurrence */
  readonly plates: () => ReadonlyArray<string>
}

/** The world of a program that is being recorded: every datum is an input of the graph. */
export const recordedWorld = (
  recorder: Recorder,
  shapes: DataShapes,
  params: ParamStore,
  mark: World["mark"],
  enumerated: World["enumerated"] = () => undefined,
  given: World["given"] = () => undefined,
  drawsStates = false
): RecordedWorld => {
  const inputs = new Map<string, Tensor>()
  const input = (name: string, shape: Shape): Tensor => {
    const known = inputs.get(name) ?? typed(recorder.input(name, shape))
    inputs.set(name, known)
    return known
  }
  const fieldsOf = (plate: string): Readonly<Record<string, Shape>> => {
    const fields = own(shapes.plates, plate)
    if (fields === undefined) throw missing(plate, `there are no data for the plate '${plate}'`)
    return fields
  }
  /** the plate in whose rows a site's data stand, if it is in one */
  const plateOf = (site: string, plates: ReadonlyArray<string>): string | undefined => {
    const plate = plates.at(-1)
    return plate !== undefined && own(fieldsOf(plate), site) !== undefined ? plate : undefined
  }
  const fields = (plate: string): Record<string, Tensor> =>
    mapValues({ ...fieldsOf(plate) }, (shape, field) => input(inputName(field, plate), shape))
  const sequences = new Map<string, number>()
  /** The number of rows of a plate of which all are read together. */
  const countOf = (plate: string): number => {
    const count = own(shapes.counts ?? {}, plate)
    if (count === undefined) throw missing(plate, `there are no rows of the plate '${plate}'`)
    sequences.set(plate, count)
    return count
  }
  let inside: { readonly sequence: string; readonly position: Position } | undefined
  /** In the body of a recurrence a parameter of each row is read position by position. */
  const get: ParamStore["get"] = (request) =>
    inside === undefined || request.plate !== inside.sequence
      ? params.get(request)
      : inside.position.read(inside.position.outside(() => typed(params.get(request))))
  return {
    params: { ...params, get },
    sequences,
    plates: () => currentPlates().filter((plate) => plate !== inside?.sequence),
    row: (plate) => rowOf(fields(plate)),
    observed: (site, plates) => {
      const plate = plateOf(site, plates)
      const shape =
        plate === undefined ? (plates.length > 0 ? undefined : own(shapes.globals, site)) : own(fieldsOf(plate), site)
      if (shape === undefined) throw withoutData(site, plates.length === 0 ? own(shapes.counts ?? {}, site) : undefined)
      if (plate !== undefined && own(fieldsOf(plate), seenField(site)) !== undefined) throw withHoles(site)
      return input(inputName(site, plate), shape)
    },
    inputOf: (site, plates) => inputName(site, plateOf(site, plates)),
    key: (site) => ({ seed: 0, site, step: 0, lane: 0 }),
    mark,
    enumerated,
    given,
    collect: (plate, value) => typed(across(value, plateAxis(plate), countOf(plate))),
    scan: (sequence, init, step) => {
      const [length, axis] = [countOf(sequence), plateAxis(sequence)]
      const xs = mapValues(fields(sequence), (field): Tensor => typed(across(field, axis, length)))
      return recordedScan(recorder, { axis, length, xs, drawsStates }, init, (before, x, t, position) => {
        inside = { sequence, position }
        try {
          return step(before, rowOf(x), t, position)
        } finally {
          inside = undefined
        }
      })
    }
  }
}

/** A row as a program sees it: a field with holes and what says which of its numbers are there are one value. */
const rowOf = (fields: Readonly<Record<string, Tensor>>): AnyRow => {
  const added = new Set(Object.keys(fields).map(seenField))
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => {
      if (added.has(field)) return []
      const isThere = own(fields, seenField(field))
      return [[field, isThere === undefined ? value : missingValue(value, isThere)]]
    })
  )
}

const withHoles = (site: string): DataFormat =>
  new DataFormat({
    path: `data.${site}`,
    reason: `the observed site '${site}' would read numbers of which some are missing`,
    advice: "Name the field in the type of the row, and observe it by masked, marginal or imputed."
  })

const withoutData = (site: string, count: number | undefined): DataFormat =>
  count !== undefined
    ? new DataFormat({
        path: `data.${site}`,
        reason: `it is the number ${count}, which would be how many rows a plate has, and '${site}' is observed outside of plates`,
        advice: `Write Tensor.of([], tf.scalar(${count})) for its value.`
      })
    : missing(site, `there are no data for the observed site '${site}'`)

const missing = (name: string, reason: string): DataFormat =>
  new DataFormat({ path: `data.${name}`, reason, advice: "Add an entry of that name to the data." })
