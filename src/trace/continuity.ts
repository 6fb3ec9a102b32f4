import { anything, type Interval, pointOf } from "../tensor/Interval.ts"
import { type Graph, type Id, isLeaf, type Node, nameOf, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"
import type { Continuity, ContinuityRule } from "./kernels/KernelRow.ts"
import { rangesOf } from "./ranges/rangesOf.ts"
import { bodyInput, carryInput, isScan, outputOf, type Scan, scanOf, widths } from "./region.ts"

export type { Continuity } from "./kernels/KernelRow.ts"

/**
 * The continuity of a node's value in those of its inputs that change, when every node lies in its range. A value that is constant on its range, such
 * as `floor` of a number between 0 and 1, is smooth.
 *
 * A point at which an op has no real value is not a jump: the result and the loss are NaN or infinite there, and the fit stops. A pole that the range
 * contains or reaches counts as a jump, such as that of log |x| at 0: the loss is finite on both sides of it, but its derivative has no expectation.
 */
export const continuityOf = (
  graph: Pick<Graph, "nodes">,
  ranges: ReadonlyArray<Interval>,
  id: Id,
  moving: ReadonlySet<Id>
): Continuity => {
  const node = nodeAt(graph, id)
  const isConstant = (each: Id): boolean => pointOf(ranges[each] ?? anything) !== undefined
  const moves = node.inputs.map((input) => moving.has(input) && !isConstant(input))
  if (isLeaf(node) || !moves.includes(true) || isConstant(id)) return "smooth"
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  if (isScan(node)) return ofBody(inputs, moves, node)
  return kernelNamed(node.kernel, "a plan is made").continuity(inputs, moves, node)
}

/** From the best to the worst. */
const grades: ReadonlyArray<Continuity> = ["smooth", "kinked", "mayJump", "jumps"]

/** As continuous as the least continuous op of the body that a moving input reaches: by way of the carry each position reaches all later ones. */
const ofBody: ContinuityRule = (inputs, moves, node) => {
  const given = placesOf(node)
  return leastIn(scanOf(node), rangesInside(node, inputs), moves[0] === true, ({ kernel, name }) => {
    const place = kernel === "Input" ? given.get(name) : undefined
    return place !== undefined && moves[place] === true
  }).continuity
}

/**
 * The least continuous op of a recurrence's body that its own draws reach: directly, or by way of the carry.
 *
 * @param rangeOfDraw the numbers among which the draws of a site lie
 */
export const leastBehindDraws = (
  graph: Pick<Graph, "nodes">,
  ranges: ReadonlyArray<Interval>,
  id: Id,
  rangeOfDraw: (site: string) => Interval | undefined
): Least => {
  const node = nodeAt(graph, id)
  const scan = scanOf(node)
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  const sites = new Map<Id, string>()
  scan.body.nodes.forEach(({ kernel, attrs, inputs }, each) => {
    // the sampler may make log q from the draw before it is marked as one
    if (kernel === "Sample") for (const draw of [each, ...inputs]) sites.set(draw, String(attrs["site"]))
  })
  const inside = rangesInside(node, inputs, (each) => {
    const site = sites.get(each)
    return site === undefined ? undefined : rangeOfDraw(site)
  })
  return leastIn(scan, inside, false, ({ id }) => sites.has(id))
}

interface Least {
  readonly continuity: Continuity
  /** undefined where all are smooth */
  readonly node: Node | undefined
}

interface Place {
  readonly kernel: string
  /** of an input */
  readonly name: string
  readonly id: Id
}

/**
 * The numbers of a carry move one by one: those that a moving node of the body becomes, and what these reach at later positions.
 *
 * @param isSource whether a node moves by itself
 */
const leastIn = (
  scan: Scan,
  ranges: ReadonlyArray<Interval>,
  firstMoves: boolean,
  isSource: (place: Place) => boolean
): Least => {
  const { body } = scan
  let carried: ReadonlyArray<boolean> = Array<boolean>(widths(scan).carry).fill(firstMoves)
  for (;;) {
    const { moving, sources } = movingIn(body, carried, isSource)
    const next = carriedBy(scan, moving, carried)
    if (next.every((each, i) => each === carried[i])) return leastOf(body, ranges, moving, sources)
    carried = next
  }
}

interface Moving {
  readonly moving: ReadonlySet<Id>
  /** those that move by themselves */
  readonly sources: ReadonlySet<Id>
}

const movingIn = (body: Graph, carried: ReadonlyArray<boolean>, isSource: (place: Place) => boolean): Moving => {
  const [moving, sources] = [new Set<Id>(), new Set<Id>()]
  const isCarry = (id: Id): boolean => {
    const node = nodeAt(body, id)
    return node.kernel === "Input" && nameOf(node) === carryInput
  }
  const movesBy = (node: Node, input: Id): boolean =>
    moving.has(input) && (!isCarry(input) || partOf(node, carried).includes(true))
  body.nodes.forEach((node, id) => {
    const { kernel } = node
    const own = isCarry(id)
      ? carried.includes(true)
      : isSource({ kernel, name: kernel === "Input" ? nameOf(node) : "", id })
    if (own) sources.add(id)
    if (own || node.inputs.some((input) => movesBy(node, input))) moving.add(id)
  })
  return { moving, sources }
}

/** The numbers of a carry that a node reads. */
const partOf = ({ kernel, attrs, shape }: Node, carried: ReadonlyArray<boolean>): ReadonlyArray<boolean> => {
  const begin = (attrs["begin"] as ReadonlyArray<number> | undefined)?.[0]
  return kernel === "Slice" && shape.length === 1 && begin !== undefined
    ? carried.slice(begin, begin + (shape[0] ?? 0))
    : carried
}

/** The numbers of the next carry that move, or moved before. */
const carriedBy = (scan: Scan, moving: ReadonlySet<Id>, carried: ReadonlyArray<boolean>): ReadonlyArray<boolean> => {
  const id = outputOf(scan, "carry")
  const { kernel, inputs, shape } = nodeAt(scan.body, id)
  const parts =
    kernel === "Concat" && shape.length === 1
      ? inputs.flatMap((input) => Array<boolean>(nodeAt(scan.body, input).shape[0] ?? 0).fill(moving.has(input)))
      : carried.map(() => moving.has(id))
  return carried.map((each, i) => each || parts[i] === true)
}

const leastOf = (
  body: Graph,
  ranges: ReadonlyArray<Interval>,
  moving: ReadonlySet<Id>,
  sources: ReadonlySet<Id>
): Least => {
  let least: Least = { continuity: "smooth", node: undefined }
  for (const id of moving) {
    if (sources.has(id)) continue
    const continuity = continuityOf(body, ranges, id, moving)
    if (grades.indexOf(continuity) > grades.indexOf(least.continuity)) least = { continuity, node: nodeAt(body, id) }
  }
  return least
}

const placesOf = (node: Node): ReadonlyMap<string, number> => {
  const scan = scanOf(node)
  return new Map(node.inputs.map((_, i) => [bodyInput(i, scan), i]))
}

/** The carry is first the node's input, and then the body's output: it may have any number. */
const rangesInside = (
  node: Node,
  inputs: ReadonlyArray<Interval>,
  known: (id: Id) => Interval | undefined = () => undefined
): ReadonlyArray<Interval> => {
  const given = placesOf(node)
  return rangesOf(scanOf(node).body, (each, id) => {
    const place = each.kernel === "Input" ? given.get(nameOf(each)) : undefined
    return place === undefined || place === 0 ? known(id) : (inputs[place] ?? anything)
  })
}
