import type { Interpreted } from "../../model/Guided.ts"
import type { Id } from "../../trace/Graph.ts"
import { type Joint, latentSites } from "../joint/Joint.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import { recordJoint } from "../joint/recordJoint.ts"

/** A recorded program, and what it was recorded from. */
interface Recorded {
  readonly guided: Interpreted
  readonly shapes: DataShapes
  readonly joint: Joint
}

/**
 * Where the user's code called the op of a node, as `file:line`: the program is recorded once more, this time with a look at the stack for each node, which would be too
 * slow for every recording. Undefined for an op that the library called by itself, such as in a log density.
 */
export const lineOf = ({ guided, shapes, joint }: Recorded, node: Id): string | undefined => {
  const sitesWith = (fact: "score" | "axis" | "parameters" | "noise"): ReadonlySet<string> =>
    new Set(latentSites(joint).flatMap((site) => (site[fact] === undefined ? [] : [site.name])))
  const lines = new Map<Id, string>()
  recordJoint(guided, shapes, {
    scored: sitesWith("score"),
    enumerated: sitesWith("axis"),
    parameters: sitesWith("parameters"),
    generalized: sitesWith("noise"),
    lines
  })
  return lines.get(node)
}
