import type { Values } from "../../../trace/Graph.ts"
import type { Program } from "../../stablehlo/lower.ts"
import type { Element, Type } from "../../stablehlo/types.ts"
import { attrKind, type Binding } from "../native.ts"
import { codeOf, inputName, outputName } from "./savedModel.ts"

/** The number of one of TensorFlow's tensors in tfjs-node's binding. */
export type Id = number

/** Runs a loaded program on tensors and returns tensors, which the caller must delete. */
export const caller = (
  binding: Binding,
  session: number,
  { arguments: given, results }: Program
): ((ids: ReadonlyArray<Id>) => ReadonlyArray<Id>) => {
  const inputs = given.map((_, place) => inputName(place)).join()
  const outputs = results.map((_, place) => outputName(place)).join()
  return (ids) => binding.runSavedModel(session, ids, inputs, outputs).map(({ id }) => id)
}

/** A tensor for one call, on the memory of a JavaScript array if that has the right type. */
export const shared = (binding: Binding, type: Type, values: Values): Id =>
  binding.createTensor(type.shape, codeOf(type), arrayOf(type.element, values))

/** A tensor in TensorFlow's own memory. */
export const copied = (binding: Binding, type: Type, values: Values): Id => {
  const given = shared(binding, type, values)
  try {
    const [made] = binding.executeOp("DeepCopy", [{ name: "T", type: attrKind.type, value: codeOf(type) }], [given], 1)
    if (made === undefined) throw new RangeError("TensorFlow made no copy")
    return made.id
  } finally {
    binding.deleteTensor(given)
  }
}

export const dropped = (binding: Binding, ids: Iterable<Id>): void => {
  for (const id of ids) binding.deleteTensor(id)
}

/** The same numbers in the array type of an element type; the given array itself if it already has that type. */
export const arrayOf = (element: Element, values: Values): Values => {
  const TypedArray = element === "f32" ? Float32Array : element === "i32" ? Int32Array : Uint8Array
  return values instanceof TypedArray ? values : TypedArray.from(values)
}

export const numbersOf = (binding: Binding, id: Id): Float32Array => {
  const values = binding.tensorDataSync(id)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}
