import { type Joint, latentSites, observedSites, platesOf } from "../joint/Joint.ts"
import { namesIn } from "../joint/names.ts"
import { dataIn, named } from "../joint/reach.ts"
import type { PlanOptions } from "./Plan.ts"

/** The objective as the field writes it: `maximise  E_q[ log p(x | z) ] − KL( q(z | x) ‖ p(z) )       per datum, summed over the plate "data"`. */
export const formulaOf = (joint: Joint, { objective, per }: Pick<PlanOptions, "objective" | "per">): string => {
  const latents = latentSites(joint)
  const plates = platesOf(joint)
  const summed = `summed over the plate${plates.length > 1 ? "s" : ""} ${plates.map(({ label }) => `"${label}"`).join(", ")}`
  const scope = [...(per === "datum" ? ["per datum"] : []), ...(plates.length === 0 ? [] : [summed])].join(", ")
  const formula = objective.formula({
    latents: latents.map(({ name }) => name),
    observed: observedSites(joint).map(({ name }) => name),
    given: dataOfGuide(joint)
  })
  return `maximise  ${formula}       ${scope}`.trimEnd()
}

/** The fields of the data that the guide reads: q(z | x) in place of q(z). */
const dataOfGuide = (joint: Joint): ReadonlyArray<string> => {
  const { names, reach } = dataIn(joint)
  const nodes = joint.factors.filter(({ role }) => role === "guide").map(({ node }) => node)
  const bits = [...nodes, ...latentSites(joint).map(({ draw }) => draw)].reduce(
    (all, id) => all | (reach[id] ?? 0n),
    0n
  )
  return [...new Set(named(bits, names).map((input) => namesIn(input).at(-1) ?? input))]
}
