import type { ClosedForms } from "./closedForm.ts"
import { bernoulliBernoulli } from "./discrete.ts"

/** Hard draws with a straight-through gradient have the law of the family that they are named for. */
export const relaxed = {
  "StraightThroughBernoulli‖Bernoulli": bernoulliBernoulli,
  "StraightThroughBernoulli‖StraightThroughBernoulli": bernoulliBernoulli
} as const satisfies ClosedForms
