import type * as tf from "@tensorflow/tfjs"
import type { ClosedForms, Dist } from "../../dist/Dist.ts"
import { isTransformed } from "../../dist/Transformed.ts"
import { GuideMismatch } from "../../Errors.ts"
import { locationScaleFamilies, standardised } from "./standardised.ts"

/**
 * The value that a distribution would have given, by the noise by which another one of its family gave x.
 *
 * @throws GuideMismatch for a distribution without such a noise
 */
export const sameNoise = (site: string, before: Dist, after: Dist, x: tf.Tensor): tf.Tensor => {
  if (before.family !== after.family)
    throw new GuideMismatch({
      site,
      reason: `it is ${before.family} in the factual run and ${after.family} in its twin, which have no noise in common`
    })
  if (haveSameParameters(before, after)) return x
  if (isTransformed(before) && isTransformed(after)) {
    const [base] = before.transform.inverseAndLogDet(x)
    return after.transform.forward(sameNoise(site, before.base, after.base, base))
  }
  const [from, to] = [standardised(before), standardised(after)]
  if (from !== undefined && to !== undefined && hasOneStandard(before, after))
    return to.fromStandard(from.toStandard(x))
  const value = sameQuantile(before, after, x)
  if (value !== undefined) return value
  throw new GuideMismatch({
    site,
    reason: `its parents may have changed, and ${after.family} does not say by which noise it gives a value. Write it as a deterministic function of a noise site, or with a family that has quantiles or location and scale (${locationScaleFamilies}). If it has no parents, declare its distribution outside of the program.`
  })
}

/** The very same distribution, or equal numbers alone for its parameters: its parents cannot have changed. */
const haveSameParameters = (before: Dist, after: Dist): boolean => {
  if (before === after) return true
  if (isTransformed(before) || isTransformed(after)) return false
  const [a, b] = [Object.entries(before.parameters()), after.parameters()]
  return a.length > 0 && a.every(([name, value]) => typeof value === "number" && value === b[name])
}

/** Whether two distributions of a family have the same standard one: the degrees of freedom of a StudentT are part of it. */
const hasOneStandard = (before: Dist, after: Dist): boolean => {
  const [a, b] = [before.parameters()["df"], after.parameters()["df"]]
  return a === b
}

/** The quantile of the same probability, by the logarithms of both tails, which keep their digits. */
const sameQuantile = (before: Dist, after: Dist, x: tf.Tensor): tf.Tensor | undefined => {
  const { logCdf, logSurvival, cdf } = before as Dist & Partial<ClosedForms>
  const { icdf, icdfOfLogs } = after as Dist & Partial<ClosedForms>
  if (logCdf && logSurvival && icdfOfLogs) return icdfOfLogs(logCdf(x), logSurvival(x))
  return cdf && icdf ? icdf(cdf(x)) : undefined
}
