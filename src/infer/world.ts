import type * as tf from "@tensorflow/tfjs"
import { DataFormat, DuplicateSite } from "../Errors.ts"
import type { World } from "../model/interpret.ts"
import type { Init, ParamStore } from "../model/Param.ts"
import { type Shape, sameShape, type Tensor, typed } from "../tensor/Tensor.ts"
import type { Recorder } from "../trace/record.ts"
import { inputName, paramInput } from "./names.ts"

/** The shapes of one datum: of each field of a row by plate, and of each value that is observed outside of plates. */
export interface DataShapes {
  readonly plates: Readonly<Record<string, Readonly<Record<string, Shape>>>>
  readonly globals: Readonly<Record<string, Shape>>
}

/** A trained value: its name, its shape, and how it begins. */
export interface Parameter {
  readonly name: string
  readonly shape: Shape
  readonly init: Init
}

/** The parameters of a fit, flat, by name. */
export type Parameters = Readonly<Record<string, Float32Array>>

/** The names that nets were given, by identity, in the order in which a program first used them. Later recordings of its parts go by the same names. */
export type NetNames = Map<object, string>

/** A store whose parameters are inputs of the graph that is being recorded. */
export const recordedParams = (
  recorder: Recorder,
  nets?: NetNames
): { readonly store: ParamStore; readonly parameters: ReadonlyArray<Parameter> } =>
  paramsFrom(({ name, shape }) => recorder.input(paramInput(name), shape), nets)

/** A store that asks `make` for each parameter the first time that it is named, and keeps a list of them. */
export const paramsFrom = (
  make: (parameter: Parameter) => tf.Tensor,
  nets: NetNames = new Map()
): { readonly store: ParamStore; readonly parameters: ReadonlyArray<Parameter> } => {
  const parameters: Array<Parameter> = []
  const values = new Map<string, tf.Tensor>()
  const store: ParamStore = {
    get: (name, shape, init) => {
      const known = values.get(name)
      if (known !== undefined) {
        if (!sameShape(known.shape, shape)) throw new DuplicateSite({ site: name, kind: "parameter" })
        return known
      }
      const parameter = { name, shape: [...shape], init }
      const value = make(parameter)
      parameters.push(parameter)
      values.set(name, value)
      return value
    },
    nameOf: (net, kind) => {
      const known = nets.get(net)
      if (known !== undefined) return known
      const name = nets.size === 0 ? kind : `${kind}${nets.size + 1}`
      nets.set(net, name)
      return name
    }
  }
  return { store, parameters }
}

/** The world of a program that is being recorded: every datum is an input of the graph. */
export const recordedWorld = (
  recorder: Recorder,
  shapes: DataShapes,
  params: ParamStore,
  mark: (draw: tf.Tensor, site: string) => tf.Tensor
): World => {
  const inputs = new Map<string, Tensor>()
  const input = (name: string, shape: Shape): Tensor => {
    const known = inputs.get(name) ?? typed(recorder.input(name, shape))
    inputs.set(name, known)
    return known
  }
  const row = (plate: string): Readonly<Record<string, Tensor>> => {
    const fields = shapes.plates[plate]
    if (fields === undefined) throw missing(plate, `there are no data for the plate '${plate}'`)
    return Object.fromEntries(
      Object.entries(fields).map(([field, shape]) => [field, input(inputName(field, plate), shape)])
    )
  }
  return {
    params,
    row,
    observed: (site, plates) => {
      const plate = plates.at(-1)
      const value = plate === undefined ? undefined : row(plate)[site]
      if (value !== undefined) return value
      const shape = plate === undefined ? shapes.globals[site] : undefined
      if (shape === undefined) throw missing(site, `there are no data for the observed site '${site}'`)
      return input(inputName(site), shape)
    },
    key: (site) => ({ seed: 0, site, step: 0, lane: 0 }),
    mark: (site, draw) => typed(mark(draw, site))
  }
}

const missing = (name: string, reason: string): DataFormat =>
  new DataFormat({ path: `data.${name}`, reason, advice: "Give fit an entry of that name." })
