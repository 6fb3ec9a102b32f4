// Distributions made of others have the shapes, supports, gradients and closed forms that follow from their parts.
import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../src/dist/Dist.ts"
import {
  Autoregressive,
  Bernoulli,
  Censored,
  Exponential,
  HiddenMarkovModel,
  klDivergence,
  Laplace,
  MarkovChain,
  Masked,
  Mixture,
  Normal,
  OneHotCategorical,
  Product,
  RelaxedBernoulli,
  RelaxedOneHotCategorical,
  StraightThroughBernoulli,
  type Tensor,
  Truncated,
  ZeroInflated
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const two: Tensor<readonly [2]>
declare const three: Tensor<readonly [3]>
declare const square: Tensor<readonly [3, 3]>
declare const clouds: Tensor<readonly [3, 20]>

type Of<D> = D extends Dist<infer S, infer P, infer G, infer F> ? readonly [S, P, G, F] : never

const smooth = Mixture({ logits: three }, Laplace(three, 1))
same<Equal<Of<typeof smooth>, readonly [readonly [], "real", "score" | "implicit", "Mixture(Laplace)"]>>()
export const below: Tensor<readonly [5]> = smooth.iid(5).cdf(tf.zeros([5]))

const vectors = Mixture({ logits: three }, Normal(clouds, 1))
same<Equal<Of<typeof vectors>, readonly [readonly [20], "real", "score", "Mixture(Normal)"]>>()

const unlike = Mixture({ probs: two }, [Laplace(0, 1), Exponential(1)])
same<Equal<Of<typeof unlike>, readonly [readonly [], "real", "score" | "implicit", "Mixture"]>>()

const coins = Mixture({ probs: two }, Bernoulli({ logits: two }))
same<Equal<Of<typeof coins>, readonly [readonly [], "boolean", "score", "Mixture(Bernoulli)"]>>()

const short = Truncated(Laplace(three, 1), -1, 1)
same<Equal<Of<typeof short>, readonly [readonly [3], "interval", "reparameterized" | "score", "Truncated(Laplace)"]>>()
export const shorter = Truncated(short, 0, 0.5).icdf(three)

const moved = Truncated(Laplace(three, 1), three, 1)
same<Equal<Of<typeof moved>, readonly [readonly [3], "interval", "reparameterized", "Truncated(Laplace)"]>>()
const movedCopies = Truncated(Laplace(0, 1), -1, three)
same<Equal<Of<typeof movedCopies>, readonly [readonly [3], "interval", "reparameterized", "Truncated(Laplace)"]>>()
export const movedCdf: Tensor<readonly [2, 3]> = movedCopies.iid(2).cdf(tf.zeros([2, 3]))
const lifetimes = Censored(Exponential(1), 0, three)
same<Equal<Of<typeof lifetimes>, readonly [readonly [3], "interval", never, "Censored(Exponential)"]>>()

const censored = Censored(Exponential(1), 0, 3)
same<Equal<Of<typeof censored>, readonly [readonly [], "interval", never, "Censored(Exponential)"]>>()

const zeros = ZeroInflated(Bernoulli({ logits: three }), { probs: 0.5 })
same<Equal<Of<typeof zeros>, readonly [readonly [3], "boolean", "score" | "enumerable", "ZeroInflated(Bernoulli)"]>>()

const seen = Masked(Normal(three, 1), three)
same<Equal<Of<typeof seen>, readonly [readonly [3], "real", "reparameterized", "Masked(Normal)"]>>()
export const seenKl = klDivergence(seen, Masked(Normal(0, 1).iid(3), three))

const walk = MarkovChain({ initial: three, transition: square, steps: 7 })
same<Equal<Of<typeof walk>, readonly [readonly [7], "category", "score", "MarkovChain"]>>()

const hidden = HiddenMarkovModel({ initial: three, transition: square, steps: 7 }, Normal(clouds, 1))
same<Equal<Of<typeof hidden>, readonly [readonly [7, 20], "real", "score", "HiddenMarkovModel(Normal)"]>>()
export const posterior: Tensor<readonly [7, 3]> = hidden.posterior(tf.zeros([7, 20]))

const series = Autoregressive({ coefficients: two, scale: 1, steps: 9 })
same<Equal<typeof series.shape, readonly [9]>>()

const q = Product({ z: Normal(0, 1).iid(2), coin: Bernoulli({ logits: 0 }) })
const p = Product({ z: Normal(1, 1).iid(2), coin: Bernoulli({ probs: 0.5 }) })
export const z: Tensor<readonly [2]> = q.mean().z
export const kl = klDivergence(q, p)

const relaxed = RelaxedBernoulli(0.5, { logits: three })
same<
  Equal<Of<typeof relaxed>, readonly [readonly [3], "unitInterval", "reparameterized" | "score", "RelaxedBernoulli"]>
>()
const label = RelaxedOneHotCategorical(0.5, { logits: three })
same<
  Equal<Of<typeof label>, readonly [readonly [3], "simplex", "reparameterized" | "score", "RelaxedOneHotCategorical"]>
>()
const hard = StraightThroughBernoulli(0.5, { logits: 0 })
export const hardKl = klDivergence(hard, Bernoulli({ probs: 0.5 }))
export const labels = Mixture({ logits: two }, [
  OneHotCategorical({ logits: three }),
  OneHotCategorical({ probs: three })
])
