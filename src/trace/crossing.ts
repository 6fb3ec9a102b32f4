import type { Interval } from "../tensor/Interval.ts"
import { type Continuity, continuityOf } from "./continuity.ts"
import { ancestors, descendants, type Graph, type Id, type Node, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"

type Nodes = Pick<Graph, "nodes">

/** An op at which a gradient through a draw goes wrong, or may. */
export interface Jump {
  readonly node: Id
  /** `mayJump`: the ranges do not exclude a pole */
  readonly continuity: Extract<Continuity, "jumps" | "mayJump">
  /** the op as a user called it, and why it may jump, such as `'realDiv', whose denominator may be 0` */
  readonly words: string
}

/**
 * The ops on the way from a draw to the given nodes that jump as the draw moves, or may, in the order in which they were recorded.
 *
 * A density's end, which is 0 inside and −∞ outside, is a jump only where its −∞ becomes finite again and a draw can get there. A loss that is infinite
 * outside has no gradient to be had, and says so itself. But where the −∞ ends in a finite number, as that of one component of a mixture does in
 * `logSumExp`, a gradient through the draw lacks what the jump contributes. (So would an objective that mixes the weights of several particles: an
 * objective that adds up terms is assumed.)
 *
 * @param ranges where the values of the nodes lie (`rangesOf`)
 * @param draws the nodes that are the draw itself
 * @param roots the costs, and whatever else is differentiated
 */
export const jumpsBetween = (
  graph: Nodes,
  ranges: ReadonlyArray<Interval>,
  draws: ReadonlySet<Id>,
  roots: Iterable<Id>
): ReadonlyArray<Jump> => {
  const paths = withoutValues(graph)
  const moving = descendants(paths, draws)
  const path = [...ancestors(paths, roots)].filter((id) => !draws.has(id) && moving.has(id)).sort((a, b) => a - b)
  return path.flatMap((id) => {
    const continuity = continuityOf(paths, ranges, id, moving)
    if (continuity === "smooth" || continuity === "kinked") return []
    const node = nodeAt(paths, id)
    if (node.kernel === "InsideOf" && !endsFinite(paths, id, path)) return []
    return [{ node: id, continuity, words: wordsFor(node, continuity) }]
  })
}

/** How a draw was made does not matter where its exact gradient is known apart from that: only what that gradient reads does. */
const withoutValues = (graph: Nodes): Nodes => ({
  nodes: graph.nodes.map((node) =>
    node.kernel === "WithGradient" && node.attrs["exact"] === true ? { ...node, inputs: node.inputs.slice(1) } : node
  )
})

const wordsFor = (node: Node, continuity: Jump["continuity"]): string => {
  if (node.kernel === "InsideOf") return "an end of a density in a mixture"
  const { doubt } = kernelNamed(node.kernel, "a plan is made")
  return continuity === "mayJump" && doubt !== undefined ? `'${opName(node)}' (${doubt})` : `'${opName(node)}'`
}

/** tfjs's name for the op that a user called: kernels are capitalised, ops are not. */
const opName = (node: Node): string =>
  node.kernel === "Cast" ? `cast to ${node.dtype}` : node.kernel.charAt(0).toLowerCase() + node.kernel.slice(1)

/** Whether the −∞ of a node can end in a finite number on the way to the loss. */
const endsFinite = (graph: Nodes, id: Id, path: ReadonlyArray<Id>): boolean => {
  const reached = descendants(graph, [id])
  return path.some((each) => each !== id && reached.has(each) && !carriesAll(nodeAt(graph, each), reached))
}

const carriesAll = ({ kernel, inputs }: Node, reached: ReadonlySet<Id>): boolean =>
  inputs.every((input, i) => !reached.has(input) || carried(kernel, i))

/** Kernels whose result is not finite where the input is not; or which take some numbers and leave others, wherever the draw lies. */
const carriers = [
  ...["Add", "Sub", "Neg", "Multiply", "Square", "Abs", "Sum", "Mean", "SumOver", "MeanOver", "Cumsum", "Concat"],
  ...["Reshape", "Transpose", "Tile", "Slice", "Reverse"]
]

const carried = (kernel: string, input: number): boolean =>
  carriers.includes(kernel) || (kernel === "Select" && input > 0) || (kernel === "RealDiv" && input === 0)
