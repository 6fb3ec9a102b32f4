// message: 'k' is not a latent or observed site of the program
// at: k: 1
import { Effect } from "effect"
import { Bernoulli, condition, enumerate, Normal, sample } from "../../src/index.ts"

const mixture = Effect.flatMap(enumerate("k", Bernoulli({ probs: 0.5 })), (k) => sample("mu", Normal(k, 1)))
export const wrong = condition(mixture, {
  mu: 1,
  k: 1
})
