import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { type GraphBuilder, graphBuilder, keep, mapValues } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt } from "../Graph.ts"
import { kernelNamed } from "../kernels/index.ts"
import { numbersOf } from "../kernels/KernelRow.ts"
import { alike, few, type Group, levelsOf } from "./alike.ts"
import { prune } from "./prune.ts"

/**
 * Alike small operations at independent places, such as those of sites that a loop wrote, become one operation on all of their numbers. It has a new leading axis, and each of the old
 * results is a slice of its result. The graph stays as it is where this needs more slices and concatenations than it saves operations.
 */
export const joinAlike = (graph: Graph): Graph => {
  const levels = levelsOf(graph)
  const groups = alike(graph, levels)
  if (groups.size === 0) return graph
  const joined = prune(joinedIn(graph, levels, groups))
  return joined.nodes.length < graph.nodes.length ? joined : graph
}

/** Where the numbers of an old node stand in row-major order: in a node of the new graph, from a position on. */
interface Place {
  readonly base: Id
  readonly from: number
}

/** The nodes are built level by level, so that all inputs of a group stand before it. */
const joinedIn = (graph: Graph, levels: ReadonlyArray<number>, groups: ReadonlyMap<Id, Group>): Graph => {
  const build = graphBuilder()
  const { take, join, flat } = numbersIn(build)
  const places = new Map<Id, Place>()
  const made = new Map<Id, Id>()
  const placeOf = (id: Id): Place => places.get(id) ?? { base: -1, from: 0 }
  /** the old node itself in the new graph, cut out of its base if it is a part of one */
  const nodeOf = (id: Id): Id => {
    const known = made.get(id)
    if (known !== undefined) return known
    const { base, from } = placeOf(id)
    const { shape } = nodeAt(graph, id)
    const cut = build.add("Slice", [flat(base)], { begin: [from], size: [sizeOf(shape)] })
    const node = build.add("Reshape", [cut], { shape })
    made.set(id, node)
    return node
  }
  const copy = (id: Id): void => {
    const node = nodeAt(graph, id)
    const base = isLongVector(node) ? vectorOf(node.inputs) : keep(node, node.inputs.map(nodeOf), build)
    made.set(id, base)
    const [input = 0] = node.inputs
    const offset = offsetIn(node, nodeAt(graph, input).shape)
    const whole = placeOf(input)
    places.set(id, offset === undefined ? { base, from: 0 } : { base: whole.base, from: whole.from + offset })
  }
  /** all numbers of some old nodes as one vector */
  const vectorOf = (ids: ReadonlyArray<Id>): Id => {
    const sizes = ids.map((id) => sizeOf(nodeAt(graph, id).shape))
    const sizeAt = (position: number): number => sizes[position] ?? 0
    const parts = partsOf(ids.map(placeOf))
    const vectors = parts.map(({ base, of, from }) =>
      take(
        base,
        of.flatMap((position, i) => range(from[i] ?? 0, sizeAt(position)))
      )
    )
    const starts = new Map<number, number>()
    let start = 0
    for (const position of parts.flatMap(({ of }) => of)) {
      starts.set(position, start)
      start += sizeAt(position)
    }
    return take(
      join(vectors),
      sizes.flatMap((size, position) => range(starts.get(position) ?? 0, size))
    )
  }
  const stacked = new Map<string, Id>()
  /** some old nodes of one shape as one value with a new leading axis */
  const stack = (ids: ReadonlyArray<Id>): Id => {
    const key = ids.join()
    const { shape } = nodeAt(graph, ids[0] ?? 0)
    const known = stacked.get(key) ?? build.add("Reshape", [vectorOf(ids)], { shape: [ids.length, ...shape] })
    stacked.set(key, known)
    return known
  }
  /** Whether no more than one of its inputs must be put together piece by piece, which takes as many operations as a group of one saves. */
  const pays = ({ members }: Group, inputs: ReadonlyArray<ReadonlyArray<Id>>): boolean =>
    inputs.filter((ids) => !stacked.has(ids.join())).reduce((sum, ids) => sum + partsOf(ids.map(placeOf)).length, 0) <=
    members.length + 2
  const joinGroup = (group: Group): void => {
    const { members, common } = group
    const node = nodeAt(graph, members[0] ?? 0)
    const inputs = common.map((_, i) => members.map((id) => nodeAt(graph, id).inputs[i] ?? 0))
    if (
      !pays(
        group,
        inputs.filter((_, i) => common[i] === false)
      )
    ) {
      members.forEach(copy)
      return
    }
    const lanes = inputs.map((ids, i) =>
      common[i] === true ? { id: nodeOf(ids[0] ?? 0), batched: false } : { id: stack(ids), batched: true }
    )
    const base = kernelNamed(node.kernel, "joinAlike").vectorise(build, node, lanes, members.length)
    members.forEach((id, i) => {
      places.set(id, { base, from: i * sizeOf(node.shape) })
    })
  }
  const order = graph.nodes.map((_, id) => id).sort((a, b) => (levels[a] ?? 0) - (levels[b] ?? 0) || a - b)
  for (const id of order) {
    const group = groups.get(id)
    if (group === undefined) copy(id)
    else if (!places.has(id)) joinGroup(group)
  }
  return build.finish(mapValues(graph.outputs, nodeOf))
}

