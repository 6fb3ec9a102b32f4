import { type Graph, nodeAt } from "../Graph.ts"
import { mapBodies } from "../region.ts"
import { withoutMasks } from "../unitMasks.ts"
import { verify } from "../verify.ts"
import { dropIdentities } from "./dropIdentities.ts"
import { expandSpecial } from "./expandSpecial.ts"
import { factorProducts } from "./factorProducts.ts"
import { foldConstants } from "./foldConstants.ts"
import { hoistFromScans } from "./hoistFromScans.ts"
import { joinAlike } from "./joinAlike.ts"
import { joinPads } from "./joinPads.ts"
import { liftBroadcasts } from "./liftBroadcasts.ts"
import { mergeFactors } from "./mergeFactors.ts"
import { mergeReshapes } from "./mergeReshapes.ts"
import { prune } from "./prune.ts"
import { shareCommon } from "./shareCommon.ts"
import { sinkBroadcasts } from "./sinkBroadcasts.ts"

/** A pass: a function from a graph to a graph that computes the same, where an engine knows special functions of these names. */
export type Pass = (graph: Graph, known?: ReadonlySet<string>) => Graph

/** The passes that run between differentiation and an engine, in this order, until none of them changes anything. */
export const passes: Readonly<Record<string, Pass>> = {
  withoutMasks,
  dropIdentities,
  mergeReshapes,
  foldConstants,
  liftBroadcasts,
  sinkBroadcasts,
  mergeFactors,
  factorProducts,
  joinPads,
  hoistFromScans,
  shareCommon,
  prune,
  joinAlike,
  expandSpecial
}

/**
 * Makes a graph and the bodies of its recurrences smaller without changing their results. What comes out is verified; if it is broken, a second run finds the pass that broke it.
 *
 * @param known special functions outside of recurrences that are left as they are
 */
export const simplify = (graph: Graph, known?: ReadonlySet<string>): Graph =>
  simplified(
    mapBodies(graph, (body) => simplified(body)),
    known
  )

const simplified = (graph: Graph, known?: ReadonlySet<string>): Graph => {
  try {
    return verify(
      settled(graph, (after) => after, known),
      "simplify"
    )
  } catch {
    return settled(graph, verify, known)
  }
}

/** Runs all passes again and again, until each has found nothing to do since another one changed the graph. */
const settled = (given: Graph, changed: (after: Graph, name: string) => Graph, known?: ReadonlySet<string>): Graph => {
  const all = Object.entries(passes)
  let graph = given
  let idle = 0
  for (;;) {
    const begun = graph
    for (const [name, pass] of all) {
      const after = pass(graph, known)
      if (!isSame(graph, after)) [graph, idle] = [changed(after, name), 0]
      else if (++idle === all.length) return graph
    }
    if (unchanged(begun, graph)) return graph
  }
}

/** A pass that finds nothing to do gives the nodes back that it was given. */
const isSame = (before: Graph, after: Graph): boolean =>
  after.nodes.length === before.nodes.length &&
  after.nodes.every((node, id) => node === before.nodes[id]) &&
  Object.entries(after.outputs).every(([name, id]) => before.outputs[name] === id) &&
  Object.keys(after.outputs).length === Object.keys(before.outputs).length

/** Compares kernels and inputs only, because no pass changes only a node's attributes. */
const unchanged = (before: Graph, after: Graph): boolean =>
  after.nodes.length === before.nodes.length &&
  after.nodes.every((node, id) => {
    const { kernel, inputs } = nodeAt(before, id)
    return (
      node.kernel === kernel && node.inputs.length === inputs.length && node.inputs.every((x, i) => x === inputs[i])
    )
  })
