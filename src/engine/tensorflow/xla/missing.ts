import { leaf } from "../../../trace/Graph.ts"
import type { Loop } from "../../Engine.ts"
import { lower } from "../../stablehlo/lower.ts"
import type { Binding } from "../native.ts"
import { encode } from "../proto.ts"
import { loaded } from "../savedModel.ts"
import { acquire } from "./programs.ts"
import { moduleNode } from "./savedModel.ts"
import { open } from "./session.ts"

/** The reason why this TensorFlow has no XLA that accepts modules, if it has none. To find out, it loads a graph with the op for a module. */
export const missingXla = (binding: Pick<Binding, "loadSavedModel" | "deleteSavedModel">): string | undefined => {
  try {
    binding.deleteSavedModel(loaded(binding, encode([moduleNode({ text: "", arguments: [], results: [] })])))
    return undefined
  } catch (error) {
    const message = messageOf(error)
    return message.match(/Op type not registered '\w+'/)?.[0] ?? message
  }
}

/** The reason why XLA has no products in bfloat16, if it has none. To find out, it compiles one. */
export const missingLowProducts = (binding: Binding): string | undefined => {
  const attrs = { transposeA: false, transposeB: false }
  const x = leaf.input("x", [1, 1])
  const product = { ...x, kernel: "BatchMatMul", inputs: [0, 0], names: ["a", "b"], attrs }
  const graph = { nodes: [x, product], outputs: { product: 1 } }
  const loop: Loop = { graph, carried: {}, fixed: [], rows: {}, emitted: ["product"], precision: "bfloat16" }
  const nothing = { state: {}, fixed: {}, tables: {} }
  const program = lower(loop, nothing, 1)
  const { session, release } = acquire(binding, program)
  try {
    open(binding, { session, program }, loop, nothing).release()
    return undefined
  } catch (error) {
    return messageOf(error)
  } finally {
    release()
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
