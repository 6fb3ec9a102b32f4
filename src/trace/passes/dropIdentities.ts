import { sameShape } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt, uniformValue } from "../Graph.ts"
import { type Info, numbersOf } from "../kernels/KernelRow.ts"

/** Removes nodes that return an input unchanged: x·1, x + 0, a reshape to the same shape, a cast to the same type; −(−x); and a choice between x and x. */
export const dropIdentities = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const kept = unchangedInput(node, inputs, (id) => nodeAt(build, id))
    return kept ?? keep(node, inputs, build)
  })

const unchangedInput = (node: Node, inputs: ReadonlyArray<Id>, at: (id: Id) => Node): Id | undefined => {
  const [a, b] = inputs
  if (a === undefined) return undefined
  const unchanged = (info: Info): boolean => sameShape(info.shape, node.shape) && info.dtype === node.dtype
  if (always.has(node.kernel)) return a
  if (node.kernel === "Select") return b === inputs[2] && b !== undefined && unchanged(at(b)) ? b : undefined
  if (node.kernel === "Neg" && at(a).kernel === "Neg") return at(a).inputs[0]
  if (ifUnchanged.has(node.kernel)) return unchanged(at(a)) && trivial(node) ? a : undefined
  const neutral = neutralElement[node.kernel]
  if (neutral === undefined || b === undefined) return undefined
  if (uniformValue(at(b)) === neutral && unchanged(at(a))) return a
  return commutative.has(node.kernel) && uniformValue(at(a)) === neutral && unchanged(at(b)) ? b : undefined
}

/** After differentiation they are the same as their inputs. */
const always = new Set(["StopGradient", "Sample"])
const ifUnchanged = new Set(["Reshape", "Cast", "Tile", "Transpose"])
const commutative = new Set(["Add", "Multiply"])
const neutralElement: Readonly<Record<string, number>> = { Add: 0, Sub: 0, Multiply: 1, RealDiv: 1, Pow: 1 }

const trivial = (node: Node): boolean =>
  node.kernel !== "Transpose" || numbersOf(node.attrs["perm"]).every((axis, i) => axis === i)
