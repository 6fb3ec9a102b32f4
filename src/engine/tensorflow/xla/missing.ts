import type { Binding } from "../native.ts"
import { encode } from "../proto.ts"
import { loaded } from "../savedModel.ts"
import { moduleNode } from "./model.ts"

/** Why this TensorFlow has no XLA to which a module can be handed, if it has none: it is asked to load a graph with the op for it. */
export const missingXla = (binding: Pick<Binding, "loadSavedModel" | "deleteSavedModel">): string | undefined => {
  try {
    binding.deleteSavedModel(loaded(binding, encode([moduleNode({ text: "", arguments: [], results: [] })])))
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.match(/Op type not registered '\w+'/)?.[0] ?? message
  }
}
