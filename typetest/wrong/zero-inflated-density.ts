// message: Types of property 'support' are incompatible
// at: ZeroInflated(Normal(0, 1), { probs: 0.5 })
import { Normal, ZeroInflated } from "../../src/index.ts"

export const zeros = ZeroInflated(Normal(0, 1), { probs: 0.5 })
