// message: is missing the following properties from type 'Has<Shape,
// message: cdf, logCdf, logSurvival, icdf, icdfOfLogs
// at: Truncated(label, 0, 1)
import { RelaxedOneHotCategorical, type Tensor, Truncated } from "../../src/index.ts"

declare const logits: Tensor<readonly [3]>
const label = RelaxedOneHotCategorical(1, { logits })
export const short = Truncated(label, 0, 1)
