import type { MeasuredEstimator, Measurement } from "../../src/index.ts"

/** How many times the cost of the best estimator of a site the plan's own one has. */
export interface Loss {
  readonly site: string
  readonly chosen: string
  readonly best: string
  readonly times: number
}

export const lost = ({ rows }: Measurement): ReadonlyArray<Loss> =>
  [...new Set(rows.map(({ site }) => site))].flatMap((site): ReadonlyArray<Loss> => {
    const own = rows.filter((row) => row.site === site)
    const planned = own.find(({ isPlanned }) => isPlanned)
    const best = own.reduce<MeasuredEstimator | undefined>(
      (a, b) => (a === undefined || b.cost < a.cost ? b : a),
      planned
    )
    if (planned === undefined || best === undefined) return []
    const times = planned.cost === best.cost ? 1 : planned.cost / best.cost
    return [{ site, chosen: planned.estimator.name, best: best.estimator.name, times }]
  })
