// The closed forms that a family has, and its copies keep; divergences of pairs that are in the table.
import {
  Bernoulli,
  crossEntropy,
  Delta,
  Exponential,
  Key,
  klDivergence,
  klMonteCarlo,
  Laplace,
  LogNormal,
  Normal,
  Product,
  renyiDivergence,
  type Tensor,
  Transform,
  Transformed
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const x: Tensor<readonly [2, 3]>
const law = Laplace(0, 1).iid(3).iid(2)
const below = law.cdf(x)
const middle = law.icdf(below)
export const tails: ReadonlyArray<Tensor<readonly [2, 3]>> = [law.logCdf(x), law.logSurvival(x), law.icdfOfLogs(x, x)]
same<Equal<typeof below, Tensor<readonly [2, 3]>>>()
same<Equal<typeof middle, Tensor<readonly [2, 3]>>>()
export const entropy: Tensor<readonly []> = law.entropy()

export const kl = klDivergence(Normal(0, 1).iid(6), Normal(1, 2).iid(6))
export const coins = klDivergence(Bernoulli({ logits: 0 }), Bernoulli({ probs: 0.5 }))
export const estimate = klMonteCarlo(LogNormal(0, 1), Laplace(0, 1), Key.of(1), 100)
export const renyi: Tensor<readonly []> = renyiDivergence(Normal(0, 1).iid(6), Normal(1, 2).iid(6), 0.5)
export const bent = renyiDivergence(
  Transformed(Normal(0, 1), Transform.exp),
  Transformed(Normal(0, 2), Transform.exp),
  2
)
const both = Product({ x: Normal(0, 1), y: Bernoulli({ logits: 0 }) })
const others = Product({ x: Normal(1, 1), y: Bernoulli({ logits: 1 }) })
export const crosses: ReadonlyArray<Tensor<readonly []>> = [
  renyiDivergence(both, others, 2),
  crossEntropy(both, others),
  crossEntropy(Product({ a: Delta(1) }), Product({ a: Normal(0, 1) })),
  crossEntropy(Laplace(0, 1).iid(3), Normal(0, 1).iid(3)),
  crossEntropy(Delta(2, "positive"), Exponential(3))
]
const drawn = law.sampleAndLogProb(Key.of(1))
same<Equal<typeof drawn.value, Tensor<readonly [2, 3]>>>()
