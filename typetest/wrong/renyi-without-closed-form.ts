// message: no closed form for D_α(Normal‖Laplace)
// at: renyiDivergence(q, p, 2)
import { Laplace, Normal, renyiDivergence } from "../../src/index.ts"

const q = Normal(0, 1)
const p = Laplace(0, 1)
export const divergence = renyiDivergence(q, p, 2)
