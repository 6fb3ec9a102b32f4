// message: affine(…) → log: one of them is not defined on the support that the one before it gives
// at: Transformed(Normal(0, 1), chain)
import { Normal, Transform, Transformed } from "../../src/index.ts"

const chain = Transform.chain(Transform.affine(0, 1), Transform.log)
export const wrong = Transformed(Normal(0, 1), chain)
