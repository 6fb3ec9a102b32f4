import { type BatchPlan, shareOfStep } from "./batches.ts"

/** The mean loss of an epoch so far, each row counted once, in nats. */
export interface EpochLoss {
  readonly epoch: number
  readonly loss: number
  /** −ELBO, where the loss is another number */
  readonly bound?: number
  /** the mean of each term, by its site */
  readonly terms?: Numbers
}

type Numbers = Readonly<Record<string, number>>

/** What the epoch under way has added up: losses weighed by their rows, and the rows. */
export interface Sums {
  readonly sum: number
  readonly rows: number
  /** of −ELBO, where the loss is another number */
  readonly bound?: number
  /** of each term; not in files of earlier releases */
  readonly terms?: Numbers
}

/** What some steps did to the epochs. */
export interface Metered {
  /** the epochs that came to their end */
  readonly ended: ReadonlyArray<EpochLoss>
  /** the epoch that they stopped within, if any, with the steps done there */
  readonly within: (EpochLoss & { readonly step: number }) | undefined
}

/** Adds up the losses of steps into those of epochs; each row counts once. */
export interface Meter {
  readonly add: (emitted: Emitted, from: number) => Metered
  readonly sums: () => Sums
}

/** The numbers of some steps. */
export interface Emitted {
  readonly losses: Float32Array
  readonly terms: Readonly<Record<string, Float32Array>>
  /** −ELBO, where the loss is another number */
  readonly bounds?: Float32Array | undefined
}

export const epochMeter = (plan: BatchPlan, begun: Sums = { sum: 0, rows: 0 }): Meter => {
  let { sum, rows, bound } = begun
  // an epoch whose beginning has no terms goes without them
  let parts = begun.rows > 0 && begun.terms === undefined ? undefined : new Map(Object.entries(begun.terms ?? {}))
  const termsOver = (rows: number): Pick<EpochLoss, "terms"> =>
    parts === undefined ? {} : { terms: Object.fromEntries([...parts].map(([site, total]) => [site, total / rows])) }
  const means = (): Omit<EpochLoss, "epoch"> => ({
    loss: sum / rows,
    ...(bound !== undefined && { bound: bound / rows }),
    ...termsOver(rows)
  })
  return {
    sums: () => ({ sum, rows, ...(bound !== undefined && { bound }), ...termsOver(1) }),
    add: ({ losses, terms, bounds }, from) => {
      const bySite = Object.entries(terms)
      const ended: Array<EpochLoss> = []
      losses.forEach((loss, i) => {
        const size = shareOfStep(plan, from + i)
        sum += loss * size
        rows += size
        if (bounds !== undefined) bound = (bound ?? 0) + (bounds[i] ?? Number.NaN) * size
        for (const [site, values] of bySite) parts?.set(site, (parts.get(site) ?? 0) + (values[i] ?? Number.NaN) * size)
        if ((from + i + 1) % plan.steps !== 0) return
        ended.push({ epoch: (from + i + 1) / plan.steps, ...means() })
        ;[sum, rows, bound, parts] = [0, 0, bounds === undefined ? undefined : 0, new Map()]
      })
      const done = from + losses.length
      const step = done % plan.steps
      return { ended, within: step === 0 ? undefined : { epoch: Math.ceil(done / plan.steps), step, ...means() } }
    }
  }
}
