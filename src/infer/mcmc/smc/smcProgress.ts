import { defaultOutput, type Output } from "../../fit/progress.ts"

/** How far sequential Monte Carlo is. */
export interface SmcProgress {
  /** from 0, the prior, to 1, the posterior */
  readonly temperature: number
  /** whether all moves are done */
  readonly isDone: boolean
  readonly evaluations: number
  readonly seconds: number
}

/** Prints progress for people: one line that is rewritten on a terminal, and the last one elsewhere. */
export const reportSmc = (output: Output = defaultOutput()): ((event: SmcProgress) => void) => {
  const terminal = output.isTTY === true
  return (event) => {
    if (terminal) output.write(`\r\u001b[K${lineOf(event)}${event.isDone ? "\n" : ""}`)
    else if (event.isDone) output.write(`${lineOf(event)}\n`)
  }
}

const lineOf = ({ temperature, evaluations, seconds }: SmcProgress): string =>
  `smc: temperature ${temperature.toPrecision(3)}  ${evaluations} evaluations of all particles  ${seconds.toFixed(1)} s`
