import { mapValues } from "../../trace/build.ts"
import { own } from "../joint/names.ts"
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
  let parts = begun.rows > 0 && begun.terms === undefined ? undefined : { ...begun.terms }
  const means = (): Omit<EpochLoss, "epoch"> => ({
    loss: sum / rows,
    ...(bound !== undefined && { bound: bound / rows }),
    ...(parts !== undefined && { terms: mapValues(parts, (total) => total / rows) })
  })
  return {
    sums: () => ({ sum, rows, ...(bound !== undefined && { bound }), ...(parts !== undefined && { terms: parts }) }),
    add: ({ losses, terms, bounds }, from) => {
      const columns = Object.entries(terms).map(([site, values]) => ({
        site,
        values,
        total: own(parts ?? {}, site) ?? 0
      }))
      const summed = (): Record<string, number> => Object.fromEntries(columns.map(({ site, total }) => [site, total]))
      const ended: Array<EpochLoss> = []
      losses.forEach((loss, i) => {
        const size = shareOfStep(plan, from + i)
        sum += loss * size
        rows += size
        if (bounds !== undefined) bound = (bound ?? 0) + (bounds[i] ?? Number.NaN) * size
        for (const column of columns) column.total += (column.values[i] ?? Number.NaN) * size
        if ((from + i + 1) % plan.steps !== 0) return
        if (parts !== undefined) parts = summed()
        ended.push({ epoch: (from + i + 1) / plan.steps, ...means() })
        ;[sum, rows, bound, parts] = [0, 0, bounds === undefined ? undefined : 0, {}]
        for (const column of columns) column.total = 0
      })
      if (parts !== undefined) parts = summed()
      const done = from + losses.length
      const step = done % plan.steps
      return { ended, within: step === 0 ? undefined : { epoch: Math.ceil(done / plan.steps), step, ...means() } }
    }
  }
}
