// message: axis 2 does not exist in shape [2, 3]
// at: sum(matrix, 2)
import { sum, type Tensor } from "../../src/index.ts"

declare const matrix: Tensor<readonly [2, 3]>
export const x = sum(matrix, 2)