/** Many vectors, one after the other: such as the gradient of a pack of parameters. */
const isLongVector = ({ kernel, inputs, shape }: Node): boolean =>
  kernel === "Concat" && shape.length === 1 && inputs.length >= few && sizeOf(shape) <= long

/** A vector of more numbers is put together as it was: places of numbers are listed one by one here. */
const long = 65_536

/** Where the result of a node stands within its input, if it is a part of it that is stored in one piece. */
const offsetIn = ({ kernel, attrs, shape }: Node, [_, ...row]: Shape): number | undefined => {
  if (kernel === "Reshape") return 0
  if (kernel !== "Slice" || shape.slice(1).some((size, i) => size !== row[i])) return undefined
  return (numbersOf(attrs["begin"])[0] ?? 0) * sizeOf(row)
}

/** The positions of a stack that come from the same base, and where each stands in it. */
interface Part {
  readonly base: Id
  readonly of: Array<number>
  readonly from: Array<number>
}

const partsOf = (places: ReadonlyArray<Place>): ReadonlyArray<Part> => {
  const parts = new Map<Id, Part>()
  places.forEach(({ base, from }, position) => {
    const part = parts.get(base) ?? { base, of: [], from: [] }
    parts.set(base, part)
    part.of.push(position)
    part.from.push(from)
  })
  return [...parts.values()]
}

const range = (from: number, size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, i) => from + i)

/** Vectors of the numbers of nodes in a graph under construction. */
const numbersIn = (build: GraphBuilder) => {
  const flattened = new Map<Id, Id>()
  const flat = (id: Id): Id => {
    const { shape } = build.info(id)
    const known =
      flattened.get(id) ?? (shape.length === 1 ? id : build.add("Reshape", [id], { shape: [sizeOf(shape)] }))
    flattened.set(id, known)
    return known
  }
  /** the numbers at some positions */
  const take = (id: Id, positions: ReadonlyArray<number>): Id => {
    const vector = flat(id)
    const [begin = 0] = positions
    const [total = 0] = build.info(vector).shape
    const isRun = positions.every((position, i) => position === begin + i)
    if (isRun && positions.length === total) return vector
    if (isRun) return build.add("Slice", [vector], { begin: [begin], size: [positions.length] })
    const places = build.constant(Int32Array.from(positions), [positions.length])
    return build.add("GatherV2", [vector, places], { axis: 0, batchDims: 0 })
  }
  /** vectors one after the other */
  const join = (vectors: ReadonlyArray<Id>): Id => {
    const [only] = vectors
    return vectors.length === 1 && only !== undefined ? only : build.add("Concat", vectors, { axis: 0 })
  }
  return { flat, take, join }
}
