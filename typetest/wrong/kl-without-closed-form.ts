// message: no closed form for KL(LogNormal‖HalfNormal): use klMonteCarlo
// at: klDivergence(q, p)
import { HalfNormal, klDivergence, LogNormal } from "../../src/index.ts"

const q = LogNormal(0, 1).iid(3)
const p = HalfNormal(1).iid(3)
export const kl = klDivergence(q, p)
