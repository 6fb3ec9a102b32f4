import { type GraphProto, type NodeProto, type TensorProto, tensorProto } from "./proto.ts"
import { type Name, node } from "./writer.ts"

/** A whole number that depends on sizes: `times` · the product of the sizes of these names. */
export interface Term {
  readonly times: number
  readonly of: ReadonlyArray<string>
}

/**
 * Gives a graph with open dimensions its lists of sizes, which it does not have yet. The shape of a `Reshape` with one number that depends on a size has −1 there, which ONNX reads as what is left. Any
 * other list is computed from the dimensions of the inputs.
 */
export const withSizes = (graph: GraphProto, lists: ReadonlyMap<Name, ReadonlyArray<Term>>): GraphProto => {
  const nodes: Array<NodeProto> = []
  const constants = new Map<Name, TensorProto>()
  const made = new Map<string, Name>()
  const once = (key: string, make: (name: Name) => void): Name => {
    const name = made.get(key) ?? `/s${made.size}`
    if (!made.has(key)) {
      made.set(key, name)
      make(name)
    }
    return name
  }
  const op = (type: string, inputs: ReadonlyArray<Name>, attributes = {}): Name =>
    once(`${type} ${inputs.join()} ${JSON.stringify(attributes)}`, (name) =>
      nodes.push(node(type, inputs, [name], attributes))
    )
  const constant = (values: ReadonlyArray<number>): Name =>
    once(`list ${values.join()}`, (name) =>
      constants.set(name, tensorProto(name, "int64", [values.length], BigInt64Array.from(values, BigInt)))
    )
  /** The size of a name, as a list of one number. */
  const sizeOf = (size: string): Name => {
    const found = graph.input.flatMap(({ name, type }) => {
      const axis = type.tensorType.shape.dim.findIndex((each) => "dimParam" in each && each.dimParam === size)
      return axis < 0 ? [] : [{ name, axis }]
    })[0]
    if (found === undefined) throw new RangeError(`no input has the dimension '${size}'`)
    return op("Shape", [found.name], { start: { int: found.axis }, end: { int: found.axis + 1 } })
  }
  const numberOf = ({ times, of }: Term): Name => {
    const factors = [...(times === 1 && of.length > 0 ? [] : [constant([times])]), ...of.map(sizeOf)]
    return factors.reduce((product, factor) => op("Mul", [product, factor]))
  }
  const listOf = (terms: ReadonlyArray<Term>): Name => {
    const numbers = terms.map(numberOf)
    return numbers.length === 1 ? (numbers[0] ?? "") : op("Concat", numbers, { axis: { int: 0 } })
  }
  const given = (each: NodeProto): NodeProto => {
    const input = each.input.map((name, place) => {
      const terms = lists.get(name)
      if (terms === undefined) return name
      const inferred = each.opType === "Reshape" && place === 1 && each.attribute.length === 0
      const moving = terms.filter(({ of }) => of.length > 0)
      return inferred && moving.length === 1
        ? constant(terms.map(({ times, of }) => (of.length > 0 ? -1 : times)))
        : listOf(terms)
    })
    const attribute = each.attribute.map(({ g, ...rest }) =>
      g === undefined ? rest : { ...rest, g: { ...g, node: g.node.map(given) } }
    )
    return { ...each, input, attribute }
  }
  const replaced = graph.node.map(given)
  return { ...graph, node: [...nodes, ...replaced], initializer: [...graph.initializer, ...constants.values()] }
}
