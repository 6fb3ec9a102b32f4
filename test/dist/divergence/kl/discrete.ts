import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Binomial } from "../../../../src/dist/Binomial.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { DiscreteUniform } from "../../../../src/dist/DiscreteUniform.ts"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { Geometric } from "../../../../src/dist/Geometric.ts"
import { Multinomial } from "../../../../src/dist/Multinomial.ts"
import { NegativeBinomial } from "../../../../src/dist/NegativeBinomial.ts"
import { OneHotCategorical } from "../../../../src/dist/OneHotCategorical.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { StraightThroughBernoulli } from "../../../../src/dist/StraightThroughBernoulli.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { number, pairs } from "./Pair.ts"

const whole = (min: number, max: number) => fc.integer({ min, max })
const logits = fc
  .tuple(number(-2, 2), number(-2, 2), number(-2, 2))
  .map((values) => Tensor.of([3], tf.tensor1d([...values])))

/** Two laws of one family, each with a parameter of its own. */
const two = <A>(each: fc.Arbitrary<A>, make: (a: A) => Dist) =>
  fc.tuple(each, each).map(([q, p]) => [make(q), make(p)] as const)

/** Two laws of one family with a common count. */
const ofOneCount = <A>(counts: fc.Arbitrary<number>, each: fc.Arbitrary<A>, make: (count: number, a: A) => Dist) =>
  fc.tuple(counts, each, each).map(([count, q, p]) => [make(count, q), make(count, p)] as const)

const bernoulli = number(-4, 4).map((logits) => Bernoulli({ logits }))
const straightThrough = number(-4, 4).map((logits) => StraightThroughBernoulli(0.5, { logits }))

export const discretePairs = pairs({
  "KL(Bernoulli ‖ Bernoulli)": fc.tuple(bernoulli, bernoulli),
  "KL(StraightThroughBernoulli ‖ Bernoulli)": fc.tuple(straightThrough, bernoulli),
  "KL(StraightThroughBernoulli ‖ StraightThroughBernoulli)": fc.tuple(straightThrough, straightThrough),
  "KL(Categorical ‖ Categorical)": two(logits, (given) => Categorical({ logits: given })),
  "KL(OneHotCategorical ‖ OneHotCategorical)": two(logits, (given) => OneHotCategorical({ logits: given })),
  "KL(Geometric ‖ Geometric)": two(number(-1, 3), (given) => Geometric({ logits: given })),
  "KL(DiscreteUniform ‖ DiscreteUniform) around it": fc
    .tuple(whole(-5, 5), whole(0, 6), whole(0, 4), whole(0, 4))
    .map(([low, width, below, above]) => [
      DiscreteUniform(low, low + width),
      DiscreteUniform(low - below, low + width + above)
    ])
})

/** Log masses are of a size up to 30. Draws of counts take long: counts.test.ts holds more of these divergences against sums. */
const ofCounts = { roundings: 64, estimated: 2 }

export const countPairs = pairs(
  {
    "KL(Poisson ‖ Poisson)": two(number(0.3, 8), (rate) => Poisson({ rate })),
    "KL(Binomial ‖ Binomial) of one count": ofOneCount(whole(1, 12), number(-2, 2), (count, given) =>
      Binomial(count, { logits: given })
    ),
    "KL(Multinomial ‖ Multinomial) of one count": ofOneCount(whole(1, 6), logits, (count, given) =>
      Multinomial(count, { logits: given })
    ),
    "KL(NegativeBinomial ‖ NegativeBinomial) of one count": ofOneCount(number(0.5, 5), number(-2, 1), (count, given) =>
      NegativeBinomial({ count, logits: given })
    )
  },
  ofCounts
)
