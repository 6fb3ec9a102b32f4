import { GuideMismatch } from "../../Errors.ts"
import type { Estimator } from "../estimator/Estimator.ts"
import { score } from "../estimator/score.ts"
import { straightThrough } from "../estimator/straightThrough.ts"
import type { Derived } from "../fit/derive.ts"
import { has } from "../joint/bits.ts"
import { latentSites } from "../joint/Joint.ts"
import { paramInput } from "../joint/names.ts"
import { dataIn } from "../joint/reach.ts"
import { jumpsBehind } from "../plan/decide.ts"

/** The same program with another estimator at each site that has one, whose gradients are independent of the plan's choice. */
export interface OtherPlan {
  readonly derived: Derived
  /** the other estimators of the sites whose draws a parameter moves, in words; undefined unless it moves some, and each of them has another */
  readonly by: (parameter: string) => string | undefined
}

/**
 * Plans a program again with another estimator for each site: the score function in place of a path or of an enumeration, where the family has one; these in place of
 * an asked score function, where a plan would choose it.
 *
 * @param derive plans the program with the given estimators
 * @returns undefined where no site has another estimator, or the plan that they make is refused
 */
export const otherPlan = (
  { joint, decisions }: Derived,
  derive: (estimators: Readonly<Record<string, Estimator>>) => Derived
): OtherPlan | undefined => {
  const defaults = unlessRefused(() => derive({}))?.decisions.estimators
  const others = new Map(
    latentSites(joint).flatMap(({ name, guide }): ReadonlyArray<readonly [string, Estimator]> => {
      const [chosen, byDefault] = [decisions.estimators.get(name), defaults?.get(name)]
      if (chosen !== score) return guide?.gradients.includes("score") === true ? [[name, score]] : []
      return byDefault === undefined || byDefault === score || byDefault === straightThrough ? [] : [[name, byDefault]]
    })
  )
  if (others.size === 0) return undefined
  const kept = [...decisions.estimators].filter(([site]) => !others.has(site))
  const derived = unlessRefused(() => derive(Object.fromEntries([...kept, ...others])))
  if (derived === undefined) return undefined
  // an asked path is taken on the assumption that what may jump does not: such a gradient proves nothing
  const assumed = jumpsBehind(derived.joint, derived.decisions)
  return [...others.keys()].some((site) => assumed.has(site)) ? undefined : { derived, by: wordsOf(joint, others) }
}

const unlessRefused = (plan: () => Derived): Derived | undefined => {
  try {
    return plan()
  } catch (error) {
    if (error instanceof GuideMismatch) return undefined
    throw error
  }
}

const wordsOf = (
  joint: Derived["joint"],
  others: ReadonlyMap<string, Estimator>
): ((parameter: string) => string | undefined) => {
  const { names, reach } = dataIn(
    joint,
    joint.parameters.map(({ name }) => paramInput(name))
  )
  return (parameter) => {
    const place = names.indexOf(paramInput(parameter))
    const moved = latentSites(joint).filter(({ draw }) => has(reach[draw], place))
    const used = moved.map(({ name }) => others.get(name)?.name)
    return used.length === 0 || used.includes(undefined) ? undefined : [...new Set(used)].join(", ")
  }
}
