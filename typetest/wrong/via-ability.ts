// message: Type '"enumerable"' is not assignable to type
// at: .via(enumerated)
import { enumerated, model, Normal, param } from "../../src/index.ts"

export const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1).via(enumerated))
