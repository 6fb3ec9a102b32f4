import * as tf from "@tensorflow/tfjs"
import { along } from "../../../trace/axes.ts"
import { type Graph, nameOf, nodeAt } from "../../../trace/Graph.ts"
import { prune } from "../../../trace/passes/prune.ts"
import type { Recorder } from "../../../trace/record.ts"
import { recordAgain } from "../../../trace/replay.ts"
import type { Factor, Joint } from "../../joint/Joint.ts"
import { at } from "../../step/densities.ts"

/** The axes along which sites have all of their values in turn. */
export interface Open {
  readonly axes: ReadonlySet<string>
  /** 1 in the one row of a plate where they have them, and 0 in all others; without it they have them in each row */
  readonly row?: tf.Tensor
}

const noneOpen: Open = { axes: new Set() }

/** One value where a mask is 1, and another one where it is 0: both are finite. */
export const where = (mask: tf.Tensor, one: tf.Tensor, other: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(mask, one), tf.mul(tf.sub(1, mask), other))

/** Reads parts of a joint with its enumerated sites at given places in the lists of their values. */
export const readerOf = (recorder: Recorder, { graph }: Joint, places: ReadonlyMap<string, tf.Tensor>) => {
  const inputs = new Map(
    graph.nodes.flatMap((node) =>
      node.kernel === "Input" ? [[nameOf(node), recorder.input(nameOf(node), node.shape, node.dtype)] as const] : []
    )
  )
  const read = (outputs: Graph["outputs"], { axes, row }: Open = noneOpen): ReadonlyMap<string, tf.Tensor> => {
    const part = prune({ nodes: graph.nodes, outputs })
    const values = recordAgain(recorder, part, inputs, (node, list) => {
      const axis = node.kernel === "Along" ? String(node.attrs["axis"]) : ""
      const place = places.get(axis)
      if (place === undefined || (axes.has(axis) && row === undefined)) return undefined
      const [all] = list()
      const value = chosen(all, place)
      return row === undefined || all === undefined || !axes.has(axis) ? value : where(row, along(all, axis), value)
    })
    return new Map(Object.entries(part.outputs).map(([name, id]) => [name, at(values, id)]))
  }
  return {
    /** log densities with their scales, unsummed; along the axes that are left open, if there are some */
    densities: (factors: ReadonlyArray<Factor>, open?: Open): ReadonlyArray<tf.Tensor> => {
      const found = read(
        Object.fromEntries(
          factors.flatMap(({ node, scale }, i) => [
            [`${i}`, node] as const,
            ...(scale === undefined ? [] : [[`scale ${i}`, scale] as const])
          ])
        ),
        open
      )
      return factors.map((_, i) => {
        const [value = tf.scalar(0), scale] = [found.get(`${i}`), found.get(`scale ${i}`)]
        return scale === undefined ? value : tf.mul(value, scale)
      })
    },
    valueAt: (axis: string, place: tf.Tensor): tf.Tensor => {
      const id = graph.nodes.findIndex(({ kernel, attrs }) => kernel === "Along" && attrs["axis"] === axis)
      return chosen(read({ list: nodeAt(graph, id).inputs[0] ?? -1 }).get("list"), place)
    }
  }
}

const chosen = (list: tf.Tensor | undefined, place: tf.Tensor): tf.Tensor => {
  if (list === undefined) throw new RangeError("an enumerated site has no list of values")
  return tf.gather(list, tf.cast(place, "int32") as tf.Tensor1D)
}
