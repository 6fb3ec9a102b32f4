// message: a scalar has no entries
// at: at(
import { at, sum, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
export const x = at(sum(three), 0)
