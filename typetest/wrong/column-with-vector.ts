// message: shapes [3, 1] and [3] differ: give equal shapes, or one with which the other ends
// at: sub(column, vector)
import { sub, type Tensor } from "../../src/index.ts"

declare const column: Tensor<readonly [3, 1]>
declare const vector: Tensor<readonly [3]>
export const x = sub(column, vector)
