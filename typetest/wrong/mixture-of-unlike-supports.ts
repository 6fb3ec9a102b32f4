// message: none of the components' supports holds the others
// at: [Normal(0, 1), Bernoulli({ logits: 0 })]
import { Bernoulli, Mixture, Normal, type Tensor } from "../../src/index.ts"

declare const logits: Tensor<readonly [2]>
export const mixture = Mixture({ logits }, [Normal(0, 1), Bernoulli({ logits: 0 })])
