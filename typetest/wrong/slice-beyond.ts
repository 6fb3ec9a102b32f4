// message: no positions from 2 to 5 in shape [3]
// at: slice(
import { slice, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
export const x = slice(three, 2, 5)
