import type { Constraint } from "../../src/dist/Constraint.ts"
import { isSupport, rangeOf } from "../../src/dist/Support.ts"
import { type Interval, interval, reals } from "../../src/tensor/Interval.ts"
import { jumpsBetween } from "../../src/trace/crossing.ts"
import { type Graph, nameOf } from "../../src/trace/Graph.ts"
import { rangesOf } from "../../src/trace/ranges/rangesOf.ts"

/** In words, the ops that jump between an input and the results of a graph, or may, for inputs that lie in the given ranges. */
export const jumpsFrom = (
  graph: Graph,
  input: string,
  known: Readonly<Record<string, Interval>>
): ReadonlyArray<string> => {
  const ranges = rangesOf(graph, (node) => (node.kernel === "Input" ? known[nameOf(node)] : undefined))
  const draw = graph.nodes.findIndex((node) => node.kernel === "Input" && nameOf(node) === input)
  const jumps = jumpsBetween(graph, ranges, new Set([draw]), Object.values(graph.outputs))
  return jumps.map(({ words, continuity }) => `${words} ${continuity}`)
}

/** Where a parameter lies that satisfies a constraint, but for the ends. */
export const constraintRange = (constraint: Constraint | undefined): Interval => {
  if (constraint === "probability") return interval(0, 1, "()")
  if (constraint === undefined || !isSupport(constraint)) return reals
  return { ...rangeOf(constraint), lowOpen: true, highOpen: true }
}
