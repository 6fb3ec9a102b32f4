// message: no closed form for KL(Normal‖HalfNormal): use klMonteCarlo
// at: klDivergence(q, p)
import { HalfNormal, klDivergence, Normal } from "../../src/index.ts"

declare const wide: boolean
const q = Normal(0, 1)
const p = wide ? HalfNormal(2) : Normal(0, 1)
export const kl = klDivergence(q, p)
