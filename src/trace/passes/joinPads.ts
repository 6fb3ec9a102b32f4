import { type GraphBuilder, keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt } from "../Graph.ts"

/** The sum of two halves, each padded with zeros in place of the other, becomes a concatenation. It is the gradient of a value that was split in two. */
export const joinPads = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => joined(node, inputs, build) ?? keep(node, inputs, build))

const joined = (node: Node, [a, b]: ReadonlyArray<Id>, build: GraphBuilder): Id | undefined => {
  if (node.kernel !== "Add" || a === undefined || b === undefined) return undefined
  const [left, right] = [paddedAxis(build, a), paddedAxis(build, b)]
  if (left === undefined || right === undefined || left.axis !== right.axis) return undefined
  const meets = left.before === right.size && left.after === 0 && right.before === 0 && right.after === left.size
  const met = right.before === left.size && right.after === 0 && left.before === 0 && left.after === right.size
  if (met) return build.add("Concat", [left.value, right.value], { axis: left.axis })
  return meets ? build.add("Concat", [right.value, left.value], { axis: left.axis }) : undefined
}

/** A value that is padded with zeros along one axis. */
const paddedAxis = (
  build: GraphBuilder,
  id: Id
):
  | {
      readonly value: Id
      readonly axis: number
      readonly size: number
      readonly before: number
      readonly after: number
    }
  | undefined => {
  const { kernel, inputs, attrs } = nodeAt(build, id)
  const [value] = inputs
  if (kernel !== "PadV2" || value === undefined || attrs["constantValue"] !== 0) return undefined
  const pads = attrs["paddings"] as ReadonlyArray<readonly [number, number]>
  const axes = pads.flatMap(([before, after], axis) => (before + after === 0 ? [] : [axis]))
  const [axis] = axes
  if (axes.length !== 1 || axis === undefined) return undefined
  const [before, after] = pads[axis] ?? [0, 0]
  return { value, axis, size: nodeAt(build, value).shape[axis] ?? 0, before, after }
}
