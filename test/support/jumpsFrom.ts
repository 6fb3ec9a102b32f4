import type { Constraint } from "../../src/dist/Constraint.ts"
import { isSupport, rangeOf } from "../../src/dist/Support.ts"
import type { DistFacts } from "../../src/infer/joint/Joint.ts"
import { findJumps } from "../../src/infer/plan/jumps.ts"
import { type Interval, interval, reals } from "../../src/tensor/Interval.ts"
import { type Graph, nameOf } from "../../src/trace/Graph.ts"
import { rangesOf } from "../../src/trace/ranges/rangesOf.ts"

/** In words, the first op between an input and the results of a graph that jumps, or may, for inputs that lie in the given ranges; a jump that is certain goes first. */
export const jumpsFrom = (
  graph: Graph,
  input: string,
  known: Readonly<Record<string, Interval>>
): ReadonlyArray<string> => {
  const draw = graph.nodes.findIndex((node) => node.kernel === "Input" && nameOf(node) === input)
  const guide = { ...facts, range: known[input] ?? reals }
  const site = {
    kind: "latent",
    name: input,
    plates: [],
    prior: guide,
    guide,
    draw,
    blocked: false,
    axis: undefined,
    score: undefined,
    events: undefined,
    isPlain: true,
    noise: undefined,
    parameters: undefined,
    kl: undefined
  } as const
  const found: Array<string> = []
  findJumps(
    { graph, axes: [], sites: [site], factors: [], parameters: [] },
    {
      costs: new Set(Object.values(graph.outputs)),
      ranges: rangesOf(graph, (node) => (node.kernel === "Input" ? known[nameOf(node)] : undefined)),
      mixes: false,
      mixed: new Set(),
      movesWith: () => false,
      detached: (_, jump) => {
        if (jump !== undefined) found.push(`${jump.op} ${jump.certain ? "jumps" : "mayJump"}`)
        return false
      }
    }
  )
  return found
}

const facts: DistFacts = {
  family: "Normal",
  shape: [],
  support: "real",
  gradients: ["reparameterized"],
  remark: undefined,
  values: undefined,
  noBound: false,
  range: reals,
  period: undefined,
  way: undefined
}

/** Where a parameter lies that satisfies a constraint, but for the ends. */
export const constraintRange = (constraint: Constraint | undefined): Interval => {
  if (constraint === "probability") return interval(0, 1, "()")
  if (constraint === undefined || !isSupport(constraint)) return reals
  return { ...rangeOf(constraint), lowOpen: true, highOpen: true }
}
