import type { ClosedForms } from "./closedForm.ts"
import { bernoulliBernoulli } from "./discrete.ts"

/** A straight-through family has the same distribution as the family after which it is named; only its gradient differs. */
export const relaxed = {
  "StraightThroughBernoulli‖Bernoulli": bernoulliBernoulli,
  "StraightThroughBernoulli‖StraightThroughBernoulli": bernoulliBernoulli
} as const satisfies ClosedForms
