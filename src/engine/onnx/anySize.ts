import { UnsupportedKernel } from "../../Errors.ts"
import { elementType, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./proto.ts"
import { type Made, type Term, withSizes } from "./sizedConstants.ts"

/** The size of each dimension that is left open, by its name. */
export type Sizes = Readonly<Record<string, number>>

/**
 * One ONNX graph for every size of some dimensions, found from graphs of fixed sizes: one of the first sizes, one for each dimension with another size of it, and one where all differ. They must be
 * the same but for whole numbers (dimensions, those of a constant that is one number at all places, the lists of numbers that `Reshape`, `Expand` and others read, and the step between the offsets of a gather),
 * each of which must be a number times a product of sizes in all of them.
 *
 * @param at the graph of given sizes
 * @param open for each dimension two sizes, of which no other dimension is a multiple
 * @throws UnsupportedKernel, with the operation, where the graphs differ in another way
 */
export const anySize = (
  at: (sizes: Sizes) => GraphProto,
  open: Readonly<Record<string, readonly [number, number]>>
): GraphProto => {
  const names = Object.keys(open)
  const sizes = (isOther: (name: string) => boolean): Sizes =>
    Object.fromEntries(Object.entries(open).map(([name, [first, second]]) => [name, isOther(name) ? second : first]))
  const chosen = [sizes(() => false), ...names.map((name) => sizes((each) => each === name)), sizes(() => true)]
  const made = new Map<string, Made>()
  const solve: Solve = (values) => termOf(values, names, chosen)
  const graph = graphOf(chosen.map(at), solve, made)
  const sizesOfInputs = graph.input.flatMap(({ type }) => type.tensorType.shape.dim)
  const unknown = names.find((name) => !sizesOfInputs.some((size) => "dimParam" in size && size.dimParam === name))
  if (unknown !== undefined) throw withoutSize(unknown)
  return withSizes(graph, made)
}

/** The term with these values at the chosen sizes. */
type Solve = (values: ReadonlyArray<number>) => Term | undefined

const termOf = (
  values: ReadonlyArray<number>,
  names: ReadonlyArray<string>,
  chosen: ReadonlyArray<Sizes>
): Term | undefined => {
  const [first = Number.NaN] = values
  const of = names.filter((_, i) => values[i + 1] !== first)
  const product = (sizes: Sizes = {}): number => of.reduce((all, name) => all * (sizes[name] ?? 1), 1)
  const times = first / product(chosen[0])
  return Number.isInteger(times) && values.every((value, i) => value === times * product(chosen[i]))
    ? { times, of }
    : undefined
}

/** What several versions of a graph have in common. Constants that depend on sizes are left out of the initializers, and put into `made`. */
const graphOf = (versions: ReadonlyArray<GraphProto>, solve: Solve, made: Map<string, Made>): GraphProto => {
  const [first] = versions
  if (first === undefined) throw new RangeError("there is no graph")
  const each = <A, B>(
    part: (graph: GraphProto) => ReadonlyArray<A>,
    f: (versions: ReadonlyArray<A>) => B
  ): Array<B> => {
    const parts = versions.map(part)
    if (parts.some(({ length }) => length !== parts[0]?.length)) throw refused("graph")
    return (parts[0] ?? []).map((_, i) => f(parts.flatMap((all) => all.slice(i, i + 1))))
  }
  const initializer = each(
    (graph) => graph.initializer,
    (tensors): ReadonlyArray<TensorProto> => {
      const [tensor] = tensors
      if (tensor === undefined || tensors.every((other) => isSame(tensor, other))) return tensors.slice(0, 1)
      const constant = listOf(tensors, solve) ?? offsetsOf(tensors, solve) ?? filledOf(tensors, solve)
      if (constant === undefined)
        throw refused(first.node.find(({ input }) => input.includes(tensor.name))?.opType ?? "Const")
      made.set(tensor.name, constant)
      return []
    }
  ).flat()
  return {
    ...first,
    initializer,
    node: each(
      (graph) => graph.node,
      (nodes) => nodeOf(nodes, solve, made)
    ),
    input: each(
      (graph) => graph.input,
      (infos) => infoOf(infos, solve)
    ),
    output: each(
      (graph) => graph.output,
      (infos) => infoOf(infos, solve)
    )
  }
}

const nodeOf = (versions: ReadonlyArray<NodeProto>, solve: Solve, made: Map<string, Made>): NodeProto => {
  const [first] = versions
  if (first === undefined) throw new RangeError("there is no node")
  const graphs = versions.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g === undefined ? [] : [g])))
  const plain = versions.map((node) => ({ ...node, attribute: node.attribute.map(({ g: _, ...rest }) => rest) }))
  if (!plain.every((node) => isSame(plain[0], node)) || graphs.length % versions.length !== 0)
    throw refused(first.opType)
  if (graphs.length === 0) return first
  const body = graphOf(graphs, solve, made)
  return { ...first, attribute: first.attribute.map((each) => (each.g === undefined ? each : { ...each, g: body })) }
}

