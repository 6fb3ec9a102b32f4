import { type BatchPlan, shareOfStep } from "./batches.ts"

/** The mean loss of an epoch so far, each row counted once, in nats. */
export interface EpochLoss {
  readonly epoch: number
  readonly loss: number
  /** −ELBO, where the loss is another number */
  readonly bound?: number
}

/** What the epoch under way has added up: losses weighed by their rows, and the rows. */
export interface Sums {
  readonly sum: number
  readonly rows: number
  /** of −ELBO, where the loss is another number */
  readonly bound?: number
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
  readonly add: (losses: Float32Array, from: number, bounds?: Float32Array) => Metered
  readonly sums: () => Sums
}

export const epochMeter = (plan: BatchPlan, begun: Sums = { sum: 0, rows: 0 }): Meter => {
  let { sum, rows, bound } = begun
  const means = (): Pick<EpochLoss, "loss" | "bound"> => ({
    loss: sum / rows,
    ...(bound !== undefined && { bound: bound / rows })
  })
  return {
    sums: () => ({ sum, rows, ...(bound !== undefined && { bound }) }),
    add: (losses, from, bounds) => {
      const ended: Array<EpochLoss> = []
      losses.forEach((loss, i) => {
        const size = shareOfStep(plan, from + i)
        sum += loss * size
        rows += size
        if (bounds !== undefined) bound = (bound ?? 0) + (bounds[i] ?? Number.NaN) * size
        if ((from + i + 1) % plan.steps !== 0) return
        ended.push({ epoch: (from + i + 1) / plan.steps, ...means() })
        ;[sum, rows, bound] = [0, 0, bounds === undefined ? undefined : 0]
      })
      const done = from + losses.length
      const step = done % plan.steps
      return { ended, within: step === 0 ? undefined : { epoch: Math.ceil(done / plan.steps), step, ...means() } }
    }
  }
}
