import { elementType, type GraphProto, type NodeProto, type TensorProto, tensorProto } from "./proto.ts"
import { type Name, node } from "./writer.ts"

/** A whole number that depends on sizes: `times` · the product of the sizes of these names. */
export interface Term {
  readonly times: number
  readonly of: ReadonlyArray<string>
}

/** A constant that depends on sizes: a list of whole numbers, the offsets 0, s, 2 s, … of a shape with one open dimension, or one number for all places of a shape. */
export type Made =
  | { readonly list: ReadonlyArray<Term> }
  | { readonly shape: ReadonlyArray<Term>; readonly fill: TensorProto }
  | { readonly shape: ReadonlyArray<Term>; readonly size: string; readonly step: Term }

/**
 * Gives a graph with open dimensions the constants that depend on them, which it does not have yet. The shape of a `Reshape` with one number that depends on a size has −1 there, which ONNX reads as what is
 * left. Any other constant is computed from the dimensions of the inputs.
 */
export const withSizes = (graph: GraphProto, made: ReadonlyMap<Name, Made>): GraphProto => {
  const nodes: Array<NodeProto> = []
  const constants = new Map<Name, TensorProto>()
  const known = new Map<string, Name>()
  const once = (key: string, make: (name: Name) => void): Name => {
    const name = known.get(key) ?? `/s${known.size}`
    if (!known.has(key)) {
      known.set(key, name)
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
  const scalar = (name: Name): Name => op("Squeeze", [name, constant([0])])
  const offsets = (shape: ReadonlyArray<Term>, size: string, step: Term): Name => {
    const places = op("Range", [constant([0]), sizeOf(size), constant([1])].map(scalar))
    const steps = op("Cast", [op("Mul", [places, numberOf(step)])], { to: { int: elementType.int32 } })
    return op("Reshape", [steps, listOf(shape)])
  }
  const filled = (shape: ReadonlyArray<Term>, fill: TensorProto): Name => {
    const one = once(`fill ${fill.dataType} ${fill.rawData.join()}`, (name) => constants.set(name, { ...fill, name }))
    return op("Expand", [one, listOf(shape)])
  }
  const given = (each: NodeProto): NodeProto => {
    const input = each.input.map((name, place) => {
      const wanted = made.get(name)
      if (wanted === undefined) return name
      if ("fill" in wanted) return filled(wanted.shape, wanted.fill)
      if ("shape" in wanted) return offsets(wanted.shape, wanted.size, wanted.step)
      const terms = wanted.list
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
