import type { Shown } from "./progressTo.ts"

/** How far a sampler is. */
export interface SamplingProgress {
  /** transitions of all chains that are done, warm-up included, and of how many */
  readonly transitions: number
  readonly of: number
  /** evaluations of the log density of all chains together: one for each leapfrog step; 0 where no site is continuous (`gibbs`) */
  readonly evaluations: number
  /** after the warm-up */
  readonly divergences: number
  readonly seconds: number
}

export const samplingShown: Shown<SamplingProgress> = {
  line: (event) => lineOf(event),
  isLast: ({ transitions, of }) => transitions === of
}

const lineOf = ({ transitions, of, evaluations, divergences, seconds }: SamplingProgress): string => {
  const left = (seconds * (of - transitions)) / Math.max(1, transitions)
  const time = transitions === of ? `${seconds.toFixed(1)} s` : `${Math.ceil(left)} s left`
  const along = evaluations === 0 ? "" : `${evaluations} leapfrog steps of all chains  ${divergences} divergences  `
  return `sampling ${Math.floor((100 * transitions) / of)}%  ${along}${time}`
}
