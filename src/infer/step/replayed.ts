import type * as tf from "@tensorflow/tfjs"
import { type Node, nameOf, nodeAt } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import { recordLeaves, replay } from "../../trace/replay.ts"
import { runNode } from "../../trace/runKernel.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import type { Joint } from "../joint/Joint.ts"
import { paramInput } from "../joint/names.ts"
import type { Decisions } from "../plan/Plan.ts"
import { at, type Values } from "./densities.ts"

/** The joint's nodes, recorded again. A draw is now in the form that its estimator needs: a constant for gradients, or differentiable. */
export const replayed = (recorder: Recorder, { graph }: Joint, { estimators }: Decisions): Values => {
  const detached = (node: Node): boolean => estimators.get(String(node.attrs["site"]))?.detached === true
  return replay(graph, recordLeaves(recorder, new Map()), (node, inputs) => {
    const [input] = inputs
    if (input === undefined) return runNode(node, inputs)
    if (node.kernel === "Sample") return detached(node) ? stopGradient(input) : input
    const source = node.kernel === "StopGradient" ? nodeAt(graph, node.inputs[0] ?? 0) : undefined
    return source?.kernel === "Sample" && detached(source) ? input : runNode(node, inputs)
  })
}

/** How nodes are recorded once more. */
interface AlongPath {
  /** what becomes of each draw */
  readonly draw?: (value: tf.Tensor) => tf.Tensor
  /** whether parameters are constants: a gradient then flows through the draws alone */
  readonly fixed: boolean
}

/** The joint's nodes once more, as functions of the draws of a first recording; log q of a given draw is that of the draw itself, whose path counts. */
export const alongPath = ({ graph }: Joint, first: Values, { draw = (value) => value, fixed }: AlongPath): Values => {
  const ids = new Map(graph.nodes.map((node, id) => [node, id]))
  const isConstant = (node: Node): boolean =>
    fixed && node.kernel === "Input" && nameOf(node).startsWith(paramInput(""))
  const isDraw = (node: Node | undefined): boolean => node?.kernel === "Sample"
  return replay(
    graph,
    (node, id) => (isConstant(node) ? stopGradient(at(first, id)) : at(first, id)),
    (node, inputs) => {
      const [input] = inputs
      if (isDraw(node)) return draw(at(first, ids.get(node) ?? -1))
      const isGiven = node.kernel === "StopGradient" && isDraw(nodeAt(graph, node.inputs[0] ?? 0))
      return isGiven && input !== undefined ? input : runNode(node, inputs)
    }
  )
}
