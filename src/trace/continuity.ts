import { anything, type Interval, pointOf } from "../tensor/Interval.ts"
import { type Graph, type Id, isLeaf, nameOf, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"
import type { Continuity, ContinuityRule } from "./kernels/KernelRow.ts"
import { rangesOf } from "./ranges/rangesOf.ts"
import { bodyInput, isScan, scanOf } from "./region.ts"

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
  const scan = scanOf(node)
  const { body } = scan
  const given = new Map(node.inputs.map((_, i) => [bodyInput(i, scan), i]))
  const ranges = rangesOf(body, (each) => {
    const place = each.kernel === "Input" ? given.get(nameOf(each)) : undefined
    // the carry is first the node's input, and then the body's output
    return place === undefined || place === 0 ? undefined : (inputs[place] ?? anything)
  })
  const moving = new Set<Id>()
  let worst = 0
  body.nodes.forEach((each, id) => {
    const place = each.kernel === "Input" ? given.get(nameOf(each)) : undefined
    if (place !== undefined) {
      if (place === 0 ? moves.includes(true) : moves[place] === true) moving.add(id)
      return
    }
    if (!each.inputs.some((input) => moving.has(input))) return
    moving.add(id)
    worst = Math.max(worst, grades.indexOf(continuityOf(body, ranges, id, moving)))
  })
  return grades[worst] ?? "jumps"
}
