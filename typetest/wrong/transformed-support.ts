// message: the transform 'log' is not defined on the support 'real'
// at: Transformed(Normal(0, 1), Transform.log)
import { Normal, Transform, Transformed } from "../../src/index.ts"

export const wrong = Transformed(Normal(0, 1), Transform.log)
