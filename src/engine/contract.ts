import { sizeOf } from "../tensor/Tensor.ts"
import { type GraphBuilder, keep, rebuild } from "../trace/build.ts"
import { type Graph, type Id, type Node, nodeAt, readersOf } from "../trace/Graph.ts"

/**
 * Writes a sum of products Σₖ aᵢₖ bⱼₖ as a product of matrices, which reads its operands once and does not store all products. i and j may each stand
 * for several axes, or none: `tf.sum(tf.mul(x, w), -1)` of a matrix and a vector is an example. Two exceptions are not rewritten: the sum for two
 * vectors, and a sum with constant weights, such as a quadrature. Engines compute such a sum more exactly than the short matrix product.
 */
export const contract = (graph: Graph): Graph => {
  const readers = readersOf(graph)
  const readOnce = (node: Node): boolean => readers.get(node.inputs[0] ?? -1) === 1
  return rebuild(
    graph,
    (node, inputs, build) =>
      (node.kernel === "Sum" && readOnce(node) ? contracted(node, inputs, build) : undefined) ??
      keep(node, inputs, build)
  )
}

/** One of the two factors: the axes that only it has, and whether the summed axis comes after them. */
interface Factor {
  readonly id: Id
  readonly own: ReadonlyArray<number>
  readonly summedLast: boolean
  readonly constant: boolean
}

const isWeights = ({ own, constant }: Factor): boolean => own.length === 0 && constant

const contracted = (sum: Node, [summand]: ReadonlyArray<Id>, build: GraphBuilder): Id | undefined => {
  const product = nodeAt(build, summand ?? -1)
  const [axis, ...others] = [sum.attrs["axis"]].flat()
  if (product.kernel !== "Multiply" || product.dtype !== "float32" || typeof axis !== "number" || others.length > 0)
    return undefined
  const summed = axis < 0 ? axis + product.shape.length : axis
  const factors = product.inputs.map((id) => factorOf(build, id, product.shape.length, summed))
  const [left, right] = inOrder(factors)
  if (left === undefined || right === undefined) return undefined
  const k = product.shape[summed] ?? 1
  const matrix = ({ id, own, summedLast }: Factor): Id => {
    const m = sizeOf(own.map((each) => product.shape[each] ?? 1))
    return reshaped(build, id, summedLast ? [m, k] : [k, m])
  }
  const value = build.add("BatchMatMul", [matrix(left), matrix(right)], {
    transposeA: !left.summedLast,
    transposeB: right.summedLast
  })
  return reshaped(build, value, sum.shape)
}

/** A factor with the memory layout of a matrix: the summed axis is before or after all its own axes. */
const factorOf = (build: GraphBuilder, id: Id, rank: number, summed: number): Factor | undefined => {
  const { shape, kernel } = nodeAt(build, id)
  const whole = [...Array.from({ length: rank - shape.length }, () => 1), ...shape]
  const own = whole.flatMap((n, each) => (n > 1 && each !== summed ? [each] : []))
  const [before, after] = [own.every((each) => each < summed), own.every((each) => each > summed)]
  if (whole[summed] === 1 || !(before || after)) return undefined
  return { id, own, summedLast: before && own.length > 0, constant: kernel === "Const" }
}

/**
 * The two factors, first the one whose own axes come first in the sum. There are none if both factors have a common further axis, or if one of them
 * is just constant weights.
 */
const inOrder = ([a, b]: ReadonlyArray<Factor | undefined>): ReadonlyArray<Factor> => {
  if (a === undefined || b === undefined || isWeights(a) || isWeights(b)) return []
  const before = (one: Factor, other: Factor): boolean =>
    one.own.length > 0 && one.own.every((each) => other.own.every((another) => each < another))
  if (before(a, b)) return [a, b]
  return before(b, a) ? [b, a] : []
}

const reshaped = (build: GraphBuilder, id: Id, shape: ReadonlyArray<number>): Id =>
  String(nodeAt(build, id).shape) === String(shape) ? id : build.add("Reshape", [id], { shape: [...shape] })