const infoOf = (versions: ReadonlyArray<ValueInfoProto>, solve: Solve): ValueInfoProto => {
  const [first] = versions
  if (first === undefined) throw new RangeError("there is no value")
  const { elemType, shape } = first.type.tensorType
  const dim = shape.dim.map((_, axis): (typeof shape.dim)[number] => {
    const found = solve(versions.map(({ type }) => sizeIn(type.tensorType.shape.dim[axis])))
    if (found === undefined) throw refused("Shape")
    const { times, of } = found
    if (of.length === 0) return { dimValue: times }
    return { dimParam: [...(times === 1 ? [] : [String(times)]), ...of].join("*") }
  })
  return { name: first.name, type: { tensorType: { elemType, shape: { dim } } } }
}

const sizeIn = (dimension: { readonly dimValue?: number } | { readonly dimParam: string } | undefined): number =>
  dimension !== undefined && "dimValue" in dimension ? (dimension.dimValue ?? Number.NaN) : Number.NaN

/** A list of whole numbers, if each is a term. */
const listOf = (versions: ReadonlyArray<TensorProto>, solve: Solve): Made | undefined => {
  if (versions.some(({ dataType, dims }) => dataType !== elementType.int64 || !isSame(dims, versions[0]?.dims)))
    return undefined
  const list = termsOf(
    versions.map(({ rawData }) => [...new BigInt64Array(rawData.slice().buffer)].map(Number)),
    solve
  )
  return list === undefined ? undefined : { list }
}

/** The numbers 0, s, 2 s, …, one for each position of an open dimension: where the rows of a table begin that is read as one list. */
const offsetsOf = (versions: ReadonlyArray<TensorProto>, solve: Solve): Made | undefined => {
  if (versions.some(({ dataType }) => dataType !== elementType.int32)) return undefined
  const shape = termsOf(
    versions.map(({ dims }) => dims),
    solve
  )
  const numbers = versions.map(({ rawData }) => new Int32Array(rawData.slice().buffer))
  const isEven = numbers.every((all) => all.every((value, i) => value === i * (all[1] ?? 0)))
  const step = solve(numbers.map(([, second]) => second ?? Number.NaN))
  const [size, ...more] = (shape ?? []).filter(({ times, of }) => times !== 1 || of.length > 0)
  const [name, ...others] = size?.of ?? []
  if (shape === undefined || step === undefined || name === undefined || !isEven) return undefined
  return size?.times === 1 && others.length + more.length === 0 ? { shape, size: name, step } : undefined
}

/** One number at all places, also NaN. */
const filledOf = (versions: ReadonlyArray<TensorProto>, solve: Solve): Made | undefined => {
  const [first] = versions
  if (first === undefined) return undefined
  const width = first.rawData.length / first.dims.reduce((size, n) => size * n, 1)
  const fill = { ...first, dims: [], rawData: first.rawData.slice(0, width) }
  const isFilled = ({ dataType, rawData }: TensorProto): boolean =>
    dataType === fill.dataType && rawData.every((byte, i) => byte === fill.rawData[i % width])
  const shape = termsOf(
    versions.map(({ dims }) => dims),
    solve
  )
  return shape !== undefined && Number.isInteger(width) && versions.every(isFilled) ? { shape, fill } : undefined
}

const termsOf = (versions: ReadonlyArray<ReadonlyArray<number>>, solve: Solve): ReadonlyArray<Term> | undefined => {
  const [first = []] = versions
  const terms = first.flatMap((_, place) => solve(versions.map((all) => all[place] ?? Number.NaN)) ?? [])
  return terms.length === first.length && versions.every(({ length }) => length === first.length) ? terms : undefined
}

/** Equality of plain data. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  return left.length === right.size && left.every(([name, value]) => right.has(name) && isSame(value, right.get(name)))
}

const refused = (kernel: string): UnsupportedKernel =>
  new UnsupportedKernel({
    kernel,
    during: "a graph is written for any number of rows",
    advice: "What it computes depends on how many rows there are in another way than by its shape."
  })

const withoutSize = (size: string): UnsupportedKernel =>
  new UnsupportedKernel({
    kernel: "Shape",
    during: `a model is written for any size of '${size}'`,
    advice: "None of its inputs has that size: it reads neither data nor noise that does."
  })
