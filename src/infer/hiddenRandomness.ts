import { UnsupportedKernel } from "../Errors.ts"
import { type Graph, type Node, valuesOf } from "../trace/Graph.ts"

/**
 * Compares two recordings of one program. A constant that differs was drawn behind the library's back (by `Math.random`, a clock, …): it would
 * be frozen into every step of a fit.
 *
 * @throws UnsupportedKernel that names the op which reads the constant
 */
export const refuseHiddenRandomness = (one: Graph, other: Graph): void => {
  const different = one.nodes.findIndex((node, id) => !sameNode(node, other.nodes[id]))
  if (different < 0 && one.nodes.length === other.nodes.length) return
  const reader = one.nodes.find((node) => node.inputs.includes(different))
  const kernel = reader?.kernel ?? one.nodes[different]?.kernel ?? "program"
  throw new UnsupportedKernel({
    kernel: kernel.charAt(0).toLowerCase() + kernel.slice(1),
    during: "the program is recorded twice",
    advice:
      "One of its inputs was another number the second time. Random numbers come from sample(name, …) or a Key, so that every step draws anew."
  })
}

const sameNode = (a: Node, b: Node | undefined): boolean => {
  if (
    b === undefined ||
    a.kernel !== b.kernel ||
    a.inputs.join() !== b.inputs.join() ||
    a.shape.join() !== b.shape.join()
  )
    return false
  if (a.kernel !== "Const") return JSON.stringify(a.attrs) === JSON.stringify(b.attrs)
  const other = valuesOf(b)
  return valuesOf(a).every((value, i) => Object.is(value, other[i]))
}
