import { InvalidOption, UnsupportedKernel } from "../../Errors.ts"
import { type Node, valuesOf } from "../../trace/Graph.ts"
import type { Joint, Parameter } from "./Joint.ts"

/**
 * Compares two recordings of one program. If a constant, or a parameter's initial value, differs, the program made it without the library (by
 * `Math.random`, a clock, …). It would be the same in every step of a fit, and two fits with the same seed would differ.
 *
 * @throws UnsupportedKernel that names the op which reads the constant; InvalidOption that names the parameter
 */
export const mustBeSameTwice = (
  one: Pick<Joint, "graph" | "parameters">,
  other: Pick<Joint, "graph" | "parameters">
): void => {
  for (const [i, parameter] of one.parameters.entries()) mustBeginAlike(parameter, other.parameters[i])
  const [nodes, others] = [one.graph.nodes, other.graph.nodes]
  const different = nodes.findIndex((node, id) => !sameNode(node, others[id]))
  if (different < 0 && nodes.length === others.length) return
  const first = nodes[different]
  const reader = first?.kernel === "Const" ? nodes.find((node) => node.inputs.includes(different)) : undefined
  const kernel = (reader ?? first)?.kernel ?? "program"
  throw new UnsupportedKernel({
    kernel: kernel.charAt(0).toLowerCase() + kernel.slice(1),
    during: "the program is recorded twice",
    advice:
      "One of its inputs was another number the second time. Random numbers come from sample(name, …) or a Key, so that every step draws anew."
  })
}

const mustBeginAlike = ({ name, init }: Parameter, other: Parameter | undefined): void => {
  if (other === undefined || JSON.stringify(init) === JSON.stringify(other.init)) return
  throw new InvalidOption({
    option: `the first value of the parameter '${name}'`,
    value: "another number each time that the program runs",
    expected: "a number that does not change, since a fit's seed names all its numbers"
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
