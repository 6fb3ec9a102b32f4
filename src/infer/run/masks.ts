import * as tf from "@tensorflow/tfjs"
import { onBackend } from "../../engine/backend.ts"
import { runGraph } from "../../engine/runGraph.ts"
import { nameOf } from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { type Joint, type ObservedSite, platesOf } from "../joint/Joint.ts"
import { inputName, own } from "../joint/names.ts"
import type { Prepared } from "./prepared.ts"

/** The mask of a site's events, by rows: zeros and ones; `unknown` if it does not depend only on the site's own rows. */
export type Counts = ArrayLike<number> | "unknown" | undefined

/** The mask of an observed site, computed only from its data; undefined for a site without a mask. */
export const countsOf = (joint: Joint, { mask, plates }: ObservedSite, data: Prepared): Counts => {
  if (mask === undefined) return undefined
  const single = prune({ nodes: joint.graph.nodes, outputs: { mask } })
  const label = plates.at(-1)
  const fields = label === undefined ? data.globals : (own(data.plates, label) ?? {})
  const given = new Map(Object.entries(fields).map(([field, rows]) => [inputName(field, label), rows]))
  const isKnown = single.nodes.every(
    (node) => node.kernel !== "Noise" && (node.kernel !== "Input" || given.has(nameOf(node)))
  )
  if (!isKnown) return "unknown"
  const axis = platesOf(joint).find((plate) => plate.label === label)
  const size = label === undefined ? 1 : (own(data.sizes, label) ?? 1)
  const graph = axis === undefined ? single : vectorise(single, { ...axis, size, spread: true })
  return onBackend("cpu", () =>
    tf.tidy(() => {
      const leaves = graph.nodes.flatMap((node) => {
        const rows = node.kernel === "Input" ? given.get(nameOf(node)) : undefined
        if (rows === undefined) return []
        const numbers = Float32Array.from(rows.values, (x) => x * rows.scale)
        return [[nameOf(node), tf.tensor(numbers, [...node.shape])] as const]
      })
      return runGraph(graph, Object.fromEntries(leaves))["mask"]?.dataSync()
    })
  )
}
