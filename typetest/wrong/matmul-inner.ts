// message: matmul takes [m, k] or [k] times [k, n] or [k], not [2, 3] times [2]
// at: matmul(
import { matmul, type Tensor } from "../../src/index.ts"

declare const matrix: Tensor<readonly [2, 3]>
declare const vector: Tensor<readonly [2]>
export const x = matmul(matrix, vector)
