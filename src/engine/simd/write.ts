import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Id, type Node, nodeAt, type Values } from "../../trace/Graph.ts"
import { hostFunction } from "../../trace/hostFunctions.ts"
import { placesIn } from "../../trace/hostProgram.ts"
import { type Code, copied, join } from "./code.ts"
import { elementwiseRule } from "./elementwise.ts"
import { isAlias } from "./groups.ts"
import { folded, folds, moved, type Operand, oneByOne, productByColumns, productByRows, substituted } from "./loops.ts"
import type { Memory } from "./memory.ts"
import { isMover, paddingOf, placesInSegments, sourcesOf } from "./sources.ts"

/** What the code of a node is written with. */
export interface Writing {
  readonly graph: Graph
  readonly memory: Memory
  /** the values of nodes that do not change */
  readonly still: ReadonlyMap<Id, Values>
  /** the end of the variables that loops use */
  readonly locals: { end: number }
  /** the number of the imported function of an elementwise node without a rule */
  readonly imported: (node: Node) => number
  /** addresses of values, by node and by what was made of it */
  readonly addresses: Map<string, number>
}

/** Writes a node's code, and says where its value is. */
type Writer = (writing: Writing, node: Node) => { readonly code: Code; readonly address: number }

const alias: Writer = (writing, { inputs: [x = 0] }) => ({ code: [], address: addressOf(writing, x) })

/** Computed one by one by a function of the host. */
const hostWriter: Writer = (writing, node) => {
  const size = sizeOf(node.shape)
  const read = node.inputs.map((id) => operandOf(writing, id, node.shape))
  const address = writing.memory.take(size)
  const operands = read.map(({ operand }) => operand)
  const loop = oneByOne(address, size, operands, writing.imported(node))
  return { code: join(...read.map(({ code }) => code), loop), address }
}

/** What loops over several nodes at once are written for (`fused.ts`). */
const inLoops: Writer = (_, { kernel }) => {
  throw new RangeError(`${kernel} is written with others`)
}

/** A value as an operand of a result of some shape, written out where single axes broadcast. */
export const operandOf = (
  writing: Writing,
  id: Id,
  full: Shape
): { readonly operand: Operand; readonly code: Code } => {
  const { graph, memory, still, addresses } = writing
  const { shape } = nodeAt(graph, id)
  const isOne = sizeOf(shape) === 1
  if (isOne || sizeOf(shape) === sizeOf(full)) return { operand: { address: addressOf(writing, id), isOne }, code: [] }
  const key = `${id} as ${full}`
  const known = addresses.get(key)
  if (known !== undefined) return { operand: { address: known, isOne }, code: [] }
  const places = placesIn(shape, full)
  const values = still.get(id)
  const address = values === undefined ? memory.take(places.length) : memory.keep(gathered(values, places))
  addresses.set(key, address)
  const code = values === undefined ? movedFrom(writing, address, addressOf(writing, id), places) : []
  return { operand: { address, isOne }, code }
}

const gathered = (values: Values, places: Values): Float32Array => Float32Array.from(places, (at) => values[at] ?? 0)

/** Copies numbers from places in one array to an array, or adds them where `to` says. */
const movedFrom = ({ memory }: Writing, y: number, x: number, from: Values, to?: Values): Code => {
  const isBlock = to === undefined && from.every((at, i) => at === (from[0] ?? 0) + i)
  if (isBlock) return copied(y, x + 4 * (from[0] ?? 0), 4 * from.length)
  const pairs = Array.from(from, (at, i) => [y + 4 * (to?.[i] ?? i), x + 4 * at])
  return moved(memory.table(pairs.flat()), pairs.length, to !== undefined)
}

const moverWriter: Writer = (writing, node) => {
  const { graph, memory, still } = writing
  const infos = node.inputs.map((id) => nodeAt(graph, id))
  const sources = sourcesOf(node, infos, (i) => still.get(node.inputs[i] ?? -1) ?? new Int32Array())
  const address = memory.keep(paddingOf(node))
  let before = 0
  const code = node.inputs.map((id, i) => {
    if (infos[i]?.dtype === "int32") return []
    const [first, last] = [before, before + sizeOf(infos[i]?.shape ?? [])]
    before = last
    const to = [...sources.keys()].filter((at) => (sources[at] ?? -1) >= first && (sources[at] ?? -1) < last)
    const from = Int32Array.from(to, (at) => (sources[at] ?? 0) - first)
    const [begin = 0] = to
    const isBlock = to.every((at, n) => at === begin + n)
    if (isBlock) return movedFrom(writing, address + 4 * begin, addressOf(writing, id), from)
    const pairs = to.flatMap((at, n) => [address + 4 * at, addressOf(writing, id) + 4 * (from[n] ?? 0)])
    return moved(memory.table(pairs), to.length, false)
  })
  return { code: join(...code), address }
}

