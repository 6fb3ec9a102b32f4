import { type Graph, type Id, type Node, nodeAt, readersOf, valuesOf } from "../../trace/Graph.ts"
import { isLarge } from "./ports.ts"
import { compared, selected } from "./rule.ts"
import type { Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/**
 * The values of a graph that must be hidden from XLA's simplifications, which assume exact arithmetic:
 * - products whose rounding error is computed by another node. (A number that is represented as a sum of two floats uses a product, and its
 *   difference from the exact value.) XLA fuses a product and a following sum into one instruction without rounding in between, for some readers of
 *   the product and not for others;
 * - two exponentials that are multiplied or divided: eᵃ eᵇ would become e^(a + b), whose exponent rounds;
 * - a quotient that is divided, or is a divisor: (a/b)/c would become a/(b c), whose divisor may overflow;
 * - products and quotients with a very large or very small constant: the constants of several such ops would be combined to one, which may overflow.
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

/** Constants outside of [10⁻⁹, 10⁹], so that a product of four might overflow. A value computed from constants only may have any size, so it counts too. */
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

/** The same number in a form that XLA does not simplify: x if x ≤ ∞, otherwise NaN. (If x ≤ ∞ is false, x is NaN.) */
export const opaque = (to: Writer, x: Value): Value =>
  selected(
    to,
    compared(to, "LE", x, to.filled("f32", x.shape, Number.POSITIVE_INFINITY)),
    x,
    to.filled("f32", x.shape, Number.NaN)
  )
