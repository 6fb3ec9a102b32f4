import type { Shown } from "../progressTo.ts"

/** How far Pathfinder is. */
export interface PathfinderProgress {
  /** paths that have ended, and of how many */
  readonly ended: number
  readonly paths: number
  /** evaluations of the log density of all paths together */
  readonly evaluations: number
  readonly seconds: number
}

export const pathfinderShown: Shown<PathfinderProgress> = {
  line: ({ ended, paths, evaluations, seconds }) =>
    `pathfinder: ${ended} of ${paths} paths  ${evaluations} evaluations of all paths  ${seconds.toFixed(1)} s`,
  isLast: ({ ended, paths }) => ended === paths
}
