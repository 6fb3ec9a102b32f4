import * as tf from "@tensorflow/tfjs"
import { special } from "../tensor/special/index.ts"
import type { Shape } from "../tensor/Tensor.ts"
import { type Graph, type Id, type Node, nodeAt } from "./Graph.ts"
import { elementwise } from "./kernels/elementwise.ts"
import { numbersOf } from "./kernels/KernelRow.ts"
import { runNode } from "./runKernel.ts"

/**
 * How a value depends on a draw of independent events. `apart`: not at all. `aligned`: its leading dimensions are those of the events, and the part at a position depends on the event
 * there alone. `mixed`: in any other way.
 */
type Dependence = "apart" | "aligned" | "mixed"

/** A draw of independent events, whose leading dimensions are `positions`. */
export interface Events {
  readonly draw: Id
  readonly positions: Shape
}

/**
 * The part of a number that each event of a draw influences: where the number is a sum over the events of functions of one event each, the summand of that event; what mixes events
 * counts for all of them; what depends on none of them is left out.
 *
 * @returns a value of shape `positions`; undefined where no part of the number is such a sum
 */
export const partOfEach = (
  graph: Pick<Graph, "nodes">,
  number: Id,
  events: Events,
  tensorOf: (id: Id) => tf.Tensor
): tf.Tensor | undefined => {
  const dependence = dependences(graph, number, events)
  const known = new Map<Id, Parts>()
  const partsOf = (id: Id): Parts => {
    const before = known.get(id)
    if (before !== undefined) return before
    const parts = split(id)
    known.set(id, parts)
    return parts
  }
  const split = (id: Id): Parts => {
    if (dependence[id] === "apart") return {}
    const node = nodeAt(graph, id)
    const [x = -1] = node.inputs
    if (node.kernel === "Sum" && dependence[x] === "aligned" && node.shape.length === 0)
      return { each: summedInside(tensorOf(x), events.positions) }
    const linear = Object.hasOwn(linearIn, node.kernel) ? linearIn[node.kernel] : undefined
    const place = linear === undefined ? -1 : linear(node.inputs.map((input) => dependence[input] !== "apart"))
    if (place < 0 || !node.inputs.every((input) => nodeAt(graph, input).shape.length === 0))
      return { all: tensorOf(id) }
    if (node.kernel === "Add" || node.kernel === "Sub") {
      const [a, b] = node.inputs.map(partsOf)
      const sign = node.kernel === "Add" ? tf.add : tf.sub
      return { each: joined(sign, a?.each, b?.each), all: joined(sign, a?.all, b?.all) }
    }
    const { each, all } = partsOf(node.inputs[place] ?? -1)
    const through = (part: tf.Tensor | undefined): tf.Tensor | undefined =>
      part &&
      runNode(
        node,
        node.inputs.map((input, i) => (i === place ? part : tensorOf(input)))
      )
    return { each: through(each), all: through(all) }
  }
  const { each, all } = partsOf(number)
  return each === undefined ? undefined : all === undefined ? each : tf.add(each, all)
}

/** A number as the sum of one number for each event, and of one that counts for all of them. */
interface Parts {
  readonly each?: tf.Tensor | undefined
  readonly all?: tf.Tensor | undefined
}

const joined = (
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  a: tf.Tensor | undefined,
  b: tf.Tensor | undefined
): tf.Tensor | undefined => (b === undefined ? a : f(a ?? tf.scalar(0), b))

/** Sums over all dimensions behind those of the events. */
const summedInside = (x: tf.Tensor, positions: Shape): tf.Tensor => {
  const inner = x.shape.map((_, i) => i).slice(positions.length)
  return inner.length === 0 ? x : tf.sum(x, inner)
}

/** For each kernel that is linear: the place of the one input that depends on the draw, −1 where several do. A sum takes both. */
const linearIn: Readonly<Record<string, (depends: ReadonlyArray<boolean>) => number>> = {
  Add: () => 0,
  Sub: () => 0,
  Multiply: (depends) => (depends[0] === depends[1] ? -1 : depends.indexOf(true)),
  RealDiv: ([, denominator]) => (denominator === true ? -1 : 0),
  ...Object.fromEntries(["Neg", "Identity", "SumOver", "MeanOver", "StopGradient"].map((kernel) => [kernel, () => 0]))
}

const dependences = (graph: Pick<Graph, "nodes">, last: Id, { draw, positions }: Events): ReadonlyArray<Dependence> => {
  const found: Array<Dependence> = []
  for (let id = 0; id <= last; id++) {
    const node = nodeAt(graph, id)
    const inputs = node.inputs.map((input) => found[input] ?? "apart")
    found.push(id === draw ? "aligned" : dependenceOf(graph, node, inputs, positions))
  }
  return found
}

const dependenceOf = (
  graph: Pick<Graph, "nodes">,
  node: Node,
  inputs: ReadonlyArray<Dependence>,
  positions: Shape
): Dependence => {
  if (inputs.every((each) => each === "apart")) return "apart"
  if (inputs.includes("mixed") || !begins(node.shape, positions)) return "mixed"
  const rank = node.shape.length
  if (isPointwise(node.kernel)) {
    const keepsPlaces = node.inputs.every((input, i) => {
      const { shape } = nodeAt(graph, input)
      return inputs[i] === "apart" || (shape.length === rank && begins(shape, positions))
    })
    return keepsPlaces ? "aligned" : "mixed"
  }
  if (node.kernel === "Reshape" || node.kernel === "OneHot") return "aligned"
  if (!reductions.has(node.kernel)) return "mixed"
  const axes = numbersOf(node.attrs["axis"] ?? node.attrs["reductionIndices"] ?? node.attrs["dim"])
  return axes.every((axis) => axis >= positions.length) ? "aligned" : "mixed"
}

const reductions: ReadonlySet<string> = new Set(["Sum", "Mean", "Max", "Min"])

const begins = (shape: Shape, positions: Shape): boolean =>
  shape.length >= positions.length && positions.every((n, i) => shape[i] === n)

const pointwiseSpecials: ReadonlySet<string> = new Set(
  Object.values(special).flatMap(({ kernel, noise = [], reduces }) =>
    reduces === true || noise.length > 0 ? [] : [kernel]
  )
)

/** Whether each number of a kernel's output depends on the numbers at its own place in the inputs alone. */
const isPointwise = (kernel: string): boolean =>
  (Object.hasOwn(elementwise, kernel) && kernel !== "Along" && kernel !== "Across") || pointwiseSpecials.has(kernel)
