// message: the transform 'stickBreaking' does not take values of shape []
// at: Transformed(Normal(0, 1), Transform.stickBreaking)
import { Normal, Transform, Transformed } from "../../src/index.ts"

export const wrong = Transformed(Normal(0, 1), Transform.stickBreaking)
