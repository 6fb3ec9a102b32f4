// message: shapes [3] and [4] differ: give equal shapes, or one with which the other ends
// at: lbeta(
import { lbeta, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
declare const four: Tensor<readonly [4]>
export const x = lbeta(three, four)
