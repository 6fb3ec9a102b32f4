import type { Program } from "../../stablehlo/lower.ts"
import type { Element, Type } from "../../stablehlo/types.ts"
import { type AttrValue, attr, type ElementType, encode, type FunctionDef, type NodeDef, typeCode } from "../proto.ts"

/** TensorFlow's name of each element type of a module. */
const typeNamed: Readonly<Record<Element, ElementType>> = {
  f32: "float32",
  i32: "int32",
  i1: "bool",
  ui8: "uint8",
  bf16: "bfloat16"
}

export const codeOf = ({ element }: Type): number => typeCode[typeNamed[element]]

/** The name of the node that feeds an argument. */
export const inputName = (place: number): string => `in${place}`

/** The name of the node that fetches a result. */
export const outputName = (place: number): string => `${call}:${place}`

const call = "call"
const functionName = "module"

type Ports = Pick<Program, "text" | "arguments" | "results">

const types = (values: ReadonlyArray<Type>): AttrValue => attr.types(values.map(({ element }) => typeNamed[element]))

/** The node that contains a module. */
export const moduleNode = ({ text, arguments: given, results }: Ports): NodeDef => ({
  name: "module",
  op: "XlaCallModule",
  input: given.map((_, place) => inputName(place)),
  attr: {
    version: attr.int(9),
    module: attr.text(text),
    platforms: attr.texts(["CPU"]),
    Tin: types(given),
    Tout: types(results),
    Sout: attr.shapes(results.map(({ shape }) => shape)),
    dim_args_spec: attr.texts([]),
    function_list: attr.texts([]),
    disabled_checks: attr.texts([]),
    has_token_input_output: attr.flag(false)
  }
})

/** A SavedModel with one call, that of the module's entry. It is a function that must be compiled by XLA, and the module is its only node. */
export const modelOf = (ports: Ports): Uint8Array => {
  const { arguments: given, results } = ports
  const body: FunctionDef = {
    signature: {
      name: functionName,
      inputArg: given.map((each, place) => ({ name: inputName(place), type: codeOf(each) })),
      outputArg: results.map((each, place) => ({ name: `out${place}`, type: codeOf(each) })),
      isStateful: true
    },
    nodeDef: [moduleNode(ports)],
    ret: Object.fromEntries(results.map((_, place) => [`out${place}`, `module:output:${place}`])),
    attr: { _XlaMustCompile: attr.flag(true) }
  }
  const inputs = given.map(
    (each, place): NodeDef => ({
      name: inputName(place),
      op: "Placeholder",
      input: [],
      attr: { dtype: attr.type(typeNamed[each.element]), shape: attr.shape(each.shape) }
    })
  )
  const calls: NodeDef = {
    name: call,
    op: "StatefulPartitionedCall",
    input: inputs.map(({ name }) => name),
    attr: {
      Tin: types(given),
      Tout: types(results),
      f: attr.func(functionName),
      config: attr.text(""),
      config_proto: attr.text(""),
      executor_type: attr.text(""),
      _XlaMustCompile: attr.flag(true)
    }
  }
  return encode([...inputs, calls], [body])
}
