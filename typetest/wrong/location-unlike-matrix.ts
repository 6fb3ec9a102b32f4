// message: a location of 2 numbers and matrices of 3 rows do not go together
// at: matrix
import { MultivariateStudentT, type Tensor } from "../../src/index.ts"

declare const loc: Tensor<readonly [2]>
declare const matrix: Tensor<readonly [3, 3]>
export const heavy = MultivariateStudentT(4, loc, matrix)
