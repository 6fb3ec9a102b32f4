import { ancestors, nameOf, nodeAt } from "../../trace/Graph.ts"
import { score } from "../estimator/score.ts"
import { type Joint, latentSites } from "../joint/Joint.ts"
import { inputName } from "../joint/names.ts"
import type { Prepared } from "../run/prepared.ts"
import type { Derived } from "./derive.ts"
import { type Warning, warn } from "./warnings.ts"

/** Warnings that are known before the first step. */
export const knownBefore = ({ decisions, joint }: Derived, data: Prepared): ReadonlyArray<Warning> => [
  ...decisions.plan.sites.flatMap(({ site, gradient }) =>
    gradient === score.name && decisions.plan.particles === 1 ? [warn({ kind: "oneParticle", site })] : []
  ),
  ...unread(joint, data)
]

/** The fields of rows on which no site depends. */
const unread = (joint: Joint, { plates }: Prepared): ReadonlyArray<Warning> => {
  const nodes = [...joint.factors.map(({ node }) => node), ...latentSites(joint).map(({ draw }) => draw)]
  const read = new Set(
    [...ancestors(joint.graph, nodes)]
      .map((id) => nodeAt(joint.graph, id))
      .filter(({ kernel }) => kernel === "Input")
      .map(nameOf)
  )
  return Object.entries(plates).flatMap(([plate, fields]) =>
    Object.keys(fields).flatMap((field) =>
      read.has(inputName(field, plate)) ? [] : [warn({ kind: "unreadData", plate, field })]
    )
  )
}
