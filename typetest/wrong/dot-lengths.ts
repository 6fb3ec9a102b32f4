// message: dot takes two vectors of one length, not [3] and [4]
// at: dot(three, four)
import { dot, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
declare const four: Tensor<readonly [4]>
export const x = dot(three, four)
