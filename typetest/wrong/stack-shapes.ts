// message: stack takes values of one shape, not [4] beside [3]
// at: stack(
import { stack, type Tensor } from "../../src/index.ts"

declare const three: Tensor<readonly [3]>
declare const four: Tensor<readonly [4]>
export const x = stack([three, four])
