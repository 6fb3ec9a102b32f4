import { StraightThroughOneHotCategorical } from "../../../src/dist/StraightThroughOneHotCategorical.ts"
import { oneHotCategorical } from "./OneHotCategorical.ts"

/** The law of a label: the temperature is a matter of the draw's gradient alone, which `straightThrough.test.ts` looks at. */
export const straightThroughOneHotCategorical: typeof oneHotCategorical = {
  ...oneHotCategorical,
  family: "StraightThroughOneHotCategorical",
  make: ({ logits, probs }) => {
    if (probs !== undefined) return StraightThroughOneHotCategorical(0.5, { probs })
    if (logits === undefined) throw new Error("neither logits nor probs are given")
    return StraightThroughOneHotCategorical(0.5, { logits })
  }
}
