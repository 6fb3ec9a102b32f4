import { type Graph, type Id, type Node, nodeAt, readersOf } from "../../trace/Graph.ts"
import { compared, selected } from "./rule.ts"
import type { Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/**
 * The values of a graph that XLA must take as they are, since it simplifies as if arithmetic were exact:
 * - products whose rounding something computes: a sum that is carried as two numbers subtracts a product from what it should be, and uses the product
 *   besides. XLA joins a product with a sum that follows into one instruction that does not round in between, for some readers of a product and not for others;
 * - one of two exponentials that are multiplied or divided: eᵃ eᵇ would become e^(a + b), whose exponent rounds;
 * - a quotient that is divided or divides: (a/b)/c would become a/(b c), whose divisor may overflow.
 */
export const takenAsTheyAre = (graph: Graph): ReadonlySet<Id> => {
  const readers = readersOf(graph)
  const ids = graph.nodes.flatMap(({ kernel, inputs }) => {
    const all = inputs.map((id) => ({ id, node: nodeAt(graph, id) }))
    const those = (is: (node: Node, id: Id) => boolean): ReadonlyArray<Id> =>
      all.flatMap(({ id, node }) => (is(node, id) ? [id] : []))
    if (kernel === "Sub") return those((node, id) => products.has(node.kernel) && (readers.get(id) ?? 0) > 1)
    if (kernel === "RealDiv" && all.some(({ node }) => node.kernel === "RealDiv"))
      return those((node) => node.kernel === "RealDiv")
    const powers = kernel === "Multiply" || kernel === "RealDiv" ? those((node) => node.kernel === "Exp") : []
    return powers.length === inputs.length ? powers : []
  })
  return new Set(ids.filter((id) => nodeAt(graph, id).dtype === "float32"))
}

const products: ReadonlySet<string> = new Set(["Multiply", "Square"])

/** The same number, behind which XLA does not look: x where x ≤ ∞, else NaN, which x is then. */
export const opaque = (to: Writer, x: Value): Value =>
  selected(
    to,
    compared(to, "LE", x, to.filled("f32", x.shape, Number.POSITIVE_INFINITY)),
    x,
    to.filled("f32", x.shape, Number.NaN)
  )
