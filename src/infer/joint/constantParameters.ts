import { check } from "../../dist/Constraint.ts"
import type { Dist } from "../../dist/Dist.ts"
import type { SiteTrace } from "../../model/World.ts"
import { valuesOf } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"

/**
 * Checks the parameters of a site's distributions that are constants of the program. Numbers are checked where a distribution is made; of tensors only a recording knows which ones never
 * change. A distribution that stands in a branch or in a recurrence is left alone: its parameters are values of that place.
 *
 * @throws SupportViolation that names the site, the parameter and the first number outside of its constraint
 */
export const mustHaveAllowedConstants = (recorder: Recorder, site: SiteTrace[number]): void => {
  if (site.kind === "deterministic" || site.kind === "factor" || site.branch !== undefined) return
  for (const dist of distsOf(site)) mustBeAllowed(recorder, site.name, dist)
}

const distsOf = (
  site: Exclude<SiteTrace[number], { readonly kind: "deterministic" | "factor" }>
): ReadonlyArray<Dist> => {
  if (site.kind === "observed") return [site.dist]
  if (site.inScan === true) return []
  return site.kind === "latent" && site.guide !== undefined && site.guide !== site.prior
    ? [site.prior, site.guide]
    : [site.prior]
}

const mustBeAllowed = (recorder: Recorder, site: string, { family, constraints, parameters }: Dist): void => {
  const { nodes } = recorder.graph()
  for (const [name, value] of Object.entries(parameters())) {
    const constraint = Object.hasOwn(constraints, name) ? constraints[name] : undefined
    if (constraint === undefined || typeof value === "number") continue
    const node = nodes[recorder.idOf(value)]
    if (node?.kernel !== "Const") continue
    for (const number of valuesOf(node)) check(`${site}: ${family}.${name}`, constraint, number)
  }
}
