import { type Id, type Node, nameOf, nodeAt } from "../../trace/Graph.ts"
import { elementwise } from "../../trace/kernels/elementwise.ts"
import type { Loop } from "../Engine.ts"
import { outputId } from "../leaves.ts"
import { isMatrix, isProduct, isSum, productOf, transposeMatrices } from "./transposed.ts"

/** A loop in which some matrices are stored transposed, and the names of the carried inputs among them. */
export interface LaidOut {
  readonly loop: Loop
  readonly transposed: ReadonlySet<string>
}

/**
 * Decides for each matrix of a loop whether to store it transposed. A product is cheapest if its left operand is not read transposed and if it has at
 * least as many rows as columns. Sums, slices and an optimizer's update cost the same in both layouts, so the matrices that they connect are
 * transposed together. A matrix from outside of the loop is not stored transposed; a transpose op is added for the products that need one.
 */
export const layout = (loop: Loop): LaidOut => {
  const groups = groupsOf(loop)
  const chosen = cheapest(loop, groups)
  const isTransposed = (id: Id): boolean => chosen.has(groups.of(id))
  const transposed = Object.entries(loop.carried).flatMap(([name, output]) =>
    isTransposed(outputId(loop, output)) ? [name] : []
  )
  return { loop: { ...loop, graph: transposeMatrices(loop.graph, isTransposed) }, transposed: new Set(transposed) }
}

interface Groups {
  /** the group of a matrix, by the id of one of its members */
  readonly of: (id: Id) => Id
  /** the groups that may be transposed */
  readonly free: ReadonlyArray<Id>
}

/** Ops that give the same numbers in both layouts, if their axes are exchanged too. */
const follows = ({ kernel }: Node): boolean =>
  kernel in elementwise || kernel === "Slice" || kernel === "PadV2" || kernel === "Concat"

const groupsOf = (loop: Loop): Groups => {
  const parent = loop.graph.nodes.map((_, id) => id)
  const of = (id: Id): Id => {
    const above = parent[id] ?? id
    return above === id ? id : of(above)
  }
  const join = (a: Id, b: Id): void => {
    parent[of(a)] = of(b)
  }
  const next = (node: Node): Id | undefined => {
    const output = node.kernel === "Input" ? loop.carried[nameOf(node)] : undefined
    return output === undefined ? undefined : outputId(loop, output)
  }
  const movable = (node: Node): boolean => follows(node) || isProduct(node) || next(node) !== undefined
  const stay = loop.emitted.map((output) => outputId(loop, output))
  const matrices: Array<Id> = []
  loop.graph.nodes.forEach((node, id) => {
    if (!isMatrix(node)) return
    matrices.push(id)
    if (!movable(node)) stay.push(id)
    const carriedTo = next(node)
    if (carriedTo !== undefined) join(id, carriedTo)
    if (!follows(node)) return
    for (const input of node.inputs) {
      const operand = nodeAt(loop.graph, input)
      if (isMatrix(operand) && movable(operand)) join(input, id)
    }
  })
  const fixed = new Set(stay.map(of))
  return { of, free: [...new Set(matrices.map(of))].filter((group) => !fixed.has(group)) }
}

/** Transposes groups, one or two at a time, as long as this lowers the cost. */
const cheapest = (loop: Loop, groups: Groups): ReadonlySet<Id> => {
  const chosen = new Set<Id>()
  const toggle = (ids: ReadonlyArray<Id>): void => {
    for (const id of ids) if (!chosen.delete(id)) chosen.add(id)
  }
  const moves = groups.free.flatMap((a, i) => [[a], ...groups.free.slice(i + 1).map((b) => [a, b])])
  const cost = (): number => costOf(loop, (id) => chosen.has(groups.of(id)))
  let best = cost()
  const saves = (move: ReadonlyArray<Id>): boolean => {
    toggle(move)
    const now = cost()
    const better = now < best
    if (better) best = now
    else toggle(move)
    return better
  }
  while (moves.filter(saves).length > 0);
  return chosen
}

/** The cost of products beyond their arithmetic, and of explicit transposes, in multiplications, as measured on x64 (docs/performance.md). */
const costOf = (loop: Loop, isTransposed: (id: Id) => boolean): number => {
  const across = 0.11
  const wide = 0.07
  const converted = new Set<Id>()
  let cost = 0
  loop.graph.nodes.forEach((node, id) => {
    if (isProduct(node)) {
      const { left, rows, inner, columns } = productOf(loop.graph, node, isTransposed(id), isTransposed)
      cost += rows * inner * columns * ((left.across ? across : 0) + (rows < columns ? wide : 0))
      return
    }
    if (isSum(node)) return
    const wanted = isMatrix(node) && isTransposed(id)
    for (const input of node.inputs) {
      if (isMatrix(nodeAt(loop.graph, input)) && isTransposed(input) !== wanted) converted.add(input)
    }
  })
  for (const id of converted) {
    const [rows = 1, columns = 1] = nodeAt(loop.graph, id).shape
    cost += 500_000 + 40 * rows * columns
  }
  return cost
}
