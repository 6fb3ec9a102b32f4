// message: no closed form for a, KL(LogNormal‖HalfNormal)
// at: klDivergence(q, p)
import { HalfNormal, klDivergence, LogNormal, Normal, Product } from "../../src/index.ts"

const q = Product({ a: LogNormal(0, 1), b: Normal(0, 1) })
const p = Product({ a: HalfNormal(1), b: Normal(0, 1) })
export const kl = klDivergence(q, p)
