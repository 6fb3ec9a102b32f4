import { defaultOutput, type Output } from "../fit/progress.ts"

/** How far a sampler is. */
export interface SamplingProgress {
  /** transitions of all chains that are done, warm-up included, and of how many */
  readonly transitions: number
  readonly of: number
  /** evaluations of the log density of all chains together: one for each leapfrog step */
  readonly evaluations: number
  /** after the warm-up */
  readonly divergences: number
  readonly seconds: number
}

/** Prints progress for people: one line that is rewritten on a terminal, and the last one elsewhere. */
export const reportSampling = (output: Output = defaultOutput()): ((event: SamplingProgress) => void) => {
  const terminal = output.isTTY === true
  return (event) => {
    const isLast = event.transitions === event.of
    if (terminal) output.write(`\r\u001b[K${lineOf(event)}${isLast ? "\n" : ""}`)
    else if (isLast) output.write(`${lineOf(event)}\n`)
  }
}

const lineOf = ({ transitions, of, evaluations, divergences, seconds }: SamplingProgress): string => {
  const left = (seconds * (of - transitions)) / Math.max(1, transitions)
  const time = transitions === of ? `${seconds.toFixed(1)} s` : `${Math.ceil(left)} s left`
  return `sampling ${Math.floor((100 * transitions) / of)}%  ${evaluations} leapfrog steps of all chains  ${divergences} divergences  ${time}`
}
