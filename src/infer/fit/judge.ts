import type { Arrays } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { nodeAt } from "../../trace/Graph.ts"
import type { Joint } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Measure, Measures } from "../joint/recordMeasures.ts"
import { type Warning, warn } from "./warnings.ts"

/** The measures before the first step. */
export interface Start {
  readonly parameters: Parameters
  readonly measured: Arrays
}

/** The measures at the end of an epoch, with its mean loss. */
export interface Look extends Start {
  readonly epoch: number
  /** whether the fit is evaluated for the last time */
  readonly isLast: boolean
  readonly loss: number
}

/** The warnings of now, from the measures at the start and at the evaluation before, if there was one. */
export const judge = (
  { parameters }: Pick<Joint, "parameters">,
  { graph, measures }: Measures,
  start: Start,
  before: Look | undefined,
  now: Look
): ReadonlyArray<Warning> => {
  const of = (kind: Measure["kind"]): ReadonlyArray<Measure> => measures.filter((measure) => measure.kind === kind)
  const unbounded = [
    ...of("scale").flatMap((measure) => vanishingScale(measure, start, before, now)),
    ...of("density").flatMap((measure) => spike(measure, start, before, now))
  ]
  const falling = new Set(unbounded.flatMap((warning) => ("site" in warning ? [warning.site] : [])))
  const units = ({ output }: Measure): number => sizeOf(nodeAt(graph, graph.outputs[output] ?? 0).shape)
  return [
    ...parameters.flatMap(({ name }) => unmoved(name, before ?? start, now)),
    ...parameters.flatMap(({ name, support }) =>
      support === "positive" ? vanishingParameter(name, start, before, now) : []
    ),
    ...unbounded,
    ...of("variance").flatMap((measure) => extreme(measure, falling.has(measure.site), now)),
    ...of("kl").flatMap((measure) => idle(measure, units(measure), 1, before, now)),
    ...of("gap").flatMap((measure) => idle(measure, 1, 0.5, before, now))
  ]
}

const unmoved = (parameter: string, before: Start, { parameters, epoch }: Look): ReadonlyArray<Warning> => {
  const [then, now] = [own(before.parameters, parameter), own(parameters, parameter)]
  const same = then !== undefined && now?.every((value, i) => Object.is(value, then[i])) === true
  return same ? [warn({ kind: "unmovedParameter", parameter, epoch })] : []
}

/** A positive parameter is trained as its logarithm. Where its loss has a bound, the loss stops falling with it: a rate of 0 is no mistake. */
const vanishingParameter = (
  parameter: string,
  start: Start,
  before: Look | undefined,
  now: Look
): ReadonlyArray<Warning> => {
  const logs = own(now.parameters, parameter) ?? []
  const first = own(start.parameters, parameter) ?? []
  const then = before === undefined ? first : (own(before.parameters, parameter) ?? first)
  const place = fallenPlace(first, then, logs)
  if (place === undefined || before === undefined) return []
  const fallen = (then[place] ?? 0) - (logs[place] ?? 0)
  if (before.loss - now.loss < leastSlope * fallen) return []
  const [from, value] = [Math.exp(first[place] ?? 0), Math.exp(logs[place] ?? 0)]
  return [warn({ kind: "vanishingParameter", parameter, first: from, value, epoch: now.epoch })]
}

/** In nats of the loss for each nat by which the logarithm falls: one for each datum that is predicted exactly. */
const leastSlope = 0.1

const vanishingScale = (
  { site, output }: Measure,
  start: Start,
  before: Look | undefined,
  now: Look
): ReadonlyArray<Warning> => {
  if (before !== undefined && before.loss <= now.loss) return []
  const logs = now.measured[output] ?? []
  const first = start.measured[output] ?? []
  const place = fallenPlace(first, before?.measured[output] ?? first, logs)
  if (place === undefined) return []
  const [from, value] = [Math.exp(first[place] ?? 0), Math.exp(logs[place] ?? 0)]
  return [warn({ kind: "unboundedDensity", of: "scale", site, first: from, value, epoch: now.epoch })]
}

/** A density of a million for each number that a value has, a million times as high as at the start, and growing. */
const spike = (
  { site, output }: Measure,
  start: Start,
  before: Look | undefined,
  now: Look
): ReadonlyArray<Warning> => {
  const highest = ({ measured }: Start): number =>
    (measured[output] ?? new Float32Array()).reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  const [first, then, log] = [highest(start), highest(before ?? start), highest(now)]
  const high = log > Math.max(0, first) + Math.log(1e6) && log > then
  if (!high || (before !== undefined && before.loss <= now.loss)) return []
  const [from, value] = [Math.exp(first), Math.exp(log)]
  return [warn({ kind: "unboundedDensity", of: "density", site, first: from, value, epoch: now.epoch })]
}

/** The lowest among logarithms that have fallen by those of a million since the start, and are still falling. */
const fallenPlace = (
  first: ArrayLike<number>,
  before: ArrayLike<number>,
  now: ArrayLike<number>
): number | undefined => {
  let lowest: number | undefined
  for (let i = 0; i < now.length; i++) {
    const value = now[i] ?? 0
    const fell = value < (first[i] ?? 0) - Math.log(1e6) && value < (before[i] ?? 0)
    if (fell && value < (lowest === undefined ? Number.POSITIVE_INFINITY : (now[lowest] ?? 0))) lowest = i
  }
  return lowest
}

const widest = 30

/** A variance that runs to 0 at an observed site has its own warning. */
const extreme = ({ site, output }: Measure, isTold: boolean, { measured, epoch }: Look): ReadonlyArray<Warning> => {
  const [low, high] = (measured[output] ?? new Float32Array()).reduce<readonly [number, number]>(
    ([least, most], x) => [Math.min(least, x), Math.max(most, x)],
    [0, 0]
  )
  const logVariance = high > widest || isTold ? high : low
  return Math.abs(logVariance) > widest ? [warn({ kind: "extremeVariance", site, logVariance, epoch })] : []
}

const leastInformation = 0.01

/**
 * Units whose KL is low now and was at the evaluation before, and does not grow as that of a unit that is being learned. Only at the last evaluation:
 * units fall idle one after the other, and some come back.
 */
const idle = (
  { site, output }: Measure,
  of: number,
  factor: number,
  before: Look | undefined,
  { measured, epoch, isLast }: Look
): ReadonlyArray<Warning> => {
  if (before === undefined || !isLast) return []
  const now = meansOf(measured[output] ?? new Float32Array(), of)
  const then = meansOf(before.measured[output] ?? new Float32Array(), of)
  const units = now.flatMap((kl, i) => {
    const [low, earlier] = [factor * kl, factor * (then[i] ?? Number.NaN)]
    return low < leastInformation && earlier < leastInformation && low <= 2 * earlier ? [i] : []
  })
  return units.length === 0 ? [] : [warn({ kind: "idleUnits", site, units, of, epoch })]
}

/** The mean of each of the last dimensions' numbers over all that stand before them. */
const meansOf = (values: Float32Array, units: number): ReadonlyArray<number> => {
  const sums = Array<number>(units).fill(0)
  values.forEach((value, i) => {
    sums[i % units] = (sums[i % units] ?? 0) + value
  })
  return sums.map((sum) => (sum * units) / values.length)
}
