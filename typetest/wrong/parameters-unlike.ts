// message: parameters of shape [3] and [4] do not go together
// at: Normal(
import { Normal, param } from "../../src/index.ts"

export const w = Normal(param("loc", [3]), param.positive("scale", [4]))
