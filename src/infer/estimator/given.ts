import { type Estimator, yes } from "./Estimator.ts"

/**
 * No gradient through the draw, and none in its place: for objectives that are right for draws as constants, such as reweighted wake-sleep. It is not among the estimators that a
 * site may be given.
 */
export const given: Estimator = {
  name: "none",
  detached: true,
  applies: () => yes("the objective takes draws as constants"),
  control: () => undefined,
  surrogate: () => undefined
}
