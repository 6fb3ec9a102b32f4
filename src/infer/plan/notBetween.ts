import { type Id, nodeAt } from "../../trace/Graph.ts"
import type { Estimator, Jump } from "../estimator/Estimator.ts"
import { type Joint, type LatentSite, latentSites } from "../joint/Joint.ts"

/**
 * Why the loss cannot be followed from one value of a discrete draw to another, as a smooth function of numbers between them; undefined if it can.
 *
 * @param jump the first jump between the draw and anything that is differentiated
 * @param estimatorOf those of later sites, which are decided already
 */
export const notBetween = (
  joint: Joint,
  costs: ReadonlySet<Id>,
  site: LatentSite,
  jump: Jump | undefined,
  estimatorOf: (site: string) => Estimator | undefined
): string | undefined => {
  if (jump !== undefined) return `the loss ${jump.certain ? "jumps" : "may jump"} at ${jump.op}`
  const { nodes } = joint.graph
  const sites = latentSites(joint)
  const moved = reached(joint, site, () => false)
  const later = sites.find(
    ({ name, draw }) => name !== site.name && moved.has(draw) && estimatorOf(name)?.detached === true
  )
  if (later !== undefined)
    return `'${later.name}' is drawn by a distribution that depends on it, and its gradient stops at that draw`
  // a later draw lies in the support of its own density, wherever this one lies
  const own = reached(joint, site, (id) => sites.some(({ draw }) => draw === id))
  const counted = behind(joint, costs)
  const isChecked = nodes.some(
    ({ kernel, inputs }, id) =>
      counted.has(id) &&
      own.has((kernel === "DensityInside" ? inputs[1] : kernel === "InsideOf" ? inputs[0] : -1) ?? -1)
  )
  return isChecked
    ? "a density at its draw is 0 between them. Its prior must have the guide's family, with a KL in closed form"
    : undefined
}

/** The nodes that read a site's draw, up to those that `ends`. */
const reached = ({ graph }: Joint, { draw }: LatentSite, ends: (id: Id) => boolean): ReadonlySet<Id> => {
  const found = new Set<Id>([draw])
  graph.nodes.forEach(({ inputs }, id) => {
    if (!found.has(id) && !ends(id) && inputs.some((input) => found.has(input))) found.add(id)
  })
  return found
}

/** The nodes from which the loss is computed. */
const behind = ({ graph }: Joint, costs: ReadonlySet<Id>): ReadonlySet<Id> => {
  const found = new Set(costs)
  for (let id = graph.nodes.length - 1; id >= 0; id--)
    if (found.has(id)) for (const input of nodeAt(graph, id).inputs) found.add(input)
  return found
}