/** Sets numbers to 0 and adds others to them. */
const summedInto = (writing: Writing, y: number, size: number, x: number, to: Values): Code => {
  const zeros = writing.memory.keep(new Float32Array(size))
  const kept = [...to.keys()].filter((i) => (to[i] ?? -1) >= 0)
  const from = Int32Array.from(kept)
  return join(
    copied(y, zeros, 4 * size),
    movedFrom(
      writing,
      y,
      x,
      from,
      Int32Array.from(kept, (i) => to[i] ?? 0)
    )
  )
}

const foldWriter: Writer = (writing, node) => {
  const { graph, memory } = writing
  const {
    kernel,
    attrs,
    inputs: [x = 0],
    shape
  } = node
  const fold = folds[kernel]
  const full = nodeAt(graph, x).shape
  const axes = new Set(axesOf(attrs, full.length))
  const size = sizeOf(shape)
  const address = memory.take(size)
  if (fold !== undefined && isLast(axes, full.length))
    return { code: folded(address, size, addressOf(writing, x), sizeOf(full) / size, fold), address }
  const kept = full.map((n, axis) => (axes.has(axis) ? 1 : n))
  return { code: summedInto(writing, address, size, addressOf(writing, x), placesIn(kept, full)), address }
}

/** The axes of a reduction: all of them where none are given. */
const axesOf = ({ axis, reductionIndices = axis }: Node["attrs"], rank: number): ReadonlyArray<number> =>
  reductionIndices === undefined
    ? Array.from({ length: rank }, (_, each) => each)
    : [reductionIndices].flat().map((each) => (Number(each) < 0 ? Number(each) + rank : Number(each)))

const isLast = (axes: ReadonlySet<number>, rank: number): boolean => [...axes].every((axis) => axis >= rank - axes.size)

const segmentWriter: Writer = (writing, { inputs: [x = 0, segments = 0], shape, attrs }) => {
  const { graph, memory, still } = writing
  const size = sizeOf(shape)
  const address = memory.take(size)
  const to = placesInSegments(
    still.get(segments) ?? new Int32Array(),
    Number(attrs["numSegments"]),
    sizeOf(nodeAt(graph, x).shape)
  )
  return { code: summedInto(writing, address, size, addressOf(writing, x), to), address }
}

/** Each number is its own addend and the sum before it, in the order in which sums are known. */
const cumulativeWriter: Writer = (writing, { inputs: [x = 0], shape, attrs }) => {
  const { memory } = writing
  const size = sizeOf(shape)
  const axis = Number(attrs["axis"])
  const [n, stride] = [shape[axis] ?? 1, sizeOf(shape.slice(axis + 1))]
  const [back, first] = attrs["reverse"] === true ? [stride, n - 1] : [-stride, 0]
  const order = Array.from({ length: size }, (_, i) => (back < 0 ? i : size - 1 - i))
  const [y, from] = [memory.take(size), addressOf(writing, x)]
  const pairs = order.flatMap((at) => {
    const isFirst = Math.floor(at / stride) % n === first
    const before = isFirst ? [] : [y + 4 * at, y + 4 * (at + back)]
    if (attrs["exclusive"] !== true) return [y + 4 * at, from + 4 * at, ...before]
    return isFirst ? [] : [y + 4 * at, from + 4 * (at + back), ...before]
  })
  const zeros = copied(y, memory.keep(new Float32Array(size)), 4 * size)
  return { code: join(zeros, moved(memory.table(pairs), pairs.length / 2, true)), address: y }
}

const productWriter: Writer = (writing, node) => {
  const { graph, memory } = writing
  const { count, m, k, n } = dimensions(graph, node)
  const [a = 0, b = 0] = node.inputs
  const byRows = n % 4 === 0 && n >= k
  const left = matrix(writing, a, node.attrs["transposeA"] === true)
  const right = matrix(writing, b, (node.attrs["transposeB"] === true) === byRows)
  const address = memory.take(count * m * n)
  const write = byRows ? productByRows : productByColumns
  const each = Array.from({ length: count }, (_, i) => {
    const [from, to] = [
      left.address + (left.isMany ? 4 * i * m * k : 0),
      right.address + (right.isMany ? 4 * i * k * n : 0)
    ]
    return write({ y: address + 4 * i * m * n, a: from, b: to, m, k, n })
  })
  return { code: join(left.code, right.code, ...each), address }
}

