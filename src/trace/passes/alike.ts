import { sizeOf } from "../../tensor/Tensor.ts"
import { exactly, type Graph, type Id, type Node, nodeAt } from "../Graph.ts"

/** Fewer alike nodes than this are not worth the search for their inputs. */
export const few = 16
/** Nodes of more numbers than this spend their time on the numbers, not on being called. */
const large = 64

/** Nodes of the same operation on other inputs, none of which depends on another one. */
export interface Group {
  readonly members: ReadonlyArray<Id>
  /** for each input: whether it is one and the same node in all members */
  readonly common: ReadonlyArray<boolean>
}

/** The longest way from a leaf to each node: two nodes at the same level do not depend on each other. */
export const levelsOf = ({ nodes }: Pick<Graph, "nodes">): ReadonlyArray<number> => {
  const levels: Array<number> = []
  for (const { inputs } of nodes) levels.push(inputs.reduce((most, id) => Math.max(most, (levels[id] ?? 0) + 1), 0))
  return levels
}

/** The groups of small elementwise nodes in a graph, by each of their members. */
export const alike = (graph: Graph, levels: ReadonlyArray<number>): ReadonlyMap<Id, Group> => {
  const found = grouped(
    graph.nodes.flatMap((node, id) => (elementwise.has(node.kernel) && sizeOf(node.shape) <= large ? [id] : [])),
    (id) => {
      const node = nodeAt(graph, id)
      const infos = [node, ...node.inputs.map((input) => nodeAt(graph, input))].map(infoOf).join()
      return `${levels[id]} ${node.kernel} ${infos} ${JSON.stringify(node.attrs, exactly)}`
    }
  )
  const groups = found.flatMap((members) => byCommonInputs(graph, members))
  return new Map(groups.flatMap((group) => group.members.map((id) => [id, group] as const)))
}

const infoOf = ({ dtype, shape }: Node): string => `${dtype}[${shape.join()}]`

/** Lists of ids with the same key; those of few ids are left out. */
const grouped = (ids: ReadonlyArray<Id>, keyOf: (id: Id) => string): ReadonlyArray<ReadonlyArray<Id>> => {
  const lists = new Map<string, Array<Id>>()
  for (const id of ids) {
    const key = keyOf(id)
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [id])
    else list.push(id)
  }
  return [...lists.values()].filter(({ length }) => length >= few)
}

/** Nodes that share an input with many others form a group with these, so that the input need not be repeated. */
const byCommonInputs = ({ nodes }: Graph, members: ReadonlyArray<Id>): ReadonlyArray<Group> => {
  const inputsOf = (id: Id): ReadonlyArray<Id> => nodeAt({ nodes }, id).inputs
  const readers = new Map<string, number>()
  for (const id of members)
    inputsOf(id).forEach((input, i) => {
      readers.set(`${i} ${input}`, (readers.get(`${i} ${input}`) ?? 0) + 1)
    })
  const isShared = (input: Id, i: number): boolean => (readers.get(`${i} ${input}`) ?? 0) >= few
  return grouped(members, (id) =>
    inputsOf(id)
      .map((input, i) => (isShared(input, i) ? input : ""))
      .join()
  ).flatMap((members) => {
    const common = inputsOf(members[0] ?? 0).map(isShared)
    return common.every(Boolean) ? [] : [{ members, common }]
  })
}

const words = (list: string): ReadonlyArray<string> => list.split(" ")

const elementwise = new Set([
  ...words("Neg Abs Square Sqrt Rsqrt Reciprocal Exp Expm1 Log Log1p Sigmoid Tanh Softplus"),
  ...words("Relu Step Sign Sin Cos Erf Cast LogicalNot"),
  ...words(
    "Add Sub Multiply RealDiv SquaredDifference Pow Maximum Minimum Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr Select"
  )
])
