// message: 'precision' does not exist in type
// at: precision
import { MultivariateNormal, type Tensor } from "../../src/index.ts"

declare const matrix: Tensor<readonly [3, 3]>
export const law = MultivariateNormal(0, { scaleTril: matrix, precision: matrix })
