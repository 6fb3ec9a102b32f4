// message: the components are of different shapes
// at: [Normal(0, 1), Normal(0, 1).iid(2)]
import { Mixture, Normal, type Tensor } from "../../src/index.ts"

declare const logits: Tensor<readonly [2]>
export const mixture = Mixture({ logits }, [Normal(0, 1), Normal(0, 1).iid(2)])
