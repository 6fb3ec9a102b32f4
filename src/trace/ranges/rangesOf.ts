import { anything, type Interval, interval, point, reals } from "../../tensor/Interval.ts"
import { type Graph, type Id, type Node, nodeAt, valuesOf } from "../Graph.ts"
import { kernels } from "../kernels/index.ts"
import { both } from "./arithmetic.ts"

/** The ranges of nodes that are known from outside of the graph: those of inputs and draws. */
export type Known = (node: Node, id: Id) => Interval | undefined

/**
 * For each node an interval that contains every number of its value, computed in one pass: from constants, from the known ranges of inputs and draws,
 * and from the rule of each kernel. A kernel without a rule may give anything. An input without a known range has finite numbers.
 */
export const rangesOf = (graph: Pick<Graph, "nodes">, known: Known = () => undefined): ReadonlyArray<Interval> => {
  const ranges: Array<Interval> = []
  graph.nodes.forEach((node, id) => {
    const told = known(node, id)
    const computed = rangeOfNode(graph, node, ranges)
    ranges.push(told === undefined ? computed : both(told, computed))
  })
  return ranges
}

const rangeOfNode = (graph: Pick<Graph, "nodes">, node: Node, ranges: ReadonlyArray<Interval>): Interval => {
  if (node.kernel === "Const") return ofValues(valuesOf(node))
  if (node.kernel === "Input") return reals
  if (node.kernel === "Noise") return node.attrs["law"] === "uniform" ? interval(0, 1, "()") : reals
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  const shapes = node.inputs.map((input) => nodeAt(graph, input).shape)
  return kernels[node.kernel]?.range?.(inputs, node, shapes) ?? anything
}

/** From the least to the greatest number of a constant. */
const ofValues = (values: ArrayLike<number>): Interval => {
  let [low, high] = [values[0] ?? 0, values[0] ?? 0]
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? Number.NaN
    if (Number.isNaN(x)) return anything
    if (x < low) low = x
    if (x > high) high = x
  }
  return low === high ? point(low) : interval(low, high)
}
