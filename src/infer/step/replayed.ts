import type * as tf from "@tensorflow/tfjs"
import { keep, rebuild } from "../../trace/build.ts"
import { type Graph, type Id, type Node, nameOf, nodeAt } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import { isScan, mapBodies, scanOf } from "../../trace/region.ts"
import { recordAgain, replay } from "../../trace/replay.ts"
import { runNode } from "../../trace/runKernel.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { has } from "../joint/bits.ts"
import { type Joint, type LatentSite, latentSites } from "../joint/Joint.ts"
import { paramInput } from "../joint/names.ts"
import { drawsIn } from "../joint/reach.ts"
import type { Decisions } from "../plan/Plan.ts"
import { at, type Values } from "./densities.ts"
import { doubtfulReads, readOrNaN } from "./positions.ts"

/** The joint's nodes, recorded again. A draw is now in the form that its estimator needs: a constant for gradients, or differentiable. */
export const replayed = (recorder: Recorder, joint: Joint, decisions: Decisions): Values =>
  recordAgain(recorder, joint.graph, undefined, decided(joint, decisions))

/** What is recorded in the place of a node, where it is another one. */
type Other = (node: Node, inputs: () => ReadonlyArray<tf.Tensor>) => tf.Tensor | undefined

const orItself =
  (other: Other) =>
  (node: Node, inputs: ReadonlyArray<tf.Tensor>): tf.Tensor =>
    other(node, () => inputs) ?? runNode(node, inputs)

/** Draws as their estimators need them. */
const decided = (joint: Joint, { estimators }: Decisions): Other => {
  const { graph } = joint
  const other = inPlace(joint)
  const detached = (node: Node): boolean => estimators.get(String(node.attrs["site"]))?.detached === true
  return (node, inputs) => {
    if (node.kernel === "Sample") {
      const [input] = inputs()
      return input !== undefined && detached(node) ? stopGradient(input) : input
    }
    const source = node.kernel === "StopGradient" ? nodeAt(graph, node.inputs[0] ?? 0) : undefined
    return source?.kernel === "Sample" && detached(source) ? inputs()[0] : other(node, inputs)
  }
}

/** Nodes that are no draws. A read at a position that may not exist gives NaN where it does not. */
const inPlace = (joint: Joint): Other => {
  const doubtful = doubtfulReads(joint)
  return (node, inputs) => {
    if (doubtful.has(node)) return readOrNaN(node, inputs())
    return isScan(node) ? runNode(unmarked(node), inputs()) : undefined
  }
}

/** A recurrence without the marks of draws in its body: each of these has a path, or the guide would have been refused. */
const unmarked = (node: Node): Node => ({
  ...node,
  attrs: { ...node.attrs, body: withoutMarks(mapBodies(scanOf(node).body, withoutMarks)) }
})

const withoutMarks = (body: Graph): Graph =>
  rebuild(body, (node, inputs, build) => {
    const [drawn] = inputs
    return node.kernel === "Sample" && drawn !== undefined ? drawn : keep(node, inputs, build)
  })

/**
 * The joint's nodes once more, with another value in place of the draw of one site. Later draws that depend on it are made anew from the same noise; what does not depend on it is that of
 * the first recording.
 *
 * @param rest what becomes of the values that do not depend on it
 */
export const withDraw = (
  joint: Joint,
  decisions: Decisions,
  first: Values,
  { site, value, rest }: OtherDraw
): Values => {
  const reach = drawsIn(joint)
  const place = latentSites(joint).indexOf(site)
  const ids = new Map(joint.graph.nodes.map((node, id) => [node, id]))
  const run = orItself(decided(joint, decisions))
  const kept = (id: Id): tf.Tensor => rest(at(first, id))
  const values = replay(
    joint.graph,
    (_, id) => kept(id),
    (node, inputs) => {
      const id = ids.get(node) ?? -1
      if (id === site.draw) return value
      return has(reach[id], place) ? run(node, inputs) : kept(id)
    }
  )
  return (id) => values[id]
}

/** Another value in place of a site's draw. */
export interface OtherDraw {
  readonly site: LatentSite
  readonly value: tf.Tensor
  readonly rest: (x: tf.Tensor) => tf.Tensor
}

/** How nodes are recorded once more. */
interface AlongPath {
  /** what becomes of each draw */
  readonly draw?: (value: tf.Tensor) => tf.Tensor
  /** whether parameters are constants: a gradient then flows through the draws alone */
  readonly fixed: boolean
}

/** The joint's nodes once more, as functions of the draws of a first recording; log q of a given draw is that of the draw itself, whose path counts. */
export const alongPath = (joint: Joint, first: Values, { draw = (value) => value, fixed }: AlongPath): Values => {
  const { graph } = joint
  const run = orItself(inPlace(joint))
  const ids = new Map(graph.nodes.map((node, id) => [node, id]))
  const isConstant = (node: Node): boolean =>
    fixed && node.kernel === "Input" && nameOf(node).startsWith(paramInput(""))
  const isDraw = (node: Node | undefined): boolean => node?.kernel === "Sample"
  const values = replay(
    graph,
    (node, id) => (isConstant(node) ? stopGradient(at(first, id)) : at(first, id)),
    (node, inputs) => {
      const [input] = inputs
      if (isDraw(node)) return draw(at(first, ids.get(node) ?? -1))
      const isGiven = node.kernel === "StopGradient" && isDraw(nodeAt(graph, node.inputs[0] ?? 0))
      return isGiven && input !== undefined ? input : run(node, inputs)
    }
  )
  return (id) => values[id]
}
