import { type AutoFamily, Guide } from "../../model/auto/Guide.ts"
import type { AnyGuideRecord, AnyProgram, CheckExcept, GuideRecord, InitFor } from "../../model/Guided.ts"
import type { Problem } from "../fit/Learned.ts"
import { curvedAtMode } from "../fit/laplaceFit.ts"
import { settle } from "../guide/settle.ts"

/** How the latent sites `L` of a program are guided automatically. */
export interface AutoOptions<L, G> {
  readonly auto?: never
  /** `Guide.normal()` unless another is given */
  readonly family?: AutoFamily
  /** the guide of some sites, as a record: all others are automatic */
  readonly except?: () => GuideRecord<L> & G & CheckExcept<L, G>
  /** values at which the guide begins (the prior's medians), by site: a number for all of its numbers, a list of them, or a tensor; in a plate the same for each row */
  readonly init?: InitFor<L>
}

/** An automatic guide as a problem, and the problem that its result is one of. */
export const automatic = <L, G>(
  model: AnyProgram,
  how: AutoFamily | AutoOptions<L, G>
): readonly [problem: Problem, last: Problem] => {
  const { family = Guide.normal(), except = () => ({}), init = {} } = how.auto === undefined ? how : { family: how }
  const written = except as () => AnyGuideRecord
  const problemOf = (family: AutoFamily): Problem => ({
    guided: (shapes) => settle({ model, family, written, init }, shapes),
    per: "total"
  })
  const problem = problemOf(family)
  if (family.atMode === undefined) return [problem, problem]
  const last = problemOf(family.atMode)
  return [{ ...problem, conclude: (learned, data) => curvedAtMode(learned, data, last) }, last]
}
