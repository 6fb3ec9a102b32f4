// message: no entropy in closed form for b, Binomial
// at: crossEntropy(q, p)
import { Binomial, crossEntropy, Normal, Product } from "../../src/index.ts"

const q = Product({ a: Normal(0, 1), b: Binomial(3, { logits: 0 }) })
const p = Product({ a: Normal(0, 1), b: Binomial(3, { logits: 1 }) })
export const bits = crossEntropy(q, p)
