import { defaultOutput, type Output } from "../../fit/progress.ts"

/** How far Pathfinder is. */
export interface PathfinderProgress {
  /** paths that have ended, and of how many */
  readonly ended: number
  readonly paths: number
  /** evaluations of the log density of all paths together */
  readonly evaluations: number
  readonly seconds: number
}

/** Prints progress for people: one line that is rewritten on a terminal, and the last one elsewhere. */
export const reportPathfinder = (output: Output = defaultOutput()): ((event: PathfinderProgress) => void) => {
  const terminal = output.isTTY === true
  return (event) => {
    const isLast = event.ended === event.paths
    if (terminal) output.write(`\r\u001b[K${lineOf(event)}${isLast ? "\n" : ""}`)
    else if (isLast) output.write(`${lineOf(event)}\n`)
  }
}

const lineOf = ({ ended, paths, evaluations, seconds }: PathfinderProgress): string =>
  `pathfinder: ${ended} of ${paths} paths  ${evaluations} evaluations of all paths  ${seconds.toFixed(1)} s`
