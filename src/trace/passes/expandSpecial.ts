import type * as tf from "@tensorflow/tfjs"
import { ownKernels } from "../../tensor/ownKernels.ts"
import { keep, rebuild } from "../build.ts"
import { type Attrs, exactly, type Graph, type Id, isLeaf, type Node, nameOf, nodeAt } from "../Graph.ts"
import { record } from "../record.ts"

/** Replaces each special function by the ops that compute it, so that engines do not need to know it; but those that an engine knows. It runs after differentiation. */
export const expandSpecial = (graph: Graph, known?: ReadonlySet<string>): Graph => {
  const bodies = new Map<string, Graph>()
  const bodyOf = (node: Node, inputs: ReadonlyArray<Node>): Graph => {
    const key = JSON.stringify([node.kernel, node.attrs, inputs.map(({ shape }) => shape)], exactly)
    const body = bodies.get(key) ?? specialBody(node.kernel, inputs, node.attrs)
    bodies.set(key, body)
    return body
  }
  return rebuild(graph, (node, inputs, build) => {
    if (ownKernels[node.kernel] === undefined || known?.has(node.kernel) === true) return keep(node, inputs, build)
    const body = bodyOf(
      node,
      inputs.map((id) => nodeAt(build, id))
    )
    const places: Array<Id> = []
    for (const each of body.nodes) {
      const place = (id: Id): Id => places[id] ?? 0
      places.push(
        each.kernel === "Input"
          ? (inputs[Number(nameOf(each))] ?? 0)
          : isLeaf(each)
            ? build.push(each)
            : keep(each, each.inputs.map(place), build)
      )
    }
    return places[body.outputs["y"] ?? 0] ?? 0
  })
}

/** The ops of one special function, with inputs named by their positions. */
export const specialBody = (
  kernel: string,
  inputs: ReadonlyArray<Pick<Node, "shape" | "dtype">>,
  attrs: Attrs
): Graph =>
  record((recorder) => {
    const given: ReadonlyArray<tf.Tensor> = inputs.map(({ shape, dtype }, i) => recorder.input(String(i), shape, dtype))
    const forward = ownKernels[kernel]?.forward
    if (forward === undefined) throw new RangeError(`${kernel} is no special function`)
    return { y: forward(given, attrs) }
  })
