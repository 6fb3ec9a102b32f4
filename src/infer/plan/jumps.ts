import type { Interval } from "../../tensor/Interval.ts"
import { type Continuity, continuityOf, leastBehindDraws } from "../../trace/continuity.ts"
import { type Graph, type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import { kernelNamed } from "../../trace/kernels/index.ts"
import { isScan } from "../../trace/region.ts"
import type { Jump } from "../estimator/Estimator.ts"
import { type Joint, type LatentSite, latentSites } from "../joint/Joint.ts"

export interface JumpOptions {
  /** the nodes of the loss */
  readonly costs: ReadonlySet<Id>
  readonly ranges: ReadonlyArray<Interval>
  /** whether the objective makes a finite number of an infinite one: it mixes particles */
  readonly mixes: boolean
  /** the nodes of the loss that are summed out with others: an infinite number may become a finite one there */
  readonly mixed: ReadonlySet<Id>
  /** whether a jump at a node moves with the given inputs: its place depends on a continuous draw too */
  readonly movesWith: (id: Id, inputs: ReadonlySet<Id>, certain: boolean) => boolean
  /** gets the first jump after the draw of a site; returns whether the gradient stops at that draw */
  readonly detached: (site: LatentSite, jump: Jump | undefined) => boolean
}

/** The facts about the ops between a node and the loss. */
interface Ahead {
  /** whether a gradient flows from something differentiated back to the node */
  readonly live: boolean
  /** the first jump on the way */
  readonly jump: Jump | undefined
  /** the first jump on the way whose place moves with the node: the mean of the loss then has a slope that no gradient of the loss has */
  readonly moved: Jump | undefined
  /** whether an infinite number may become a finite one on the way */
  readonly tamed: boolean
}

const nothing: Ahead = { live: false, jump: undefined, moved: undefined, tamed: false }

/**
 * Finds the first jump between each site's draw and anything that is differentiated: the terms of the loss, and log q of those sites whose gradient
 * stops at their draw (their surrogate is differentiated too). It is one backward pass, in which each site is decided when all readers of its draw
 * are known. Each edge of the graph is visited once.
 *
 * @returns for a node the first jump whose position depends on it, as on a parameter that is compared with a draw
 */
export const findJumps = (joint: Joint, options: JumpOptions): ((id: Id) => Jump | undefined) => {
  const graph = withoutExactValues(joint.graph)
  const sites = latentSites(joint)
  const drawnAt = new Map(sites.map((site) => [site.draw, site]))
  const scoredAt = new Map(sites.flatMap((site) => (site.score === undefined ? [] : [[site.score, site] as const])))
  const consumers = consumersOf(graph)
  const ahead: Array<Ahead | undefined> = Array(graph.nodes.length)
  const cut = new Set<Id>()
  const unmarked = (draw: Id): ReadonlyArray<Id> => nodeAt(graph, draw).inputs

  /** The nodes that must be known before a node: its readers; for log q of a given draw also that draw's site. */
  const readers = (id: Id): ReadonlyArray<Id> => {
    const own = consumers[id] ?? []
    if (!drawnAt.has(id)) return own
    // the sampler may make log q from the draw before it is marked as one
    const others = unmarked(id).flatMap((input) => consumers[input] ?? [])
    return [...own, ...others.filter((reader) => reader !== id)]
  }
  const needed = (id: Id): ReadonlyArray<Id> => {
    const scored = scoredAt.get(id)
    return scored === undefined ? readers(id) : [...readers(id), scored.draw]
  }
  const look = (id: Id): Ahead => {
    const scored = scoredAt.get(id)
    const isRoot = options.costs.has(id) || (scored !== undefined && cut.has(scored.draw))
    // if the gradient stops at a draw, it also stops before the draw was marked: log q is then that of the given draw
    if (cut.has(id)) return nothing
    const inputs = drawnAt.has(id) ? new Set([id, ...unmarked(id)]) : new Set([id])
    let found: Ahead = { ...nothing, live: isRoot, tamed: isRoot && options.mixed.has(id) }
    for (const reader of readers(id)) {
      const next = ahead[reader] ?? nothing
      if (!next.live || cut.has(reader)) continue
      const own = jumpAt(graph, reader, inputs, next, options)
      found = {
        live: true,
        jump: earlier(found.jump, earlier(own, next.jump)),
        moved: earlier(
          found.moved,
          earlier(own !== undefined && options.movesWith(reader, inputs, own.certain) ? own : undefined, next.moved)
        ),
        tamed: found.tamed || next.tamed || !carriesInfinity(nodeAt(graph, reader), inputs)
      }
    }
    const site = drawnAt.get(id)
    const jump = site === undefined ? undefined : earlier(found.jump, jumpAlong(graph, id, options.ranges, sites))
    if (site !== undefined && options.detached(site, jump)) {
      for (const each of [id, ...unmarked(id)]) cut.add(each)
      return nothing
    }
    return found
  }

  for (let start = graph.nodes.length - 1; start >= 0; start--) {
    const stack: Array<Id> = [start]
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const missing = ahead[id] === undefined ? needed(id).filter((other) => ahead[other] === undefined) : []
      if (missing.length > 0) {
        stack.push(...missing)
        continue
      }
      ahead[id] ??= look(id)
      stack.pop()
    }
  }
  return (id) => ahead[id]?.moved
}

/**
 * If a sampler supplies its exact gradient, only what that gradient reads counts, not how the value was made. A gradient that is exact under a period
 * counts for the draw of a site: its path is taken only where the draw is read with that period.
 */
