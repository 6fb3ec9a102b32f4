import { InvalidOption } from "../../Errors.ts"
import { type Checks, checkOptions, count, oneOf } from "./checkOptions.ts"
import type { EpochReport } from "./progress.ts"

/**
 * A rule by which a fit ends before its last epoch: it is asked after each epoch, with the reports of all epochs so far, and says why the fit ends, or nothing. Rules read the history alone, so that a
 * resumed fit ends where it would have ended, and one of your own is a function.
 */
export type StoppingRule = (history: ReadonlyArray<EpochReport>) => string | undefined

export interface PlateauOptions {
  /** epochs without progress (10) */
  readonly patience?: number
  /** progress in nats: losses that are lower by less than this are no progress (0) */
  readonly tolerance?: number
  /** the losses that are watched: those of the training data, or of the validation data ("train") */
  readonly of?: "train" | "test"
}

const checks: Checks<PlateauOptions> = {
  patience: count,
  tolerance: (option, value) => {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new InvalidOption({ option, value: String(value), expected: "a number from 0" })
  },
  of: (option, value) => oneOf(option, value, ["train", "test"])
}

/**
 * Ends a fit whose lowest loss is `patience` epochs old (Prechelt 1998). The parameters are those of the last epoch.
 *
 * @throws InvalidOption for options that are none
 */
const plateau = (options: PlateauOptions = {}): StoppingRule => {
  checkOptions(options, checks)
  const { patience = 10, tolerance = 0, of = "train" } = options
  return (history) => {
    let [lowest, at] = [Number.POSITIVE_INFINITY, 0]
    for (const { epoch, [of]: loss } of history)
      if (loss !== undefined && loss < lowest - tolerance) [lowest, at] = [loss, epoch]
    const last = history.at(-1)
    if (last === undefined || last[of] === undefined || last.epoch - at < patience) return undefined
    const by = tolerance === 0 ? "" : ` by more than ${tolerance}`
    return `the ${of} loss has not fallen below ${lowest.toFixed(3)}${by} for ${last.epoch - at} epochs`
  }
}

/** Ends a fit as soon as one of some rules does. */
const any =
  (...rules: ReadonlyArray<StoppingRule>): StoppingRule =>
  (history) =>
    rules.map((rule) => rule(history)).find((reason) => reason !== undefined)

/** Ends a fit when all of some rules do so at the same epoch. */
const all =
  (...rules: ReadonlyArray<StoppingRule>): StoppingRule =>
  (history) => {
    const reasons = rules.flatMap((rule) => rule(history) ?? [])
    return rules.length > 0 && reasons.length === rules.length ? reasons.join(", and ") : undefined
  }

/** Ends a fit after so many epochs at the earliest, if a rule does. */
const atLeast =
  (epochs: number, rule: StoppingRule): StoppingRule =>
  (history) =>
    history.length < epochs ? undefined : rule(history)

/** Ends a fit whose epochs have taken so many seconds together. */
const seconds =
  (most: number): StoppingRule =>
  (history) => {
    const taken = history.reduce((sum, report) => sum + report.seconds, 0)
    return taken < most ? undefined : `its epochs took ${taken.toFixed(0)} s`
  }

/**
 * Rules by which a fit ends before its last epoch.
 *
 * @example
 * ```ts
 * const line = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("scale", 1)))
 * const stop = Stop.any(Stop.plateau({ patience: 5, tolerance: 0.01 }), Stop.seconds(60))
 * const fitted = await line.fitPromise(Data.of([1, 2, 3], []), { epochs: 300, learningRate: 0.05, stop, progress: false })
 * Number(fitted.history.length < 300) // => 1
 * Number(fitted.stopped) // => 1
 * ```
 */
export const Stop = { plateau, any, all, atLeast, seconds }
