import type { Id } from "../../trace/Graph.ts"
import { type Joint, latentSites } from "../joint/Joint.ts"

/** The nodes from which the loss is computed. If a closed KL was chosen for a site, it replaces the site's two log densities. */
export const costsOf = (joint: Joint, isAnalytic: (site: string) => boolean): ReadonlySet<Id> => {
  const closed = latentSites(joint).flatMap(({ name, kl }) => (kl !== undefined && isAnalytic(name) ? [kl] : []))
  const sampled = joint.factors.filter(
    ({ site, role }) => role === "likelihood" || role === "factor" || !isAnalytic(site)
  )
  return new Set([...closed, ...sampled.map(({ node }) => node)])
}
