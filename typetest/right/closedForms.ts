// The closed forms that a family has, and its copies keep; divergences of pairs that are in the table.
import { Bernoulli, Key, klDivergence, klMonteCarlo, Laplace, LogNormal, Normal, type Tensor } from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const x: Tensor<readonly [2, 3]>
const law = Laplace(0, 1).iid(3).iid(2)
const below = law.cdf(x)
const middle = law.icdf(below)
same<Equal<typeof below, Tensor<readonly [2, 3]>>>()
same<Equal<typeof middle, Tensor<readonly [2, 3]>>>()
export const entropy: Tensor<readonly []> = law.entropy()

export const kl = klDivergence(Normal(0, 1).iid(6), Normal(1, 2).iid(6))
export const coins = klDivergence(Bernoulli({ logits: 0 }), Bernoulli({ probs: 0.5 }))
export const estimate = klMonteCarlo(LogNormal(0, 1), Laplace(0, 1), Key.of(1), 100)
const drawn = law.sampleAndLogProb(Key.of(1))
same<Equal<typeof drawn.value, Tensor<readonly [2, 3]>>>()
