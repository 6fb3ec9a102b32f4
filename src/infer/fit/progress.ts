import type { Plan } from "../plan/Plan.ts"
import { onceEach, type Warning } from "./warnings.ts"

/** One epoch: the mean of its losses (each row counted once), and the loss on the validation data after it. −ELBO in nats. */
export interface EpochReport {
  readonly epoch: number
  readonly train: number
  readonly test?: number
  readonly seconds: number
}

/** What a fit says while it runs. */
export type Progress<F> =
  | {
      readonly _tag: "Started"
      readonly plan: Plan
      readonly engine: string
      readonly because: string
      readonly detail: string
      readonly epochs: number
      readonly steps: number
    }
  | {
      readonly _tag: "Step"
      readonly epoch: number
      readonly epochs: number
      readonly step: number
      readonly steps: number
      readonly loss: number
      readonly secondsLeft: number
    }
  | ({ readonly _tag: "Epoch"; readonly epochs: number } & EpochReport)
  /** what is known before the first step comes after `Started`, what is found while fitting after its epoch */
  | { readonly _tag: "Warning"; readonly warning: Warning }
  | { readonly _tag: "Done"; readonly fitted: F; readonly engine: string; readonly detail: string }

interface Output {
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
  return (event) => {
    if (event._tag === "Started") {
      output.write(`${event.plan}\n\nengine ${event.engine} (${event.because}; ${event.detail})\n`)
    } else if (event._tag === "Step" && terminal) {
      output.write(
        `${clear}epoch ${event.epoch}/${event.epochs}  step ${event.step}/${event.steps}  −ELBO ${event.loss.toFixed(2)} nats  ${duration(event.secondsLeft)} left`
      )
    } else if (event._tag === "Epoch" && isTold(event.epoch, event.epochs, many(event.epochs))) {
      output.write(`${clear}${epochLine(event)}\n`)
    } else if (event._tag === "Warning") {
      for (const { message } of fresh([event.warning])) output.write(`${clear}warning: ${message}\n`)
    } else if (event._tag === "Done") {
      const changed = event.detail === detail ? "" : `engine ${event.engine}: ${event.detail}\n`
      output.write(`${unfinished ? "\n" : ""}${changed}`)
    }
    if (event._tag === "Started") detail = event.detail
    unfinished = terminal && event._tag === "Step"
  }
}

const isTold = (epoch: number, epochs: number, every: number): boolean =>
  epoch === 1 || epoch === epochs || epoch % every === 0

/** `epoch 1  train 164.6  test 127.2  (2.1 s)` */
export const epochLine = ({ epoch, train, test, seconds }: EpochReport): string =>
  `epoch ${epoch}  train ${train.toFixed(1)}${test === undefined ? "" : `  test ${test.toFixed(1)}`}  (${seconds.toFixed(1)} s)`

const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

const defaultOutput = (): Output =>
  typeof process === "undefined" || process.stdout === undefined
    ? { write: (text) => console.log(text.trimEnd()) }
    : process.stdout
