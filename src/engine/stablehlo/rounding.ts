import { type Graph, type Id, readersOf } from "../../trace/Graph.ts"
import { compared, selected } from "./rule.ts"
import type { Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/**
 * The products of a graph whose rounding something computes: a sum that is carried as two numbers subtracts a product from what it should be, and uses the
 * product besides. XLA joins a product with a sum that follows into one instruction that does not round in between, in some readers of a product and not in
 * others; where all of them are sums without such a partner, that is only more exact.
 */
export const roundedProducts = (graph: Graph): ReadonlySet<Id> => {
  const readers = readersOf(graph)
  const subtracted = new Set(graph.nodes.flatMap(({ kernel, inputs }) => (kernel === "Sub" ? inputs : [])))
  const products = graph.nodes.flatMap(({ kernel, dtype }, id) =>
    (kernel === "Multiply" || kernel === "Square") && dtype === "float32" ? [id] : []
  )
  return new Set(products.filter((id) => subtracted.has(id) && (readers.get(id) ?? 0) > 1))
}

/** The same number, which no instruction reads unrounded: x where x ≤ ∞, else NaN, which x is then. */
export const rounded = (to: Writer, x: Value): Value =>
  selected(
    to,
    compared(to, "LE", x, to.filled("f32", x.shape, Number.POSITIVE_INFINITY)),
    x,
    to.filled("f32", x.shape, Number.NaN)
  )
