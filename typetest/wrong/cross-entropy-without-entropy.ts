// message: Binomial has no entropy in closed form
// at: crossEntropy(q, p)
import { Binomial, crossEntropy } from "../../src/index.ts"

const q = Binomial(3, { logits: 0 })
const p = Binomial(3, { logits: 1 })
export const bits = crossEntropy(q, p)
