import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import {
  type Attribute,
  attribute,
  type ElementType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  tensorProto
} from "./proto.ts"

/** The name of a value in an ONNX graph. */
export type Name = string

export type Attributes = Readonly<Record<string, Attribute>>

/** Collects nodes for one ONNX graph. Constants, and nodes that depend only on constants, are added to the outermost graph. */
export interface Writer {
  /** Adds a node with one output and returns the output's name. */
  readonly op: (type: string, inputs: ReadonlyArray<Name>, attributes?: Attributes, domain?: string) => Name
  /**
   * Adds a node with an inner graph, its attribute `body`. `f` writes the nodes of the inner graph, and returns a function that makes the graph from
   * them. `name` makes names for the graph's inputs.
   */
  readonly nest: (
    type: string,
    inputs: ReadonlyArray<Name>,
    outputs: number,
    f: (inner: Writer, name: () => Name) => (nodes: ReadonlyArray<NodeProto>) => GraphProto,
    attributes: Attributes
  ) => ReadonlyArray<Name>
  /** A constant. Short constants that are equal are stored once. */
  readonly constant: (type: ElementType, shape: Shape, values: Values) => Name
  readonly scalar: (type: "float32" | "int32", value: number) => Name
  /** A list of indices, axes or dimensions. */
  readonly list: (values: ReadonlyArray<number>) => Name
  /** A tensor of one repeated number, made once per call and not stored in the model. */
  readonly filled: (type: ElementType, shape: Shape, value: number) => Name
}

/** The contents of one complete graph. */
export interface Written {
  readonly nodes: Array<NodeProto>
  readonly initializers: Array<TensorProto>
}

export const written = (): Written => ({ nodes: [], initializers: [] })

/** A writer whose nodes go to `inner` and whose constants go to `outer`, where their names begin with `constants`. */
export const writer = (
  outer: Written,
  inner: Written = outer,
  cache: Map<string, Name> = new Map(),
  prefix: string = inner === outer ? "n" : "b",
  constants: string = "c"
): Writer => {
  const once = (key: string, make: (name: Name) => void): Name => {
    const known = cache.get(key)
    if (known !== undefined) return known
    const name = `${constants}${cache.size}`
    cache.set(key, name)
    make(name)
    return name
  }
  const store =
    (type: ElementType, shape: Shape, values: ArrayBufferView) =>
    (name: Name): void => {
      outer.initializers.push(tensorProto(name, type, shape, values))
    }
  const op: Writer["op"] = (type, inputs, attributes = {}, domain = "") => {
    const name = `${prefix}${inner.nodes.length}`
    inner.nodes.push(node(type, inputs, [name], attributes, domain))
    return name
  }
  const nest: Writer["nest"] = (type, inputs, outputs, f, attributes) => {
    // names inside of a graph differ from all those around it
    const own = `${prefix}${inner.nodes.length}_`
    const body = written()
    let count = 0
    const complete = f(writer(outer, body, cache, own, constants), () => `${own}in${count++}`)
    const names = Array.from({ length: outputs }, (_, i) => `${own}out${i}`)
    inner.nodes.push(node(type, inputs, names, { ...attributes, body: { graph: complete(body.nodes) } }))
    return names
  }
  const constant: Writer["constant"] = (type, shape, values) => {
    const bytes = arrayOf[type]([...values])
    return values.length <= 16
      ? once(`${type}[${shape.join()}]${values.join()}`, store(type, shape, bytes))
      : once(`constant ${cache.size}`, store(type, shape, bytes))
  }
  return {
    op,
    nest,
    constant,
    scalar: (type, value) => once(`${type}[]${value}`, store(type, [], arrayOf[type]([value]))),
    list: (values) => once(`int64[]${values.join()}`, store("int64", [values.length], arrayOf.int64(values))),
    filled: (type, shape, value) => {
      if (sizeOf(shape) <= 16) return constant(type, shape, new Float32Array(sizeOf(shape)).fill(value))
      const dims = once(`int64[]${shape.join()}`, store("int64", [shape.length], arrayOf.int64(shape)))
      const tensor = tensorProto("value", type, [1], arrayOf[type]([value]))
      return once(`${type} filled [${shape.join()}] ${value}`, (name) =>
        outer.nodes.push(node("ConstantOfShape", [dims], [name], { value: { tensor } }))
      )
    }
  }
}

export const node = (
  opType: string,
  input: ReadonlyArray<Name>,
  output: ReadonlyArray<Name>,
  attributes: Attributes = {},
  domain = ""
): NodeProto => ({
  opType,
  domain,
  name: output[0] ?? opType,
  input,
  output,
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value))
})

const arrayOf = {
  float32: (values: ReadonlyArray<number>) => Float32Array.from(values),
  float64: (values: ReadonlyArray<number>) => Float64Array.from(values),
  uint8: (values: ReadonlyArray<number>) => Uint8Array.from(values),
  bool: (values: ReadonlyArray<number>) => Uint8Array.from(values),
  int32: (values: ReadonlyArray<number>) => Int32Array.from(values),
  int64: (values: ReadonlyArray<number>) => BigInt64Array.from(values, BigInt)
} as const
