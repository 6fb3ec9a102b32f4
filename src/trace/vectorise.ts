import type { Shape } from "../tensor/Tensor.ts"
import { namedReductions, ofNamedAxes, reduceAxis } from "./axes.ts"
import { type GraphBuilder, graphBuilder, keep, mapValues, rebuild } from "./build.ts"
import { type Graph, type Id, leaf, type Node, nameOf, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"
import { expand, first, type Lane } from "./kernels/KernelRow.ts"
import { bodyInput, isScan, scanAttrs, scanOf } from "./region.ts"

/** A named axis to add to a recorded program. */
export interface Axis {
  readonly name: string
  readonly size: number
  /** the inputs that have one value for each position along the axis */
  readonly inputs: ReadonlySet<string>
  /** the sites whose noise is drawn separately for each position */
  readonly sites: ReadonlySet<string>
  /** an input `[size]` of weights for sums over the axis; if left out, every weight is 1 */
  readonly weights?: string
  /** give the axis to every output, or to those of these names, also where it is the same at each position */
  readonly spread?: boolean | ReadonlySet<string>
}

/**
 * Adds one axis, leading, to every node that depends on it, and replaces the named reductions over it by ordinary ones. Outputs that depend on the
 * axis get it; others do not change. The result equals a loop over the positions.
 */
export const vectorise = (graph: Graph, axis: Axis): Graph => {
  const build = graphBuilder()
  const weights = axis.weights === undefined ? undefined : build.push(leaf.input(axis.weights, [axis.size]))
  const lanes: Array<Lane> = []
  for (const node of graph.nodes) {
    lanes.push(
      step(
        build,
        node,
        node.inputs.map((id) => laneAt(lanes, id)),
        axis,
        weights
      )
    )
  }
  const isSpread = (output: string): boolean =>
    typeof axis.spread === "object" ? axis.spread.has(output) : axis.spread === true
  const place = (lane: Lane, output: string): Id => (isSpread(output) ? expand(build, lane, axis.size) : lane.id)
  return build.finish(mapValues(graph.outputs, (id, output) => place(laneAt(lanes, id), output)))
}

/** An axis of one position: each named reduction over it is replaced by its argument. */
export const dropAxis = (graph: Graph, axis: string): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const [input] = inputs
    return namedReductions.has(node.kernel) && node.attrs["axis"] === axis && input !== undefined
      ? input
      : keep(node, inputs, build)
  })

/** The outputs and nodes of a graph that depend on an axis, found without building a new graph. */
export const dependsOn = (
  graph: Pick<Graph, "nodes">,
  axis: Pick<Axis, "name" | "inputs" | "sites">
): ReadonlySet<Id> => {
  const dependent = new Set<Id>()
  graph.nodes.forEach((node, id) => {
    const closed = ofNamedAxes.has(node.kernel) && node.attrs["axis"] === axis.name && node.kernel !== "OthersMeanOver"
    if (isRoot(node, axis) || (!closed && node.inputs.some((input) => dependent.has(input)))) dependent.add(id)
  })
  return dependent
}

const isRoot = (node: Node, axis: Pick<Axis, "name" | "inputs" | "sites">): boolean =>
  (node.kernel === "Input" && axis.inputs.has(nameOf(node))) ||
  (node.kernel === "Along" && node.attrs["axis"] === axis.name) ||
  (node.kernel === "Noise" && axis.sites.has(String(node.attrs["site"])))

const laneAt = (lanes: ReadonlyArray<Lane>, id: Id): Lane => {
  const lane = lanes[id]
  if (lane === undefined) throw new RangeError(`node ${id} is used before it is made`)
  return lane
}

const step = (
  build: GraphBuilder,
  node: Node,
  inputs: ReadonlyArray<Lane>,
  axis: Axis,
  weights: Id | undefined
): Lane => {
  if (node.attrs["axis"] === axis.name) {
    if (node.kernel === "Along") return { ...first(inputs), batched: true }
    if (node.kernel === "Across") return { id: expand(build, first(inputs), axis.size), batched: false }
  }
  if (isRoot(node, axis)) return { id: build.push(widened(node, axis.size)), batched: true }
  if (namedReductions.has(node.kernel) && node.attrs["axis"] === axis.name) {
    return reduceAxis(build, node.kernel, first(inputs), axis.size, weights)
  }
  if (!inputs.some((lane) => lane.batched)) {
    return { id: build.push({ ...node, inputs: inputs.map((lane) => lane.id) }), batched: false }
  }
  if (namedReductions.has(node.kernel)) {
    const { id } = first(inputs)
    return { id: build.push({ ...node, inputs: [id], shape: build.info(id).shape }), batched: true }
  }
  const id = isScan(node)
    ? scanAlong(build, node, inputs, axis.size)
    : kernelNamed(node.kernel, "it is vectorised").vectorise(build, node, inputs, axis.size)
  return { id: mustHaveShape(build, id, [axis.size, ...node.shape], node), batched: true }
}

/** A recurrence whose carry has the new axis: the body gets it too, and what is read position by position keeps its positions in front. */
const scanAlong = (build: GraphBuilder, node: Node, lanes: ReadonlyArray<Lane>, size: number): Id => {
  const scan = scanOf(node)
  const inputs = lanes.map((lane, i) => {
    if (i === 0) return expand(build, lane, size)
    if (i > scan.scanned || !lane.batched) return lane.id
    const rank = build.info(lane.id).shape.length
    return build.add("Transpose", [lane.id], {
      perm: [1, 0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)]
    })
  })
  const batched = lanes.flatMap((lane, i) => (i === 0 || lane.batched ? [bodyInput(i, scan)] : []))
  // a name of its own: named reductions of the program do not stand in a body
  const axis: Axis = { name: "a lane of a scan", size, inputs: new Set(batched), sites: new Set(), spread: true }
  return build.add("Scan", inputs, scanAttrs({ ...scan, body: vectorise(scan.body, axis) }))
}

const widened = (node: Node, size: number): Node =>
  node.kernel === "Input"
    ? leaf.input(nameOf(node), [size, ...node.shape], node.dtype)
    : { ...node, shape: [size, ...node.shape] }

/** Checks the vectorised shape at once, so that an error in a row of the table is not found only in the numbers. */
const mustHaveShape = (build: GraphBuilder, id: Id, shape: Shape, node: Node): Id => {
  const actual = nodeAt(build, id).shape
  if (actual.length === shape.length && actual.every((n, i) => n === shape[i])) return id
  const broadcastable = actual.length === shape.length && actual.every((n, i) => n === shape[i] || n === 1)
  if (broadcastable) return build.add("Tile", [id], { reps: shape.map((n, i) => n / (actual[i] ?? 1)) })
  throw new RangeError(`vectorising ${node.kernel} gave shape [${actual.join(", ")}] in place of [${shape.join(", ")}]`)
}
