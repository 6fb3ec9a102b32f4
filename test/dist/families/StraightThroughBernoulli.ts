import { StraightThroughBernoulli } from "../../../src/dist/StraightThroughBernoulli.ts"
import { bernoulli } from "./Bernoulli.ts"

/** The law of a coin: the temperature is a matter of the draw's gradient alone, which `straightThrough.test.ts` looks at. */
export const straightThroughBernoulli: typeof bernoulli = {
  ...bernoulli,
  family: "StraightThroughBernoulli",
  make: ({ logits, probs }) =>
    probs === undefined
      ? StraightThroughBernoulli(0.5, { logits: logits ?? 0 })
      : StraightThroughBernoulli(0.5, { probs })
}
