import type { Plan } from "../plan/Plan.ts"
import type { Accuracy } from "./accuracy/Accuracy.ts"
import { onceEach, type Warning } from "./warnings.ts"

/**
 * One epoch: the mean of its losses (each row counted once), and the loss on the validation data after it. −ELBO in nats: for each datum of a `model`,
 * for all the data of a `program`.
 */
export interface EpochReport {
  readonly epoch: number
  readonly train: number
  readonly test?: number
  /** the mean −ELBO of the training rows, where the loss is another number, such as one with a weighed KL; `test` is −ELBO then */
  readonly bound?: number
  /** of a program with rows, whose totals over data of different size cannot be compared: the same for each row */
  readonly perRow?: PerRow
  /** why −train is no bound on log p(x), where it is none */
  readonly noBound?: ReadonlyArray<string>
  readonly seconds: number
}

/**
 * The losses for each row of the largest plate. Terms outside of plates are divided by the number of training rows in both losses, so that the two
 * differ only by their data. Otherwise a validation set of another size would give these terms another weight.
 */
export interface PerRow {
  readonly train: number
  readonly rows: number
  readonly test?: number
  readonly testRows?: number
  readonly bound?: number
}

/** The events of a running fit. */
export type Progress<F> =
  /** of a fit with `probe: true`, before all others: the estimators at each site, as `measure` prints them */
  | { readonly _tag: "Probed"; readonly table: string }
  | {
      readonly _tag: "Started"
      readonly plan: Plan
      readonly engine: string
      readonly because: string
      readonly detail: string
      readonly epochs: number
      /** in an epoch */
      readonly steps: number
      /** steps that were done before, where it goes on from a checkpoint; otherwise 0 */
      readonly resumed: number
      /** the numbers and names on which it depends: rows, parameters, seed, batch size, particles, objective, optimizer, precision */
      readonly settings: Readonly<Record<string, string | number>>
    }
  /** after the first call of a long fit on `Engine.auto`, which has timed two engines: the one that runs it, and why */
  | { readonly _tag: "Engine"; readonly engine: string; readonly because: string; readonly detail: string }
  | {
      readonly _tag: "Step"
      readonly epoch: number
      readonly epochs: number
      readonly step: number
      readonly steps: number
      readonly loss: number
      /** of a program with rows: the loss for each row of the largest plate */
      readonly perRow?: number
      /** −ELBO by site, as in the event of an epoch: the means over the steps so far */
      readonly terms?: Readonly<Record<string, number>>
      readonly secondsLeft: number
    }
  | ({
      readonly _tag: "Epoch"
      readonly epochs: number
      /**
       * −ELBO by site, the means over the epoch's rows: a latent site's is KL(q ‖ p), or an estimate of it, an observed one's −log p. They add up to `bound`, or to `train` where there is none. The history does not
       * keep them
       */
      readonly terms?: Readonly<Record<string, number>>
    } & EpochReport)
  /** warnings that are known before the first step come after `Started`, others after their epoch */
  | { readonly _tag: "Warning"; readonly warning: Warning }
  | {
      readonly _tag: "Done"
      readonly fitted: F
      readonly engine: string
      readonly detail: string
      readonly because?: string
      readonly accuracy?: Accuracy
    }

export interface Output {
  readonly isTTY?: boolean
  readonly write: (text: string) => unknown
}

/** Prints progress for people: the plan, then one line that is rewritten on a terminal, and a line an epoch that stays. */
export const report = (output: Output = defaultOutput()): ((event: Progress<unknown>) => void) => {
  const terminal = output.isTTY === true
  const many = (epochs: number): number => (terminal ? 1 : Math.max(1, Math.ceil(epochs / 50)))
  const clear = terminal ? "\r\u001b[K" : ""
  const fresh = onceEach()
  let unfinished = false
  let detail = ""
  let label = "−ELBO"
  return (event) => {
    if (event._tag === "Started") {
      const { resumed, steps } = event
      output.write(`${event.plan}\n\nengine ${event.engine} (${event.because}; ${event.detail})\n`)
      if (resumed > 0) output.write(`goes on after ${resumed} steps (${Number((resumed / steps).toFixed(2))} epochs)\n`)
    } else if (event._tag === "Engine") {
      output.write(`${clear}engine ${event.engine} (${event.because}; ${event.detail})\n`)
    } else if (event._tag === "Probed") {
      output.write(`${event.table}\n\n`)
    } else if (event._tag === "Step" && terminal) {
      output.write(
        `${clear}epoch ${event.epoch}/${event.epochs}  step ${event.step}/${event.steps}  ${label} ${event.perRow === undefined ? `${event.loss.toFixed(2)} nats` : `${event.perRow.toFixed(3)} nats a row`}  ${duration(event.secondsLeft)} left`
      )
    } else if (event._tag === "Epoch" && isTold(event.epoch, event.epochs, many(event.epochs))) {
      output.write(`${clear}${epochLine(event)}\n`)
    } else if (event._tag === "Warning") {
      for (const { message } of fresh([event.warning])) output.write(`${clear}warning: ${message}\n`)
    } else if (event._tag === "Done") {
      const changed = event.detail === detail ? "" : `engine ${event.engine}: ${event.detail}\n`
      output.write(
        `${unfinished ? "\n" : ""}${changed}${event.because === undefined ? "" : `the fit ended: ${event.because}\n`}${event.accuracy === undefined ? "" : `${event.accuracy}\n`}`
      )
    }
    if (event._tag === "Started" || event._tag === "Engine") detail = event.detail
    if (event._tag === "Started") {
      label = event.plan.noBound.length === 0 ? "−ELBO" : "loss"
    }
    unfinished = terminal && event._tag === "Step"
  }
}

const isTold = (epoch: number, epochs: number, every: number): boolean =>
  epoch === 1 || epoch === epochs || epoch % every === 0

/** `epoch 1  train 164.6  test 127.2  (2.1 s)`; of a program with rows `epoch 1  train 1.216  test 0.954 a row  (100 and 37 rows, 2.1 s)` */
export const epochLine = ({ epoch, train, test, bound, perRow, noBound, seconds }: EpochReport): string => {
  const shown = perRow === undefined ? losses({ train, test, bound }, 1) : `${losses(perRow, 3)} a row`
  const rows =
    perRow === undefined
      ? ""
      : `${[perRow.rows, ...(perRow.testRows === undefined ? [] : [perRow.testRows])].join(" and ")} rows, `
  return `epoch ${epoch}  ${shown}${noBound === undefined ? "" : "  no bound on log p(x)"}  (${rows}${seconds.toFixed(1)} s)`
}

interface Losses {
  readonly train: number
  readonly test?: number | undefined
  readonly bound?: number | undefined
}

/** `train 164.6  test 127.2`; where the loss is not −ELBO, `train 140.1  −ELBO 164.6 (test 127.2)` */
const losses = ({ train, test, bound }: Losses, digits: number): string => {
  const shown = (x: number): string => x.toFixed(digits)
  if (bound === undefined) return `train ${shown(train)}${test === undefined ? "" : `  test ${shown(test)}`}`
  return `train ${shown(train)}  −ELBO ${shown(bound)}${test === undefined ? "" : ` (test ${shown(test)})`}`
}

export const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** The terminal, or the console of a page. */
export const defaultOutput = (): Output =>
  typeof process === "undefined" || process.stdout === undefined
    ? { write: (text) => console.log(text.trimEnd()) }
    : process.stdout
