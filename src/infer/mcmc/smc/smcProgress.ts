import type { Shown } from "../progressTo.ts"

/** How far sequential Monte Carlo is. */
export interface SmcProgress {
  /** from 0, the prior, to 1, the posterior */
  readonly temperature: number
  /** whether all moves are done */
  readonly isDone: boolean
  readonly evaluations: number
  readonly seconds: number
}

export const smcShown: Shown<SmcProgress> = {
  line: ({ temperature, evaluations, seconds }) =>
    `smc: temperature ${temperature.toPrecision(3)}  ${evaluations} evaluations of all particles  ${seconds.toFixed(1)} s`,
  isLast: ({ isDone }) => isDone
}
