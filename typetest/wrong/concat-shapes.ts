// message: concat takes tensors that differ in their first dimension alone, not [2, 3] beside [3]
// at: concat(
import { concat, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
declare const matrix: Tensor<readonly [2, 3]>
export const x = concat([three, matrix])
