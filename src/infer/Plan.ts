/** What was decided for one site, and why. */
export interface SitePlan {
  readonly site: string
  readonly plates: ReadonlyArray<string>
  /** family and shape of the guide's distribution, such as `Normal [20]`; undefined for an observed site */
  readonly guide: string | undefined
  /** family and shape of the model's distribution */
  readonly model: string
  readonly kl: "analytic" | "sampled" | undefined
  readonly gradient: "reparameterized" | "score function" | "straight-through" | undefined
  /** how the variance of a score-function gradient is brought down */
  readonly control: "leave-one-out" | "running baseline" | undefined
  readonly because: string
}

/** How a fit will estimate its objective and the gradient of it: plain data, which prints. */
export interface Plan {
  readonly objective: string
  readonly particles: number
  readonly sites: ReadonlyArray<SitePlan>
  readonly toString: () => string
}

export const plan = (objective: string, particles: number, sites: ReadonlyArray<SitePlan>): Plan => ({
  objective,
  particles,
  sites,
  toString: () => [objective, ...table(sites)].join("\n")
})

const columns: Readonly<Record<string, (site: SitePlan) => string>> = {
  site: (site) => site.site,
  guide: (site) => site.guide ?? "–",
  prior: (site) => site.model,
  KL: (site) => site.kl ?? "–",
  gradient: (site) =>
    site.gradient === undefined
      ? "–"
      : site.control === undefined
        ? site.gradient
        : `${site.gradient}, ${site.control}`,
  because: (site) => site.because
}

const table = (sites: ReadonlyArray<SitePlan>): ReadonlyArray<string> => {
  const cells = [Object.keys(columns), ...sites.map((site) => Object.values(columns).map((cell) => cell(site)))]
  const widths = Object.keys(columns).map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? "")].length)))
  return cells.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd()
  )
}
