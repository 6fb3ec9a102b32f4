import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { type Id, type Values, valuesOf } from "../../trace/Graph.ts"
import { onBackend } from "../backend.ts"
import type { Loop } from "../Engine.ts"
import { leavesOf, valuesAs } from "../leaves.ts"
import { runGraph } from "../runGraph.ts"
import { type Binding, backendName, type Native, type OpAttr } from "./native.ts"
import { type AttrValue, attr, typeCode } from "./proto.ts"

/** The source of an op's input. */
export type Source =
  | { readonly kind: "leaf"; readonly id: Id }
  | { readonly kind: "constant"; readonly place: number }
  | { readonly kind: "op"; readonly place: number; readonly output: number }

/** A call of a TensorFlow op. */
export interface Op {
  readonly type: string
  readonly inputs: ReadonlyArray<Source>
  readonly attrs: Readonly<Record<string, AttrValue>>
  /** the element types of its outputs */
  readonly types: ReadonlyArray<number>
}

export interface Constant {
  readonly dtype: number
  readonly shape: Shape
  readonly values: Values
}

/** One step as TensorFlow ops, each after those that it reads; `results` is the source of each output. */
export interface Trace {
  readonly ops: ReadonlyArray<Op>
  readonly constants: ReadonlyArray<Constant>
  readonly results: Readonly<Record<string, Source>>
}

/** A trace with the shapes of its ops. */
export interface Taken extends Trace {
  /** by op, the shapes of its inputs */
  readonly shapes: ReadonlyArray<ReadonlyArray<Shape>>
}

/**
 * Runs one step of a loop with tfjs-node's kernels, on zeros, and records the TensorFlow ops that they call. So tfjs-node itself translates each
 * kernel, and no table of kernels is needed.
 */
export const trace = (native: Native, loop: Loop): Taken =>
  onBackend(backendName, () => {
    const real = native.binding
    const notes = notebook(real)
    native.binding = notes.binding
    tf.engine().startScope()
    try {
      return { ...notes, results: replay(native, loop, notes) }
    } finally {
      tf.engine().endScope()
      native.binding = real
    }
  })

const replay = (native: Native, loop: Loop, { sources, sourceOf }: Notebook): Trace["results"] => {
  const idOf = (tensor: tf.Tensor): number => native.getInputTensorIds([tensor])[0] ?? -1
  const leaves: Record<string, tf.Tensor> = {}
  for (const { id, node, role } of leavesOf(loop)) {
    const values = role.kind === "constant" ? valuesOf(node) : new Float32Array(sizeOf(node.shape))
    const tensor = tf.tensor(valuesAs(node.dtype, values), [...node.shape], node.dtype)
    leaves[id] = tensor
    if (role.kind !== "constant") sources.set(idOf(tensor), { kind: "leaf", id })
  }
  const wanted = [...new Set([...loop.emitted, ...Object.values(loop.carried)])]
  const outputs = Object.entries(runGraph(loop.graph, leaves, wanted))
  return Object.fromEntries(outputs.map(([name, tensor]) => [name, sourceOf(idOf(tensor))]))
}

interface Notebook extends Pick<Taken, "ops" | "constants" | "shapes"> {
  /** the source of each of TensorFlow's tensors */
  readonly sources: Map<number, Source>
  readonly sourceOf: (id: number) => Source
  /** calls the real binding, and records the calls */
  readonly binding: Binding
}

