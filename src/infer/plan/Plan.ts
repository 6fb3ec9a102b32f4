import { asHtml, asText, escaped, showing } from "../../display.ts"
import type { Control, Estimator } from "../estimator/Estimator.ts"
import type { Objective } from "../objective/Objective.ts"

/** The decisions for one site, with their reasons. */
export interface SitePlan {
  readonly site: string
  readonly plates: ReadonlyArray<string>
  /** family and shape of the guide's distribution, such as `Normal [20]`; undefined for an observed site */
  readonly guide: string | undefined
  /** family and shape of the model's distribution */
  readonly model: string
  readonly kl: "analytic" | "sampled" | undefined
  /** the estimator's name, such as `reparameterized` */
  readonly gradient: string | undefined
  /** how the variance of a score-function gradient is brought down */
  readonly control: Control | undefined
  readonly because: string
}

/** How a fit will estimate its objective and the gradient of it: plain data, which prints. */
export interface Plan {
  readonly objective: string
  readonly particles: number
  /** why the objective is no bound on log p(x), such as that a guide is a point; empty where it is one */
  readonly noBound: ReadonlyArray<string>
  readonly sites: ReadonlyArray<SitePlan>
  readonly toString: () => string
}

/** The inputs of a plan besides the program. */
export interface PlanOptions {
  readonly particles: number
  readonly objective: Objective
  /** whether the loss is read per datum or as a total over all rows */
  readonly per: "datum" | "total"
  /** estimators asked for by name of site; the others are chosen */
  readonly estimators: Readonly<Record<string, Estimator>>
}

/** A plan with the functions that it names: everything after it reads this, and decides nothing again. */
export interface Decisions {
  readonly plan: Plan
  readonly objective: Objective
  readonly per: "datum" | "total"
  /** the estimator of each latent site */
  readonly estimators: ReadonlyMap<string, Estimator>
}

export const printable = (plan: Omit<Plan, "toString">): Plan => {
  const rows = plan.sites.map((site) => columns.map(([, cell]) => cell(site)))
  const table = { head: columns.map(([name]) => name), rows }
  const lines = [plan.objective, ...plan.noBound.map((why) => `          no bound on log p(x): ${why}`)]
  const toString = (): string => [...lines, asText(table)].join("\n")
  const html = (): string => `${lines.map((line) => `<div>${escaped(line)}</div>`).join("")}${asHtml(table)}`
  return showing({ ...plan, toString }, () => ({ text: toString(), html: html() }), false)
}

const columns: ReadonlyArray<readonly [string, (site: SitePlan) => string]> = [
  ["site", (site) => site.site],
  ["guide", (site) => site.guide ?? "–"],
  ["prior", (site) => site.model],
  ["KL", (site) => site.kl ?? "–"],
  ["gradient", ({ gradient, control }) => [gradient ?? "–", ...(control === undefined ? [] : [control])].join(", ")],
  ["because", (site) => site.because]
]
