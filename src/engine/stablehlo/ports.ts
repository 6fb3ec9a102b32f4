import { sizeOf } from "../../tensor/Tensor.ts"
import { type Node, nodeAt, uniformValue, type Values, valuesOf } from "../../trace/Graph.ts"
import type { Bindings, Loop } from "../Engine.ts"
import { carriedShapes, feedsOf, type Leaf, leavesOf, outputId, tableOf } from "../leaves.ts"
import { elementOf, type Type } from "./types.ts"

/** The meaning of an argument of a module's entry. */
export type Argument = Type &
  (
    | { readonly kind: "steps" }
    | { readonly kind: "carried" | "fixed" | "table"; readonly name: string }
    /** `[capacity, ...shape]`, of which the first `steps` elements are read */
    | { readonly kind: "feed"; readonly name: string }
    /** a large constant, which is not written into the text */
    | { readonly kind: "constant"; readonly values: Values }
  )

/** The meaning of a result of the entry. */
export type Result = Type &
  (
    | { readonly kind: "done" }
    | { readonly kind: "carried"; readonly name: string }
    /** `[capacity, ...shape]`, of which the first `done` elements are written */
    | { readonly kind: "emitted"; readonly name: string }
  )

const typeOf = ({ shape, dtype }: Pick<Node, "shape" | "dtype">): Type => ({ shape, element: elementOf[dtype] })

/** The largest size of a constant that is written into the text. */
const few = 64

/** Whether a constant is given as an argument. */
export const isLarge = (node: Node): boolean =>
  node.kernel === "Const" && sizeOf(node.shape) > few && uniformValue(node) === undefined

export const argumentsOf = (loop: Loop, bindings: Bindings, capacity: number): ReadonlyArray<Argument> => {
  const leaves = leavesOf(loop)
  return [
    { kind: "steps", shape: [], element: "i32" },
    ...Object.entries(carriedShapes(loop)).map(([name, node]) => ({ kind: "carried" as const, name, ...typeOf(node) })),
    ...fixedOf(leaves),
    ...leaves.flatMap(
      ({ node }): ReadonlyArray<Argument> =>
        isLarge(node) ? [{ kind: "constant", values: valuesOf(node), ...typeOf(node) }] : []
    ),
    ...tablesOf(leaves, bindings),
    ...feedsOf(loop, bindings).map(({ name, shape, dtype }) => ({
      kind: "feed" as const,
      name,
      ...typeOf({ dtype, shape: [capacity, ...shape] })
    }))
  ]
}

export const resultsOf = (loop: Loop, capacity: number): ReadonlyArray<Result> => [
  { kind: "done", shape: [], element: "i32" },
  ...Object.entries(carriedShapes(loop)).map(([name, node]) => ({ kind: "carried" as const, name, ...typeOf(node) })),
  ...loop.emitted.map((name) => {
    const { shape, dtype } = nodeAt(loop.graph, outputId(loop, name))
    return { kind: "emitted" as const, name, ...typeOf({ dtype, shape: [capacity, ...shape] }) }
  })
]

const fixedOf = (leaves: ReadonlyArray<Leaf>): ReadonlyArray<Argument> => {
  const fixed = leaves.flatMap(({ node, role }) => (role.kind === "fixed" ? [[role.name, node] as const] : []))
  return [...new Map(fixed)].map(([name, node]) => ({ kind: "fixed", name, ...typeOf(node) }))
}

const tablesOf = (leaves: ReadonlyArray<Leaf>, { tables }: Bindings): ReadonlyArray<Argument> => {
  const read = leaves.flatMap(({ role }) => (role.kind === "rows" ? [role.table] : []))
  return [...new Set(read)].map((name) => {
    const { values, shape } = tableOf(tables, name)
    return { kind: "table", name, shape, element: values instanceof Uint8Array ? "ui8" : "f32" }
  })
}
