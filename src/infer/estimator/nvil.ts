import { type Estimator, no } from "./Estimator.ts"
import { score } from "./score.ts"

/**
 * ∇E_q[f(z)] = E_q[(f(z) − b(x))·∇log q(z)], where the baseline b is a small net of the data in the row x, trained beside the loss to predict the cost (`rowBaseline.ts`). Any b that does not depend on z leaves the mean
 * as it is; one that knows which rows are hard takes out the variance between rows, which a running mean leaves in. It can do nothing where all rows cost the same, and needs some hundred steps to learn. Mnih and Gregor
 * 2014 (NVIL), section 2.3.
 */
export const nvil: Estimator<"score", string> = {
  ...score,
  name: "NVIL",
  applies: (facts) => {
    const verdict = score.applies(facts)
    if (!verdict.applies) return verdict
    if (!facts.isPlain) return no("a learned baseline does not stand in a branch or in a recurrence")
    return facts.hasRow()
      ? verdict
      : no(
          "a learned baseline reads the data of the row that a site stands in, and this one stands in no plate with data"
        )
  },
  control: () => "learned baseline"
}
