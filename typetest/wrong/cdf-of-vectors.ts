// message: Property 'cdf' does not exist on type
// at: label.iid(2).cdf(x)
import { OneHotCategorical, type Tensor } from "../../src/index.ts"

declare const logits: Tensor<readonly [3]>
declare const x: Tensor<readonly [2, 3]>
const label = OneHotCategorical({ logits })
export const p = label.iid(2).cdf(x)
