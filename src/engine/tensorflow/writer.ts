import type { Shape } from "../../tensor/Tensor.ts"
import { type AttrValue, attr, type ElementType, type NodeDef, typeCode } from "./proto.ts"

/** The name of a value in a TensorFlow graph: a node, or `node:output` for one that is not its first. */
export type Wire = string

export type Attributes = Readonly<Record<string, AttrValue>>

/** Collects the nodes of a graph. */
export interface Writer {
  readonly nodes: ReadonlyArray<NodeDef>
  /** Adds a node and returns its first output. Inputs that begin with `^` are only dependencies: they run before it. */
  readonly op: (type: string, inputs: ReadonlyArray<Wire>, attributes?: Attributes) => Wire
  /** A constant; `after` is a node that must run first, which also places the constant inside of that node's loop. */
  readonly constant: (dtype: number, shape: Shape, values: ArrayBufferView, after?: Wire) => Wire
  readonly int: (value: number, after?: Wire) => Wire
  /** A list of dimensions. */
  readonly dims: (shape: Shape) => Wire
  readonly placeholder: (type: ElementType, shape: Shape) => Wire
  /** A number that exists when all of the given nodes have run; it is fetched in their place. */
  readonly afterAll: (wires: ReadonlyArray<Wire>) => Wire
  /** Closes a cycle: makes `source` the second input of a node that was written before it. */
  readonly close: (merge: Wire, source: Wire) => void
}

export const writer = (): Writer => {
  const nodes: Array<NodeDef> = []
  const op: Writer["op"] = (type, inputs, attributes = {}) => {
    const name = `n${nodes.length}`
    nodes.push({ name, op: type, input: inputs, attr: attributes })
    return name
  }
  const constant: Writer["constant"] = (dtype, shape, values, after) =>
    op("Const", after === undefined ? [] : [control(after)], {
      dtype: attr.typeCode(dtype),
      value: attr.tensor(dtype, shape, values)
    })
  const int: Writer["int"] = (value, after) => constant(typeCode.int32, [], Int32Array.of(value), after)
  return {
    nodes,
    op,
    constant,
    int,
    dims: (shape) => constant(typeCode.int32, [shape.length], Int32Array.from(shape)),
    placeholder: (type, shape) => op("Placeholder", [], { dtype: attr.type(type), shape: attr.shape(shape) }),
    afterAll: (wires) =>
      op("Const", wires.map(control), {
        dtype: attr.type("int32"),
        value: attr.tensor(typeCode.int32, [], Int32Array.of(0))
      }),
    close: (merge, source) => {
      const place = nodes.findIndex(({ name }) => name === merge)
      const node = nodes[place]
      if (node === undefined) throw new RangeError(`the graph has no node '${merge}'`)
      nodes[place] = { ...node, input: [node.input[0] ?? "", source] }
    }
  }
}

/** The node of a wire, as a dependency. */
export const control = (wire: Wire): Wire => `^${wire.split(":")[0]}`
