import { kindOf } from "../../dist/Support.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Problem } from "../fit/Learned.ts"
import type { LatentSite } from "../joint/Joint.ts"
import { differs, type Findings, percent, type Verdict } from "./Diagnosis.ts"

/** What an advice must know of the program: which guides its sites could have. */
export interface GuidedSites {
  readonly sites: ReadonlyArray<LatentSite>
  readonly per: Problem["per"]
}

/** What to do, in order of importance. */
export const adviceFor =
  (guided: GuidedSites) =>
  (found: Findings, verdict: Verdict): ReadonlyArray<string> => {
    const sites = (...kinds: ReadonlyArray<string>): ReadonlyArray<string> => [
      ...new Set(
        found.numbers.flatMap(({ site, differences }) => (differences.some((d) => kinds.includes(d)) ? [site] : []))
      )
    ]
    const [narrow, wide, moved] = [sites("too narrow"), sites("too wide"), sites("too low", "too high")]
    const { rows } = found.tails
    const unlikely = [...new Set(found.checks.flatMap(({ site, isUnlikely }) => (isUnlikely ? [site] : [])))]
    const idle = found.use.filter(
      ({ kl, variance, active }) => variance !== undefined && active?.length === 0 && (kl ?? 0) < 0.01
    )
    const noisy = found.gradients.filter(
      ({ estimator, share }) => found.gradients.length > 1 && estimator.startsWith("score") && share > 0.9
    )
    const apart = verdict === "poor" || verdict === "bad"
    return [
      ...(verdict === "uncertain" ? [`Take more draws: { draws: ${10 * found.draws} }.`] : []),
      ...(narrow.length > 0
        ? [`The guide of ${listed(narrow)} is too narrow: its intervals are too short. ${richer(guided)}`]
        : []),
      ...found.pairs.map(
        ({ between: [a, b], guide, weighted }) =>
          `Let the guide correlate ${a} with ${b}: their correlation is about ${weighted.toFixed(2)}, and ${guide.toFixed(2)} under the guide.`
      ),
      ...(moved.length > 0
        ? [
            `The guide of ${listed(moved)} is not where the posterior is. If its loss was still falling, fit longer or with a larger learning rate; if it wavered, end with a smaller one and more particles; otherwise its family cannot follow the posterior's shape.`
          ]
        : []),
      ...(wide.length > 0
        ? [
            `The guide of ${listed(wide)} is too wide: fit longer, with more particles or a smaller learning rate at the end.`
          ]
        : []),
      ...(apart && !differs(found)
        ? [
            `No single number explains it: the numbers depend on each other, or the posterior has several modes. ${richer(guided)}`
          ]
        : []),
      ...(rows !== undefined && rows.bad > 0.05
        ? [
            `${percent(rows.bad)} of the rows of '${rows.plate}' have k above 0.7: the guide of a row is too far from its posterior. Fit longer, give the net that makes it more units, or choose a richer family.`
          ]
        : []),
      ...idle.map(
        ({ site }) =>
          `No number of '${site}' is in use: its guide is the same for every row. Give its KL less weight at first (Objective.beta with a warm-up, Objective.freeBits), or weaken what stands between it and the data.`
      ),
      ...noisy.map(
        ({ site, share }) =>
          `The score function at '${site}' makes ${percent(share)} of the variance of the gradient: more particles bring it down, and measure(data, { start: fitted }) compares the estimators that apply there.`
      ),
      ...(unlikely.length > 0
        ? [
            `The model does not make data like those of ${listed(unlikely)} (see the checks): look at its likelihood before its guide.`
          ]
        : [])
    ]
  }

const listed = (names: ReadonlyArray<string>): string => names.map((name) => `'${name}'`).join(", ")

/** The guides that a program could have in the place of one that is too far from its posterior. */
const richer = ({ sites, per }: GuidedSites): string => {
  const isSingle = sites.every(({ plates, prior }) => plates.length === 0 && sizeOf(prior.shape) === 1)
  if (sites.length === 1 && isSingle)
    return "Use a richer family, such as a Mixture, or one that a spline transforms (Transformed, Flow.spline)."
  if (per === "datum")
    return "Let the guide of a datum be a MultivariateNormal, or a flow (Transformed, Flow), whose numbers depend on each other."
  const isDiscrete = sites.some(({ prior }) => kindOf[prior.support] === "mass")
  const depth = Math.max(...sites.map(({ plates }) => plates.length))
  const isJoint = sites.some(({ guide }) => guide?.remark?.includes("one vector with"))
  const families =
    depth === 0 ? ["Guide.flow()", ...(isJoint ? [] : ["Guide.multivariateNormal()", "Guide.structured()"])] : []
  const known = isDiscrete || depth > 1 ? [] : depth === 1 ? ["Guide.structured()"] : families
  const named = [...known, "guideWith"].join(", ").replace(/, guideWith$/, " or guideWith")
  return `Let sites depend on each other (${named}), write the model so that they do not (reparam), or use a richer family.`
}
