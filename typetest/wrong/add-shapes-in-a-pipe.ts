// message: shapes [3] and [4] differ: give equal shapes, or one with which the other ends
// at: add(four)
import { pipe } from "effect"
import { add, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
declare const four: Tensor<readonly [4]>
export const x = pipe(three, add(four))
