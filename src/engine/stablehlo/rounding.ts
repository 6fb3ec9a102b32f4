import { type Graph, type Id, type Node, nodeAt, readersOf, valuesOf } from "../../trace/Graph.ts"
import { isLarge } from "./ports.ts"
import { compared, selected } from "./rule.ts"
import type { Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/**
 * The values of a graph that XLA must take as they are, since it simplifies as if arithmetic were exact:
 * - products whose rounding something computes: a sum that is carried as two numbers subtracts a product from what it should be, and uses the product
 *   besides. XLA joins a product with a sum that follows into one instruction that does not round in between, for some readers of a product and not for others;
 * - two exponentials that are multiplied or divided: eᵃ eᵇ would become e^(a + b), whose exponent rounds;
 * - a quotient that is divided or divides: (a/b)/c would become a/(b c), whose divisor may overflow;
 * - what a very large or very small constant multiplies or divides: the constants of several such ops would become one, which may overflow.
 */
export const takenAsTheyAre = (graph: Graph): ReadonlySet<Id> => {
  const readers = readersOf(graph)
  const extremes = extremeConstants(graph)
  const ids = graph.nodes.flatMap(({ kernel, inputs }, own) => {
    const those = (is: (node: Node, id: Id) => boolean): ReadonlyArray<Id> =>
      inputs.filter((id) => is(nodeAt(graph, id), id))
    if (kernel === "Sub") return those((node, id) => products.has(node.kernel) && (readers.get(id) ?? 0) > 1)
    if (kernel !== "Multiply" && !quotients.has(kernel)) return []
    const powers = those((node) => node.kernel === "Exp")
    return [
      ...(inputs.some((id) => extremes.has(id)) ? [own, ...inputs.filter((id) => !extremes.has(id))] : []),
      ...(quotients.has(kernel) ? those((node) => quotients.has(node.kernel)) : []),
      ...(powers.length === 2 ? powers : [])
    ]
  })
  return new Set(ids.filter((id) => nodeAt(graph, id).dtype === "float32"))
}

const products: ReadonlySet<string> = new Set(["Multiply", "Square"])
const quotients: ReadonlySet<string> = new Set(["RealDiv", "Reciprocal"])

/** Constants that do not lie between 10⁻⁹ and 10⁹, so that a product of four might overflow; what is computed from constants alone may be anything. */
const extremeConstants = (graph: Graph): ReadonlySet<Id> => {
  const computed = new Set<Id>()
  const extremes = new Set<Id>()
  graph.nodes.forEach((node, id) => {
    if (node.kernel === "Const" && !isLarge(node)) {
      computed.add(id)
      if (valuesOf(node).some((x) => x !== 0 && !(Math.abs(x) > 1e-9 && Math.abs(x) < 1e9))) extremes.add(id)
    } else if (node.inputs.length > 0 && node.inputs.every((input) => computed.has(input))) {
      computed.add(id)
      extremes.add(id)
    }
  })
  return extremes
}

/** The same number, behind which XLA does not look: x where x ≤ ∞, else NaN, which x is then. */
export const opaque = (to: Writer, x: Value): Value =>
  selected(
    to,
    compared(to, "LE", x, to.filled("f32", x.shape, Number.POSITIVE_INFINITY)),
    x,
    to.filled("f32", x.shape, Number.NaN)
  )
