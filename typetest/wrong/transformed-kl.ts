// message: no closed form for KL(Normal → affine(…)‖Normal → affine(…)): use klMonteCarlo
// at: klDivergence(q, p)
import { klDivergence, Normal, Transform, Transformed } from "../../src/index.ts"

const q = Transformed(Normal(0, 1), Transform.affine(0, 2))
const p = Transformed(Normal(0, 1), Transform.affine(1, 2))
export const kl = klDivergence(q, p)
