import type { InferenceSession, Tensor } from "onnxruntime-node"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { DType, Values } from "../../trace/Graph.ts"
import type { Arrays, Bindings } from "../Engine.ts"
import { areFinite, checkState, valuesAs } from "../leaves.ts"
import { type Model, port, typeOf } from "./lower.ts"
import type { Ort, Runtime, Setting } from "./runtime.ts"

/** A model in one session of the runtime, which runs the loop on a given state. */
export interface Program {
  readonly setting: Setting
  /** Runs `k` iterations from the current state, and updates the state. */
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Promise<Arrays>
  /** The time in milliseconds for `k` iterations from the current state, which is not changed. */
  readonly time: (k: number) => Promise<number>
  readonly release: () => Promise<void>
}

/** The data that outlive a session: the carried values, the fixed inputs and the tables. */
export interface Memory {
  readonly read: () => Arrays
  readonly write: (state: Arrays) => void
  readonly finite: (names: Iterable<string>) => boolean
  /** the inputs of the next call, and the buffers that its carried outputs go to, or null for each that it makes itself */
  readonly inputs: () => Readonly<Record<string, Tensor>>
  readonly outputs: () => Readonly<Record<string, Tensor | null>>
  /** Makes the outputs of the last call the inputs of the next one. */
  readonly advance: (results: InferenceSession.OnnxValueMapType) => void
  /** Undoes the last `advance`. */
  readonly undo: () => void
}

/**
 * Two sets of buffers hold the state alternately. If the runtime writes in place, a call allocates nothing for the state. Matrices that the model
 * stores transposed are transposed when they are set and read.
 */
export const memory = (
  { ort, inPlace }: Runtime,
  model: Model,
  bindings: Bindings,
  transposed: ReadonlySet<string>
): Memory => {
  const carried = Object.entries(model.carried)
  const buffers = (name: (key: string) => string): Readonly<Record<string, Tensor>> =>
    Object.fromEntries(
      carried.map(([key, { shape, dtype }]) => [name(key), tensorOf(ort, dtype, blank(dtype, shape), shape)])
    )
  const bound: Record<string, Tensor> = {}
  for (const [name, { shape, dtype }] of Object.entries(model.fixed)) {
    bound[port.fixed(name)] = tensorOf(ort, dtype, bindings.fixed[name] ?? new Float32Array(), shape)
  }
  for (const [name, table] of Object.entries(model.tables)) {
    bound[port.table(name)] = new ort.Tensor(typeOf(table), table.values, [...table.shape])
  }
  let [current, other] = [buffers(port.carried), buffers(port.carried)]
  let undoable = false
  const swap = (): void => {
    ;[current, other] = [other, current]
    undoable = !undoable
  }
  const write = (state: Arrays): void => {
    checkState(model.carried, state)
    for (const [key, { shape }] of carried) {
      const values = state[key] ?? new Float32Array()
      arrayOf(current[port.carried(key)]).set(transposed.has(key) ? transpose(values, shape.toReversed()) : values)
    }
    undoable = false
  }
  const mapped = <A>(entry: (key: string) => readonly [string, A]): Readonly<Record<string, A>> =>
    Object.fromEntries(carried.map(([key]) => entry(key)))
  write(bindings.state)
  return {
    read: () =>
      Object.fromEntries(
        carried.map(([key, { shape }]) => {
          const values = arrayOf(current[port.carried(key)])
          return [key, transposed.has(key) ? transpose(values, shape) : Float32Array.from(values)]
        })
      ),
    write,
    finite: (names) => [...names].every((key) => areFinite(arrayOf(current[port.carried(key)]))),
    inputs: () => ({ ...bound, ...current }),
    outputs: () => mapped((key) => [port.next(key), inPlace ? present(other[port.carried(key)], key) : null]),
    advance: (results) => {
      if (!inPlace) other = mapped((key) => [port.carried(key), present(results[port.next(key)], key)])
      undoable = false
      swap()
    },
    undo: () => {
      if (undoable) swap()
    }
  }
}

/** Operations from which on the runtime's own search for patterns takes longer than it saves, in a short and in a long run, and how many steps are long: measured on a program of 300 sites (docs/performance.md). */
const large = { short: 1000, long: 3000 }
const long = 2000

/** Large models are made of many small operations, of which the runtime's passes find hardly any to join, in a time that grows faster than their number. */
const levelFor = ({ nodes }: Model, steps: number): "disabled" | "basic" | "all" => {
  if (steps < long) return nodes <= large.short ? "all" : "disabled"
  return nodes <= large.long ? "all" : "basic"
}

/**
 * Starts a session on a model. If the runtime does only one thing at a time, calls wait for each other.
 *
 * @param steps how many steps it will run, as far as that is known
 */
export const open = async (
  runtime: Runtime,
  model: Model,
  held: Memory,
  setting: Setting,
  steps: number
): Promise<Program> => {
  const { ort, alone } = runtime
  const options = { ...runtime.options(setting), graphOptimizationLevel: levelFor(model, steps) }
  const session = await alone(() => ort.InferenceSession.create(model.bytes, options))
  const call = (k: number, feeds: Readonly<Record<string, Values>>): Promise<InferenceSession.OnnxValueMapType> => {
    const inputs: Record<string, Tensor> = { ...held.inputs() }
    inputs[port.steps] = new ort.Tensor("int64", BigInt64Array.of(BigInt(k)), [])
    for (const { name, shape, dtype } of model.feeds) {
      inputs[port.feed(name)] = tensorOf(ort, dtype, feeds[name] ?? blank(dtype, [k, ...shape]), [k, ...shape])
    }
    const emitted = Object.keys(model.emitted).map((name) => [port.emitted(name), null] as const)
    return alone(() => session.run(inputs, { ...held.outputs(), ...Object.fromEntries(emitted) }))
  }
  return {
    setting,
    run: async (k, feeds) => {
      const results = await call(k, feeds)
      held.advance(results)
      return Object.fromEntries(
        Object.keys(model.emitted).map((name) => [name, floats(arrayOf(results[port.emitted(name)]))])
      )
    },
    time: async (k) => {
      const before = performance.now()
      await call(k, {})
      return performance.now() - before
    },
    release: () => alone(() => session.release())
  }
}

const tensorOf = (ort: Ort, dtype: DType, values: Values, shape: Shape): Tensor =>
  new ort.Tensor(dtype, valuesAs(dtype, values), [...shape])

/** The transpose of a matrix of the given shape; both are stored row by row. */
const transpose = (values: Values, [rows = 1, columns = 1]: Shape): Float32Array => {
  const transpose = new Float32Array(values.length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) transpose[j * rows + i] = values[i * columns + j] ?? 0
  }
  return transpose
}

const blank = (dtype: DType, shape: Shape): Values => valuesAs(dtype, new Float32Array(sizeOf(shape)))

const arrayOf = (tensor: Tensor | undefined): Values => {
  const data = tensor?.data
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data
  throw new TypeError(`onnxruntime gave ${tensor === undefined ? "no tensor" : `a tensor of ${tensor.type}`}`)
}

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the session has no ${what}`)
  return value
}

const floats = (values: Values): Float32Array => (values instanceof Float32Array ? values : Float32Array.from(values))
