import type { Range } from "../dist/range.ts"
import { descendants, type Graph, type Id, type Node, nodeAt, uniformValue } from "../trace/Graph.ts"

type Nodes = Pick<Graph, "nodes">

/**
 * Whether the loss makes a finite jump where a density ends, at a node `InsideOf`, which is 0 inside and −∞ outside. A loss that is infinite
 * outside has no gradient to be had, and says so itself. But where the −∞ ends in a finite number, as that of one component of a mixture does in
 * `logSumExp`, and a draw can get there, a gradient through the draw lacks what the jump contributes. (So would an objective that mixes the
 * weights of several particles: that of today, the ELBO, adds up terms.)
 *
 * @param path the nodes from the draw to the loss
 * @param draws the nodes that are the draw itself, whose numbers lie in `range`
 */
export const jumpsAtEnd = (
  graph: Nodes,
  id: Id,
  path: ReadonlyArray<Id>,
  draws: ReadonlySet<Id>,
  range: Range
): boolean => !staysInside(graph, id, draws, range) && endsFinite(graph, id, path)

/** Whether it is the draw itself that is compared with ends, and no draw lies beyond them. */
const staysInside = (graph: Nodes, id: Id, draws: ReadonlySet<Id>, [least, most]: Range): boolean => {
  const { inputs, attrs } = nodeAt(graph, id)
  const [x] = inputs
  const within = least >= Number(attrs["low"]) && most <= Number(attrs["high"])
  return within && x !== undefined && isMoved(graph, x, draws)
}

/** Whether a node holds the numbers of a draw, in another order or shape. */
const isMoved = (graph: Nodes, id: Id, draws: ReadonlySet<Id>): boolean => {
  if (draws.has(id)) return true
  const node = nodeAt(graph, id)
  const [source] = node.kernel === "Add" ? node.inputs.filter((input) => !isZero(graph, input)) : node.inputs
  const moves = node.kernel === "Add" ? node.inputs.some((input) => isZero(graph, input)) : moving.includes(node.kernel)
  return moves && source !== undefined && isMoved(graph, source, draws)
}

const isZero = (graph: Nodes, id: Id): boolean => uniformValue(nodeAt(graph, id)) === 0

const moving = ["Reshape", "Transpose", "Tile", "Slice", "Reverse"]

/** Whether the −∞ of a node can end in a finite number on the way to the loss. */
const endsFinite = (graph: Nodes, id: Id, path: ReadonlyArray<Id>): boolean => {
  const reached = descendants(graph, [id])
  return path.some((each) => each !== id && reached.has(each) && !carriesAll(nodeAt(graph, each), reached))
}

const carriesAll = ({ kernel, inputs }: Node, reached: ReadonlySet<Id>): boolean =>
  inputs.every((input, i) => !reached.has(input) || carried(kernel, i))

/** Kernels whose result is not finite where the input is not; or which take some numbers and leave others, wherever the draw lies. */
const carriers = ["Add", "Sub", "Neg", "Multiply", "Square", "Abs", "Sum", "Mean", "Cumsum", "Concat", ...moving]

const carried = (kernel: string, input: number): boolean =>
  carriers.includes(kernel) || (kernel === "Select" && input > 0) || (kernel === "RealDiv" && input === 0)
