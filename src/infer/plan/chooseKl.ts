import type { Id } from "../../trace/Graph.ts"
import { type Bits, has } from "../joint/bits.ts"
import type { Factor, LatentSite } from "../joint/Joint.ts"
import { named } from "../joint/reach.ts"
import type { Objective } from "../objective/Objective.ts"

export interface Choice<A> {
  readonly value: A
  readonly because: string
}

/** The facts of a joint that the choice reads, each found once for all sites. */
export interface KlFacts {
  /** the names of the latent sites */
  readonly latents: ReadonlyArray<string>
  /** the latent sites on which a node depends, by their draws or by the probabilities of their values */
  readonly draws: (id: Id) => Bits
  /** log densities that depend on a site which the model sums out */
  readonly mixed: ReadonlySet<Id>
  readonly objective: Objective
}

/**
 * Use the closed form of KL(q‖p) only if the objective is a sum of expectations, and the prior's parameters do not depend on this site's own draw:
 * the expectation over the draw, given everything that q's parameters depend on, is then the closed form.
 *
 * @param place the place of the site among the latent ones
 */
export const chooseKl = (
  site: LatentSite,
  place: number,
  prior: Factor | undefined,
  { latents, draws, mixed, objective }: KlFacts
): Choice<"analytic" | "sampled"> => {
  if (site.blocked) return { value: "analytic", because: "drawn from its own prior, so that nothing is left of its KL" }
  if (objective.needs === "logWeight")
    return { value: "sampled", because: `${objective.name} weighs each draw by its log density` }
  if (objective.logQ !== undefined) return { value: "sampled", because: `${objective.name} reads log q at the draw` }
  if (!site.isPlain && site.inBranch !== true)
    return { value: "sampled", because: "it stands in a recurrence, whose later steps its draw influences" }
  if (site.kl === undefined)
    return { value: "sampled", because: `no closed form for KL(${site.guide?.family}‖${site.prior.family})` }
  if (prior?.scale !== undefined)
    return { value: "sampled", because: `the prior of '${site.name}' is scaled, its guide is not` }
  if (prior !== undefined && mixed.has(prior.node))
    return { value: "sampled", because: `the prior of '${site.name}' is summed over an enumerated site` }
  const others = draws(site.kl)
  if (has(others, place))
    return { value: "sampled", because: `the prior of '${site.name}' depends on what its draw influences` }
  const names = named(others, latents)
  return {
    value: "analytic",
    because:
      names.length === 0
        ? `p(${site.name}) does not depend on another site`
        : `p(${site.name}) depends on ${names.join(", ")} alone`
  }
}
