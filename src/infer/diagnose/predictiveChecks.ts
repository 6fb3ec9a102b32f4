import { Effect } from "effect"
import { type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { generative } from "../../model/handler/generative.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Learned } from "../fit/Learned.ts"
import { type DrawnFrom, eachDraw } from "../fitted/eachDraw.ts"
import { type Joint, latentSites, type ObservedSite, observedSites, particlesOf, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { recordJoint } from "../joint/recordJoint.ts"
import { attempt } from "../run/attempt.ts"

/** One number of all the data of an observed site, beside the same number of data that the fitted program draws in their place. */
export interface PredictiveCheck {
  readonly site: string
  /** "mean", "sd", "smallest", "largest", or a name of one's own */
  readonly statistic: string
  readonly observed: number
  readonly replicated: { readonly mean: number; readonly sd: number }
  /** the share of replicated data whose number is larger, with half of those where it is equal */
  readonly tail: number
  /** whether the tail is below 0.01 or above 0.99 */
  readonly isUnlikely: boolean
}

/** Checks, and why some observed sites have none. */
export interface PredictiveChecks {
  readonly checks: ReadonlyArray<PredictiveCheck>
  readonly leftOut: ReadonlyArray<string>
}

/** A number of all the data of an observed site: of the numbers of its rows, one after the other. */
export type Statistic = (values: Float32Array) => number

/**
 * Posterior predictive checks (Gelman, Meng and Stern 1996): data drawn anew for the same rows, with latent values from the guide, beside the data.
 */
export const predictiveChecks = (
  learned: Learned,
  joint: Joint,
  from: DrawnFrom,
  ofUser: Readonly<Record<string, Statistic>> = {}
): Effect.Effect<PredictiveChecks, FitError, Engine> =>
  Effect.gen(function* () {
    const { guided } = learned.derived
    const wanted = observedSites(joint)
    const why = new Map(wanted.map((site) => [site.name, notChecked(site)]))
    const shared = joint.sites.find(({ kind, plates }) => kind === "enumerated" && plates.length === 0)
    const whole = shared === undefined ? wanted.filter(({ name }) => why.get(name) === undefined) : []
    const others = wanted.flatMap(({ name }) => {
      const reason = why.get(name) ?? (shared && `'${shared.name}' is summed out, and has no draw that all rows share`)
      return reason === undefined ? [] : [`'${name}': ${reason}`]
    })
    if (whole.length === 0) return { checks: [], leftOut: others }
    const numbers = whole.reduce((sum, site) => sum + sizeIn(site, from), 0)
    const n = Math.min(from.n, most, Math.floor(room / Math.max(1, numbers)))
    if (n < least)
      return {
        checks: [],
        leftOut: [...whole.map(({ name }) => `'${name}': ${numbers} numbers are too many to draw anew`), ...others]
      }
    const again = attempt(() => {
      const model = generative<unknown, never, unknown, unknown>(guided.model, "leave aside")
      const shape = { scored: new Set<string>(), enumerated: new Set<string>() }
      return recordJoint({ model, guide: guided.guide }, learned.shapes, shape).joint
    })
    // a program that makes no data of its own can be fitted all the same
    const drawn = yield* Effect.catchTags(again, { GuideMismatch: refused, UnsupportedKernel: refused })
    if (typeof drawn === "string")
      return { checks: [], leftOut: [...whole.map(({ name }) => `'${name}': ${drawn}`), ...others] }
    const sites = latentSites(drawn).filter(({ name }) => whole.some((site) => site.name === name))
    const outputs = Object.fromEntries(sites.map(({ name, draw }) => [`again:${name}`, draw]))
    const found = yield* eachDraw(
      {
        graph: () => ({ ...drawn.graph, outputs }),
        plates: platesOf(drawn),
        outputs: new Map(sites.map(({ name, plates }) => [`again:${name}`, plates])),
        particles: particlesOf(drawn)
      },
      { ...from, n }
    )
    const replicatesOf = (site: ObservedSite): Float32Array =>
      Float32Array.from(own(found, `again:${site.name}`)?.values ?? [])
    const judged = yield* attempt(() =>
      whole.flatMap((site) => checksOf(site, replicatesOf(site), n, from, { ...standard, ...ofUser }))
    )
    return {
      checks: judged.flatMap((each) => (typeof each === "string" ? [] : [each])),
      leftOut: [...judged.flatMap((each) => (typeof each === "string" ? [each] : [])), ...others]
    }
  })

const notChecked = ({ input, mask, plates }: ObservedSite): string | undefined => {
  if (input === undefined) return "its values have holes, or are the program's own"
  if (mask !== undefined) return "a part of it is masked"
  return plates.length > 1 ? "it stands in two plates" : undefined
}

const refused = ({ message }: { readonly message: string }): Effect.Effect<string> => Effect.succeed(message)

/** At most so many replicates, at least so many, and so many numbers of them in all. */
const [most, least, room] = [500, 30, 2e7]

const sizeIn = ({ plates, dist }: ObservedSite, { data }: Pick<DrawnFrom, "data">): number =>
  plates.reduce((product, plate) => product * (own(data.sizes, plate) ?? 1), sizeOf(dist.shape))

/** A site's checks, or why there is none by a statistic. */
const checksOf = (
  site: ObservedSite,
  replicates: Float32Array,
  n: number,
  { data }: Pick<DrawnFrom, "data">,
  statistics: Readonly<Record<string, Statistic>>
): ReadonlyArray<PredictiveCheck | string> => {
  const plate = site.plates.at(-1)
  const rows = plate === undefined ? own(data.globals, site.name) : own(own(data.plates, plate) ?? {}, site.name)
  if (rows === undefined) return []
  const size = sizeIn(site, { data })
  const observed = Float32Array.from(rows.values, (x) => x * rows.scale)
  return Object.entries(statistics).flatMap(([statistic, of]): ReadonlyArray<PredictiveCheck | string> => {
    // one number has no spread, and is its own smallest and largest one
    if (size === 1 && statistic !== "mean" && Object.hasOwn(standard, statistic)) return []
    const value = numberBy(statistic, of, observed.slice())
    const values = Array.from({ length: n }, (_, draw) =>
      numberBy(statistic, of, replicates.slice(draw * size, (draw + 1) * size))
    )
    const none = `'${statistic}' of '${site.name}': it is not a number, of`
    if (Number.isNaN(value)) return [`${none} the data themselves`]
    const lost = values.filter(Number.isNaN).length
    if (lost > 0) return [`${none} ${lost} of ${n} data that were drawn anew`]
    const [average, spread] = [mean(values), sd(values)]
    const slack = 1e-5 * Math.max(Math.abs(value), 1e-30)
    const isAlike = (x: number): boolean =>
      x === value || (Number.isFinite(x) && Number.isFinite(value) && Math.abs(x - value) <= slack)
    const tail = values.reduce((sum, x) => sum + (isAlike(x) ? 0.5 : x > value ? 1 : 0), 0) / n
    const isUnlikely = Math.min(tail, 1 - tail) < 0.01
    return [
      { site: site.name, statistic, observed: value, replicated: { mean: average, sd: spread }, tail, isUnlikely }
    ]
  })
}

/** @throws InvalidOption for a function of the user's that throws, or returns something else */
const numberBy = (statistic: string, of: Statistic, values: Float32Array): number => {
  const unfit = (how: string): InvalidOption =>
    new InvalidOption({
      ...{ option: "statistics", value: `'${statistic}' that ${how}` },
      expected: "functions of the numbers of an observed site that return a number"
    })
  let found: unknown
  try {
    found = of(values)
  } catch (error) {
    throw unfit(`throws: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof found !== "number") throw unfit(`returns ${String(found)}`)
  return found
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? Number.NaN
  return sum / values.length
}

const sd = (values: ArrayLike<number>): number => {
  const middle = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += ((values[i] ?? Number.NaN) - middle) ** 2
  return Math.sqrt(squares / values.length)
}

const standard: Readonly<Record<string, Statistic>> = {
  mean,
  sd,
  smallest: (values) => values.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY),
  largest: (values) => values.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
}

/** @throws InvalidOption for what is no record of functions, and for a name that is taken */
export const mustBeStatistics = (option: string, given: Readonly<Record<string, Statistic>>): void => {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidOption({
      ...{ option, value: String(given) },
      expected: "a record of functions by name, such as { zeros: (values) => values.filter((x) => x === 0).length }"
    })
  for (const [name, of] of Object.entries(given)) {
    if (typeof of !== "function")
      throw new InvalidOption({
        ...{ option, value: `'${name}', which is no function` },
        expected: "a function of the numbers of an observed site for each name"
      })
    if (Object.hasOwn(standard, name))
      throw new InvalidOption({
        ...{ option, value: `'${name}'` },
        expected: `names other than ${Object.keys(standard).join(", ")}, which are told anyway`
      })
  }
}