const notebook = (real: Binding): Notebook => {
  const ops: Array<Op> = []
  const shapes: Array<ReadonlyArray<Shape>> = []
  const constants: Array<Constant> = []
  const sources = new Map<number, Source>()
  const forms = new Map<number, Form>()
  const sourceOf = (id: number): Source => known(sources, id)
  const createTensor: Binding["createTensor"] = (shape, dtype, values) => {
    const id = real.createTensor(shape, dtype, values)
    const place = constants.push({ shape: [...shape], dtype, values: values.slice() }) - 1
    sources.set(id, { kind: "constant", place })
    forms.set(id, { shape: [...shape], dtype })
    return id
  }
  const executeOp: Binding["executeOp"] = (type, attrs, inputs, outputs) => {
    const made = onAnyNumbers(real, inputs, (id) => (sourceOf(id).kind === "constant" ? undefined : known(forms, id)))(
      (ids) => real.executeOp(type, attrs, ids, outputs)
    )
    const types = made.map(({ dtype }) => dtype)
    const noted = Object.fromEntries(attrs.flatMap(attribute))
    const place = ops.push({ type, inputs: inputs.map(sourceOf), attrs: noted, types }) - 1
    shapes.push(inputs.map((id) => known(forms, id).shape))
    made.forEach(({ id, shape, dtype }, output) => {
      sources.set(id, { kind: "op", place, output })
      forms.set(id, { shape, dtype })
    })
    return made
  }
  /** tfjs-node reads numbers only to check them, and zeros are valid. */
  const tensorDataSync: Binding["tensorDataSync"] = (id) =>
    sourceOf(id).kind === "constant" ? real.tensorDataSync(id) : real.tensorDataSync(id).fill(0)
  const overrides = { createTensor, executeOp, tensorDataSync }
  const binding: Binding = Object.create(
    real,
    Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, { value }]))
  )
  return { ops, shapes, constants, sources, sourceOf, binding }
}

interface Form {
  readonly shape: Shape
  readonly dtype: number
}

/**
 * Runs an op for the shape of its result. If it refuses its numbers, such as a division by zero, it is run again with zeros, and then with ones, in
 * place of the inputs that are not constant.
 */
const onAnyNumbers =
  (real: Binding, inputs: ReadonlyArray<number>, formOf: (id: number) => Form | undefined) =>
  <A>(run: (ids: ReadonlyArray<number>) => A): A => {
    const filled = (value: number): A => {
      const others: Array<number> = []
      const ids = inputs.map((id) => {
        const form = formOf(id)
        if (form === undefined) return id
        const values = arrayOf(form.dtype, sizeOf(form.shape)).fill(value)
        return others[others.push(real.createTensor(form.shape, form.dtype, values)) - 1] ?? id
      })
      try {
        return run(ids)
      } finally {
        others.forEach(real.deleteTensor)
      }
    }
    for (const attempt of [() => run(inputs), () => filled(0)]) {
      try {
        return attempt()
      } catch {
        // the op refused these numbers: try others
      }
    }
    return filled(1)
  }

const arrayOf = (dtype: number, size: number): Values => {
  if (dtype === typeCode.float32) return new Float32Array(size)
  return dtype === typeCode.int32 ? new Int32Array(size) : new Uint8Array(size)
}

const known = <A>(notes: ReadonlyMap<number, A>, id: number): A => {
  const note = notes.get(id)
  if (note === undefined) throw new RangeError(`a tensor of TensorFlow's (${id}) was made before the trace began`)
  return note
}

/** An attribute in the format of a graph. A missing value means TensorFlow's default. */
const attribute = ({ name, type, value }: OpAttr): ReadonlyArray<readonly [string, AttrValue]> => {
  const convert = kinds[type]
  if (convert === undefined) throw new TypeError(`the attribute '${name}' is of a kind (${type}) that is not known`)
  return value === undefined || value === null ? [] : [[name, convert(value)]]
}

const numbers = (value: ReadonlyArray<unknown>): ReadonlyArray<number> => value.map(Number)

/** The writers of attributes, by TensorFlow's number for their kind (tf_attrtype.h). */
const kinds: Readonly<Record<number, (value: unknown) => AttrValue>> = {
  0: (value) => attr.text(String(value)),
  1: (value) => (Array.isArray(value) ? attr.ints(numbers(value)) : attr.int(Number(value))),
  2: (value) => (Array.isArray(value) ? attr.floats(numbers(value)) : attr.float(Number(value))),
  3: (value) => attr.flag(Boolean(value)),
  4: (value) => attr.typeCode(Number(value)),
  5: (value) => attr.shape(Array.isArray(value) ? numbers(value) : [])
}
