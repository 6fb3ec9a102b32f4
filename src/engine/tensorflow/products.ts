import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Precision } from "../precision.ts"
import { attrKind, type Binding, type OpAttr } from "./native.ts"
import { attr, type ElementType, typeCode } from "./proto.ts"
import type { Op, Source, Taken, Trace } from "./trace.ts"

/**
 * Replaces TensorFlow's own matrix products by oneDNN's, which are faster. They are called by name, because the variable with which TensorFlow does
 * this itself (`TF_ENABLE_ONEDNN_OPTS`) is read only when TensorFlow loads, and is then reported on every start. For bfloat16 the operands are cast
 * to it and the product is cast back; the sums keep 32 bits.
 */
export const withOneDnn = (taken: Taken, precision: Precision): Trace => {
  const ops: Array<Op> = []
  const add = (op: Op): Source => ({ kind: "op", place: ops.push(op) - 1, output: 0 })
  const places: Array<number> = []
  const moved = (source: Source): Source =>
    source.kind === "op" ? { ...source, place: places[source.place] ?? -1 } : source
  const casts = new Map<string, Source>()
  const low = (source: Source): Source => {
    const key = JSON.stringify(source)
    const known = casts.get(key) ?? add(cast(source, "float32", "bfloat16"))
    casts.set(key, known)
    return known
  }
  taken.ops.forEach((op, place) => {
    const inputs = op.inputs.map(moved)
    const product = op.types[0] === typeCode.float32 ? productFor(op, taken.shapes[place] ?? [], precision) : undefined
    if (product === undefined) add({ ...op, inputs })
    else if (precision === "float32") add({ ...product, inputs })
    else add(cast(add({ ...product, inputs: inputs.map(low) }), "bfloat16", "float32"))
    places.push(ops.length - 1)
  })
  const results = Object.entries(taken.results).map(([name, source]) => [name, moved(source)] as const)
  return { ops, constants: taken.constants, results: Object.fromEntries(results) }
}

/** The reason why this TensorFlow has no such products, if it has none. To find out, it multiplies a number by itself. */
export const missingProducts = (binding: Binding, precision: Precision): string | undefined => {
  const made = [binding.createTensor([1, 1], typeCode.float32, Float32Array.of(1))]
  const call = (type: string, attrs: ReadonlyArray<OpAttr>, inputs: ReadonlyArray<number>): ReadonlyArray<number> => {
    const ids = binding.executeOp(type, attrs, inputs, 1).map(({ id }) => id)
    made.push(...ids)
    return ids
  }
  const dtype = (name: string, type: ElementType): OpAttr => ({ name, type: attrKind.type, value: typeCode[type] })
  try {
    const number = call("Cast", [dtype("SrcT", "float32"), dtype("DstT", precision)], [...made])
    const attrs = [dtype("T", precision), { name: "_kernel", type: attrKind.text, value: oneDnn }]
    for (const { type } of [onOne, onAll]) call(type, attrs, [...number, ...number])
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.match(/Message: (.*)/)?.[1] ?? message
  } finally {
    for (const id of made) binding.deleteTensor(id)
  }
}

/** A product op, and the names of its attributes for transposed operands. */
interface Product {
  readonly type: string
  readonly transposed: readonly [a: string, b: string]
}

/** Two products of oneDNN: one uses a single thread for small products, the other always uses all threads. */
const onOne: Product = { type: "_MklMatMul", transposed: ["transpose_a", "transpose_b"] }
const onAll: Product = { type: "_MklBatchMatMulV2", transposed: ["adj_x", "adj_y"] }

/** The number of multiplications from which `onAll` was faster on two cores. */
const much = 1e7

/** For each type of TensorFlow's products, the names of its attributes for transposed operands. */
const transposing: Readonly<Record<string, Product["transposed"]>> = {
  MatMul: onOne.transposed,
  BatchMatMulV2: onAll.transposed
}

/** The product that replaces an op, for operands of these shapes. */
const productFor = (
  op: Op,
  [a = [], b = []]: ReadonlyArray<Shape>,
  precision: Precision
): Omit<Op, "inputs"> | undefined => {
  const transposed = transposing[op.type]
  if (transposed === undefined) return undefined
  const [flagA, flagB] = [op.attrs[transposed[0]] ?? attr.flag(false), op.attrs[transposed[1]] ?? attr.flag(false)]
  const summed = a.at("b" in flagA && flagA.b ? -2 : -1) ?? 1
  const stacked = a.length > 2 || b.length > 2
  const { type, transposed: names } = stacked || (sizeOf(a) * sizeOf(b)) / summed >= much ? onAll : onOne
  return {
    type,
    attrs: { T: attr.type(precision), [names[0]]: flagA, [names[1]]: flagB, _kernel: attr.text(oneDnn) },
    types: [typeCode[precision]]
  }
}

/** TensorFlow's label for kernels of oneDNN's ops. */
const oneDnn = "MklNameChangeOp"

const cast = (source: Source, from: ElementType, to: ElementType): Op => ({
  type: "Cast",
  inputs: [source],
  attrs: { SrcT: attr.type(from), DstT: attr.type(to) },
  types: [typeCode[to]]
})
