import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { Binomial } from "../../../src/dist/Binomial.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { DiscreteUniform } from "../../../src/dist/DiscreteUniform.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { Geometric } from "../../../src/dist/Geometric.ts"
import { Multinomial } from "../../../src/dist/Multinomial.ts"
import { NegativeBinomial } from "../../../src/dist/NegativeBinomial.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"

type Pair = readonly [string, fc.Arbitrary<readonly [Dist, Dist]>]

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const whole = (min: number, max: number) => fc.integer({ min, max })
const logits = fc
  .tuple(number(-2, 2), number(-2, 2), number(-2, 2))
  .map((values) => Tensor.of([3], tf.tensor1d([...values])))

/** Two laws of one family, each with a parameter of its own. */
const two = <A>(family: string, each: fc.Arbitrary<A>, make: (a: A) => Dist): Pair => [
  `KL(${family} ‖ ${family})`,
  fc.tuple(each, each).map(([q, p]) => [make(q), make(p)])
]

/** Two laws of one family with a common count. */
const ofOneCount = <A>(family: string, counts: fc.Arbitrary<number>, each: fc.Arbitrary<A>, make: Make<A>): Pair => [
  `KL(${family} ‖ ${family}) of one count`,
  fc.tuple(counts, each, each).map(([count, q, p]) => [make(count, q), make(count, p)])
]
type Make<A> = (count: number, a: A) => Dist

/** Pairs of discrete families with a closed form, of which draws cost little. */
export const discretePairs: ReadonlyArray<Pair> = [
  two("Categorical", logits, (given) => Categorical({ logits: given })),
  two("OneHotCategorical", logits, (given) => OneHotCategorical({ logits: given })),
  two("Geometric", number(-1, 3), (given) => Geometric({ logits: given })),
  [
    "KL(DiscreteUniform ‖ DiscreteUniform) around it",
    fc
      .tuple(whole(-5, 5), whole(0, 6), whole(0, 4), whole(0, 4))
      .map(([low, width, below, above]) => [
        DiscreteUniform(low, low + width),
        DiscreteUniform(low - below, low + width + above)
      ])
  ]
]

/** Pairs whose divergence is summed over their values: 20,000 draws of counts for each of 100 pairs would take minutes. */
export const countPairs: ReadonlyArray<Pair> = [
  two("Poisson", number(0.3, 8), (rate) => Poisson({ rate })),
  ofOneCount("Binomial", whole(1, 12), number(-2, 2), (count, given) => Binomial(count, { logits: given })),
  ofOneCount("Multinomial", whole(1, 6), logits, (count, given) => Multinomial(count, { logits: given })),
  ofOneCount("NegativeBinomial", number(0.5, 5), number(-2, 1), (count, given) =>
    NegativeBinomial({ count, logits: given })
  )
]
