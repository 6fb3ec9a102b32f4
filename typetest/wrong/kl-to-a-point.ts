// message: no closed form for KL(Normal‖Delta): use klMonteCarlo
// at: klDivergence(q, p)
import { Delta, klDivergence, Normal } from "../../src/index.ts"

const q = Normal(0, 1)
const p = Delta(0)
export const kl = klDivergence(q, p)