const withoutExactValues = (graph: Pick<Graph, "nodes">): Pick<Graph, "nodes"> => {
  const drawn = new Set(graph.nodes.flatMap(({ kernel, inputs }) => (kernel === "Sample" ? inputs : [])))
  const isExact = ({ kernel, attrs: { exact } }: Node, id: Id): boolean =>
    kernel === "WithGradient" && (exact === true || (exact === "under its period" && drawn.has(id)))
  return {
    nodes: graph.nodes.map((node, id) => (isExact(node, id) ? { ...node, inputs: node.inputs.slice(1) } : node))
  }
}

/** The nodes that read each node, along which a gradient flows: none through a draw that was given as a constant. */
const consumersOf = ({ nodes }: Pick<Graph, "nodes">): ReadonlyArray<ReadonlyArray<Id>> => {
  const consumers: Array<Array<Id>> = nodes.map(() => [])
  nodes.forEach((node, id) => {
    if (isGivenDraw(node)) return
    for (const input of new Set(node.inputs)) consumers[input]?.push(id)
  })
  return consumers
}

const isGivenDraw = ({ kernel, attrs }: Node): boolean => kernel === "StopGradient" && attrs["given"] !== undefined

/**
 * The jump at one node, if it is one. A density's bound, where it goes from a finite number to −∞, counts only if that −∞ becomes finite again: as that of one
 * component of a mixture does, or where the objective mixes particles. A loss that is infinite there has no gradient at all, and stops the fit.
 */
const jumpAt = (
  graph: Pick<Graph, "nodes">,
  id: Id,
  moving: ReadonlySet<Id>,
  next: Ahead,
  { ranges, mixes }: JumpOptions
): Jump | undefined => {
  const node = nodeAt(graph, id)
  const continuity = continuityOf(graph, ranges, id, moving)
  if (continuity !== "jumps" && continuity !== "mayJump") return undefined
  if (node.kernel === "InsideOf" || node.kernel === "DensityInside")
    return mixes || next.tamed
      ? {
          op: `an end of a density ${next.tamed ? "in a mixture" : "under an objective that mixes particles"}`,
          certain: true,
          node: id
        }
      : undefined
  return { op: wordsFor(node, continuity), certain: continuity === "jumps", node: id }
}

/** The jump between the draws of a guide's recurrence, if it walks along them. */
const jumpAlong = (
  graph: Pick<Graph, "nodes">,
  draw: Id,
  ranges: ReadonlyArray<Interval>,
  sites: ReadonlyArray<LatentSite>
): Jump | undefined => {
  const walk = walkOf(graph, draw)
  if (walk === undefined) return undefined
  const rangeOf = (name: string): Interval | undefined => sites.find((site) => site.name === name)?.guide?.range
  const { node, continuity } = leastBehindDraws(graph, ranges, walk, rangeOf)
  if (node === undefined || (continuity !== "jumps" && continuity !== "mayJump")) return undefined
  const op = `${wordsFor(node, continuity)} in the guide's recurrence`
  return { op, certain: continuity === "jumps", node: walk }
}

/** The recurrence that made a draw in its body, by way of the slice of its rows that holds it. */
const walkOf = (graph: Pick<Graph, "nodes">, draw: Id): Id | undefined => {
  const input = (id: Id): Id => nodeAt(graph, id).inputs[0] ?? id
  let id = input(draw)
  if (nodeAt(graph, id).kernel !== "Along") return undefined
  for (; nodeAt(graph, id).inputs.length === 1; id = input(id));
  return isScan(nodeAt(graph, id)) ? id : undefined
}

/** A jump that is certain goes before one that may be; among equals the first in the program. */
const earlier = (a: Jump | undefined, b: Jump | undefined): Jump | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  if (a.certain !== b.certain) return a.certain ? a : b
  return a.node <= b.node ? a : b
}

/** The op as a user called it, with the reason of a doubt: `'realDiv' (its denominator may be 0)`. */
const wordsFor = (node: Node, continuity: Continuity): string => {
  const { doubt } = kernelNamed(node.kernel, "a plan is made")
  return continuity === "mayJump" && doubt !== undefined ? `'${opName(node)}' (${doubt})` : `'${opName(node)}'`
}

/** tfjs's name for an op: kernels are capitalised, ops are not. */
const opName = ({ kernel, dtype }: Node): string =>
  kernel === "Cast" ? `cast to ${dtype}` : kernel.charAt(0).toLowerCase() + kernel.slice(1)

/** Whether a node's result is infinite wherever those of its inputs are that move; or it takes some numbers and leaves others, wherever the draw lies. */
const carriesInfinity = ({ kernel, inputs, attrs }: Node, moving: ReadonlySet<Id>): boolean =>
  inputs.every((input, i) => !moving.has(input) || carriers.has(kernel) || carried[kernel]?.(i, attrs) === true)

const carriers: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Neg", "Multiply", "Square", "Abs", "Sum", "Mean", "Cumsum", "Concat"],
  ...["Reshape", "Transpose", "Tile", "Slice", "Reverse", "SumOver", "MeanOver", "StopGradient"]
])
const carried: Readonly<Record<string, (input: number, attrs: Node["attrs"]) => boolean>> = {
  Select: (input) => input > 0,
  // the mask of a vector is 0 or −∞
  DensityInside: (input, { low }) => input === 0 || low === 0,
  RealDiv: (input) => input === 0
}
