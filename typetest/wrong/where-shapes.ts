// message: shapes [2] and [3] differ: give equal shapes, or one with which the other ends
// at: where(
import { type Tensor, where } from "../../src/index.ts"

declare const two: Tensor<readonly [2]>
declare const three: Tensor<readonly [3]>
export const x = where(two, three, 1)
