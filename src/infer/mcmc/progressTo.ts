import { defaultOutput, type Output } from "../fit/progress.ts"

/** How one kind of progress is shown to people. */
export interface Shown<E> {
  readonly line: (event: E) => string
  readonly isLast: (event: E) => boolean
}

/** Prints progress for people: one line that is rewritten on a terminal, and the last one elsewhere. */
const printed =
  <E>({ line, isLast }: Shown<E>, output: Output = defaultOutput()): ((event: E) => void) =>
  (event) => {
    if (output.isTTY === true) output.write(`\r\u001b[K${line(event)}${isLast(event) ? "\n" : ""}`)
    else if (isLast(event)) output.write(`${line(event)}\n`)
  }

/** Where progress goes by the option of a sampler: to a function of the user's, to the terminal, or nowhere. */
export const progressTo = <E>(progress: boolean | ((event: E) => void), shown: Shown<E>): ((event: E) => void) => {
  if (typeof progress === "function") return progress
  return progress ? printed(shown) : () => {}
}
