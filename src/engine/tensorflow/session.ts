import type { Values } from "../../trace/Graph.ts"
import type { Arrays, Bindings } from "../Engine.ts"
import { areFinite, checkFeeds, checkState, valuesAs } from "../leaves.ts"
import type { Held } from "./held.ts"
import type { Model } from "./lower.ts"
import type { Binding } from "./native.ts"
import { typeCode } from "./proto.ts"
import { loaded } from "./savedModel.ts"
import type { Variable } from "./variables.ts"
import type { Wire } from "./writer.ts"

/** Opens a model in a TensorFlow session, which holds its variables. */
export const open = (binding: Binding, model: Model, bindings: Bindings): Held => {
  const session = loaded(binding, model.bytes)
  const call = caller(binding, session)
  const carried = Object.entries(model.carried)
  let undoable = false
  const write = (state: Arrays): void => {
    checkState(model.carried, state)
    set(call, model.carried, state)
    undoable = false
  }
  try {
    write(bindings.state)
    set(call, model.fixed, bindings.fixed)
    for (const [name, { values }] of Object.entries(bindings.tables)) set(call, model.tables, { [name]: values })
  } catch (error) {
    binding.deleteSavedModel(session)
    throw error
  }
  return {
    run: (k, feeds) => {
      checkFeeds(model.feeds, k, feeds)
      const given = model.feeds.map(({ name, wire, dtype, shape }) => ({
        wire,
        dtype: typeCode[dtype],
        shape: [k, ...shape],
        values: valuesAs(dtype, feeds[name] ?? new Float32Array())
      }))
      const steps = { wire: model.steps, dtype: typeCode.int32, shape: [], values: Int32Array.of(k) }
      const [done, ...emitted] = call([steps, ...given], [model.done, ...model.emitted.map(({ wire }) => wire)])
      undoable = true
      const iterations = done?.[0] ?? 0
      return Object.fromEntries(
        model.emitted.map(({ name }, i) => [name, unfinished(floats(emitted[i] ?? new Float32Array()), iterations / k)])
      )
    },
    read: () => {
      const values = call(
        [],
        carried.map(([, { value }]) => value)
      )
      return Object.fromEntries(carried.map(([name], i) => [name, floats(values[i] ?? new Float32Array())]))
    },
    finite: (names) => {
      const asked = [...names].flatMap((name) => model.carried[name]?.value ?? [])
      return call([], asked).every(areFinite)
    },
    write,
    undo: () => {
      if (undoable) call([], [model.undo])
      undoable = false
    },
    release: () => binding.deleteSavedModel(session)
  }
}

interface Given {
  readonly wire: Wire
  readonly dtype: number
  readonly shape: ReadonlyArray<number>
  readonly values: Values
}

type Call = (feeds: ReadonlyArray<Given>, fetches: ReadonlyArray<Wire>) => ReadonlyArray<Values>

const caller =
  (binding: Binding, session: number): Call =>
  (feeds, fetches) => {
    if (fetches.length === 0) return []
    const ids: Array<number> = []
    try {
      for (const { shape, dtype, values } of feeds) ids.push(binding.createTensor(shape, dtype, values))
      const inputs = ids.slice()
      const made = binding.runSavedModel(session, inputs, feeds.map(({ wire }) => wire).join(), fetches.join())
      ids.push(...made.map(({ id }) => id))
      return made.map(({ id }) => binding.tensorDataSync(id))
    } finally {
      for (const id of ids) binding.deleteTensor(id)
    }
  }

const set = (
  call: Call,
  variables: Readonly<Record<string, Variable>>,
  values: Readonly<Record<string, Values>>
): void => {
  const known = Object.entries(variables).flatMap(([name, variable]) => {
    const given = values[name]
    return given === undefined ? [] : [{ variable, given }]
  })
  call(
    known.map(({ variable: { input, type, shape }, given }) => ({
      wire: input,
      dtype: typeCode[type],
      shape,
      values: type === "float32" || type === "int32" || type === "bool" ? valuesAs(type, given) : given
    })),
    known.map(({ variable }) => variable.write)
  )
}

const floats = (values: Values): Float32Array => (values instanceof Float32Array ? values : Float32Array.from(values))

/** Steps after one that was not finite are not done; their outputs are reported as not finite, too. */
const unfinished = (values: Float32Array, part: number): Float32Array =>
  part < 1 ? values.fill(Number.NaN, Math.round(values.length * part)) : values