/** Substitution in a triangle that does not change, for right sides of one column. */
const solveWriter: Writer = (writing, { inputs: [t = 0, right = 0], shape, attrs }) => {
  const { memory, still } = writing
  const n = shape.at(-2) ?? 1
  const stride = 4 * Math.ceil(n / 4)
  const values = still.get(t) ?? new Float32Array()
  const isTransposed = attrs["transposed"] === true
  const isUpwards = (attrs["lower"] === true) === isTransposed
  const entry = (i: number, j: number): number => values[isTransposed ? j * n + i : i * n + j] ?? 0
  const order = Array.from({ length: n }, (_, p) => (isUpwards ? n - 1 - p : p))
  const triangle = new Float32Array(n * stride)
  for (const [p, i] of order.entries()) for (const j of order.slice(0, p)) triangle[p * stride + j] = entry(i, j)
  const pivots = Float32Array.from(order, (i) => 1 / entry(i, i))
  const [from, kept, reciprocals] = [addressOf(writing, right), memory.keep(triangle), memory.keep(pivots)]
  const sides = Array.from({ length: sizeOf(shape) / n }, (_, r) => ({
    right: from + 4 * r * n,
    y: memory.take(stride)
  }))
  const zeros = memory.keep(new Float32Array(stride))
  const clear = sides.map(({ y }) => copied(y, zeros, 4 * stride))
  const solved = Array.from({ length: Math.ceil(sides.length / 4) }, (_, block) =>
    substituted({
      ...{ triangle: kept, pivots: reciprocals, stride, n, isUpwards },
      sides: sides.slice(4 * block, 4 * block + 4)
    })
  )
  const address = memory.take(sizeOf(shape))
  const copies = sides.map(({ y }, r) => copied(address + 4 * r * n, y, 4 * n))
  return { code: join(...clear, ...solved, ...copies), address }
}

/** Special functions that are written without the ops that compute them. */
export const knownSpecial: ReadonlySet<string> = new Set(["SolveTriangular"])

/** A matrix, or several, as it is or transposed. */
const matrix = (writing: Writing, id: Id, isTransposed: boolean) => {
  const { graph, memory, still, addresses } = writing
  const { shape } = nodeAt(graph, id)
  const isMany = sizeOf(shape.slice(0, -2)) > 1
  if (!isTransposed) return { address: addressOf(writing, id), code: [], isMany }
  const [rows = 1, columns = 1] = shape.slice(-2)
  const places = Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const at = i % (rows * columns)
    return i - at + (at % rows) * columns + Math.floor(at / rows)
  })
  const key = `${id} transposed`
  const known = addresses.get(key)
  if (known !== undefined) return { address: known, code: [], isMany }
  const values = still.get(id)
  const address = values === undefined ? memory.take(places.length) : memory.keep(gathered(values, places))
  addresses.set(key, address)
  return {
    address,
    code: values === undefined ? movedFrom(writing, address, addressOf(writing, id), places) : [],
    isMany
  }
}

/** A product's matrices: how many there are, and their sizes. */
export const dimensions = (graph: Graph, { inputs: [a = 0], attrs, shape }: Node) => {
  const [m = 1, n = 1] = shape.slice(-2)
  const k = nodeAt(graph, a).shape.at(attrs["transposeA"] === true ? -2 : -1) ?? 1
  return { count: sizeOf(shape.slice(0, -2)), m, k, n }
}

/** The address of a value: of one that does not change, or of one whose code is written before. */
export const addressOf = ({ memory, still, addresses }: Writing, id: Id): number => {
  const address = addresses.get(`${id}`) ?? memory.keep(still.get(id) ?? new Float32Array())
  addresses.set(`${id}`, address)
  return address
}

/** The writer of a node, if there is one. */
export const writerOf = (graph: Graph, node: Node, moves: (id: Id) => boolean): Writer | undefined => {
  const { kernel, dtype, attrs } = node
  const infos = node.inputs.map((id) => nodeAt(graph, id))
  if (dtype === "int32" || sizeOf(node.shape) === 0) return undefined
  if (isAlias(graph, node)) return alias
  if (kernel === "BatchMatMul") return dimensions(graph, node).count <= 64 ? productWriter : undefined
  if (kernel === "UnsortedSegmentSum") return segmentWriter
  if (kernel === "SolveTriangular") {
    const isFixed = !moves(node.inputs[0] ?? -1) && infos[0]?.shape.length === 2
    return isFixed && node.shape.at(-1) === 1 ? solveWriter : undefined
  }
  if (kernel === "Cumsum") return cumulativeWriter
  if (folds[kernel] !== undefined) {
    const rank = infos[0]?.shape.length ?? 0
    return kernel === "Sum" || isLast(new Set(axesOf(attrs, rank)), rank) ? foldWriter : undefined
  }
  if (isMover(node)) return moverWriter
  if (kernel === "Select" && infos.some(({ shape }) => sizeOf(shape) !== sizeOf(node.shape))) return undefined
  if (elementwiseRule(kernel) !== undefined) return inLoops
  return hostFunction(kernel, attrs) === undefined ? undefined : hostWriter
}
