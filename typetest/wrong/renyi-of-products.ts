// message: no closed form for a, D_α(Cauchy‖Cauchy)
// at: renyiDivergence(q, p, 0.5)
import { Cauchy, Normal, Product, renyiDivergence } from "../../src/index.ts"

const q = Product({ a: Cauchy(0, 1), b: Normal(0, 1) })
const p = Product({ a: Cauchy(1, 1), b: Normal(0, 1) })
export const divergence = renyiDivergence(q, p, 0.5)
