import { type Id, nameOf } from "../../trace/Graph.ts"
import { type Joint, type LatentSite, platesOf } from "./Joint.ts"
import { dataPrefix } from "./names.ts"

/** The data in the row of a site's plates, as far as the program reads them. */
export const rowOf = (joint: Joint, { plates }: Pick<LatentSite, "plates">): ReadonlyArray<Id> => {
  const fields = new Set(
    platesOf(joint).flatMap(({ label, inputs }) =>
      plates.includes(label) ? [...inputs].filter((input) => input.startsWith(dataPrefix)) : []
    )
  )
  return joint.graph.nodes.flatMap((node, id) => (node.kernel === "Input" && fields.has(nameOf(node)) ? [id] : []))
}
