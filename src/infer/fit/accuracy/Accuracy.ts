import { asHtml, asText, shorter, showing, type Table } from "../../../display.ts"

/** What a descent came to. */
export interface Descended {
  /** the accuracy that was asked for, in standard deviations */
  readonly asked: number
  /** how far the last halving of the step size moved the guide, and what its average may be off by its noise: the largest difference of a mean or of a log standard deviation */
  readonly moved: number
  readonly steps: number
  readonly rates: ReadonlyArray<number>
  /** whether `moved` is at most `asked` */
  readonly isReached: boolean
}

/** One number of a latent site: how far its mean may be off. */
export interface MeanError {
  readonly site: string
  /** its place in the value, of a site in a plate in `[rows, ...event]`: `[3]`, or nothing for a single number */
  readonly place: string
  /** the weighted mean less the guide's, in standard deviations of the posterior */
  readonly shift: number
  /** how far the guide's mean may be from the posterior's, in standard deviations of the posterior: |shift| and two of its standard errors. NaN where the weights do not say */
  readonly error: number
}

/**
 * What a fit with `accuracy` says of the means of its guide. It prints as a table.
 *
 * @example
 * ```ts
 * const height = program(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   yield* plate("people", () => observe("height", Normal(mu, 1)))
 * }).autoGuide()
 * const fitted = await height.fitPromise({ people: { height: Data.of([1, 2], []) } }, { accuracy: 0.05, progress: false })
 * Number(fitted.accuracy !== undefined && fitted.accuracy.numbers.every(({ error }) => error < 0.05)) // => 1
 * console.log(`${fitted.accuracy}`)
 * ```
 */
export interface Accuracy extends Descended {
  /** the shape of the tail of the importance weights, of the worst row where rows are weighed one by one; NaN where nothing was weighed */
  readonly k: number
  readonly numbers: ReadonlyArray<MeanError>
  /** sentences; none where each error is at most what was asked for */
  readonly advice: ReadonlyArray<string>
  readonly toString: () => string
}

/** How many numbers are printed: those with the largest errors. */
const printed = 10

export const accuracyOf = (
  descended: Descended,
  { k, numbers }: Pick<Accuracy, "k" | "numbers">,
  unweighed?: string
): Accuracy => {
  const advice = adviceOf(descended, k, numbers, unweighed)
  return showing({ ...descended, k, numbers, advice }, () => {
    const worst = numbers.toSorted((a, b) => b.error - a.error).slice(0, printed)
    const table: Table = {
      head: ["site", "shift", "error"],
      numbers: new Set([1, 2]),
      rows: worst.map(({ site, place, shift, error }) => [`${site}${place}`, shorter(shift), shorter(error)])
    }
    const title = titleOf(descended, k, numbers)
    return {
      text: [title, ...(worst.length === 0 ? [] : [asText(table)]), ...advice.map((each) => `→ ${each}`)].join("\n"),
      html: `<div>${title}</div>${asHtml(table)}${advice.map((each) => `<p>${each}</p>`).join("")}`
    }
  })
}

/** `accuracy 0.05: the largest error of a mean is 0.021 sds of the posterior (k = 0.11), after 3200 steps with step sizes from 0.1 to 0.0125` */
const titleOf = ({ asked, steps, rates }: Descended, k: number, numbers: ReadonlyArray<MeanError>): string => {
  const largest = Math.max(...numbers.map(({ error }) => error))
  const said =
    numbers.length === 0 || Number.isNaN(largest)
      ? "the errors of the means are not known"
      : `the largest error of a mean is ${shorter(largest)} sds of the posterior`
  const weighed = Number.isNaN(k) ? "" : ` (k = ${k.toFixed(2)})`
  const [first = Number.NaN, last = first] = [rates[0], rates.at(-1)]
  return `accuracy ${asked}: ${said}${weighed}, after ${steps} steps with step sizes from ${shorter(first)} to ${shorter(last)}`
}

const adviceOf = (
  { asked, isReached, moved }: Descended,
  k: number,
  numbers: ReadonlyArray<MeanError>,
  unweighed: string | undefined
): ReadonlyArray<string> => {
  const unknown = numbers.filter(({ error }) => Number.isNaN(error)).length
  const large = numbers.filter(({ error }) => error > asked)
  const names = large.slice(0, 3).map(({ site, place }) => `${site}${place}`)
  return [
    ...(isReached
      ? []
      : [
          `The fit ended before its averages came to rest${Number.isFinite(moved) ? ` (they moved by ${shorter(moved)} sds)` : ""}. Give it more epochs, or more particles where the gradients are noisy.`
        ]),
    ...(unweighed === undefined ? [] : [unweighed]),
    ...(unknown > 0
      ? [
          `The importance weights do not say how far ${unknown === numbers.length ? "the means are" : `${unknown} of the means are`} from the posterior's (k = ${k.toFixed(2)}, above 0.7): the guide is far from it. Fit with a richer guide, or sample with nuts.`
        ]
      : []),
    ...(large.length > 0
      ? [
          `${names.join(", ")}${large.length > names.length ? ` and ${large.length - names.length} more` : ""} may be off by more than ${asked}${isReached ? ": that is the guide's own error, which more steps do not take away. Use a richer guide, or the weighted means of diagnose" : ""}.`
        ]
      : [])
  ]
}
