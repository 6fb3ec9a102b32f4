import { Effect, type Scope } from "effect"
import { type FitError, InvalidOption, NonFiniteLoss } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { checkData } from "../fit/checkData.ts"
import { betweenZeroAndOne, count } from "../fit/checkOptions.ts"
import type { Derived } from "../fit/derive.ts"
import { deriveFor, mustReadWhole } from "../fit/deriveFor.ts"
import type { Problem } from "../fit/Learned.ts"
import { type FitOptions, mustKnow, type Settings, settingsOf } from "../fit/options.ts"
import { asTrained, inOwnSpace } from "../fit/ownSpace.ts"
import { inWords, inWordsOf } from "../fit/words.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own, termOutput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt, attemptInTurns } from "../run/attempt.ts"
import { batchPlan, sizesOf } from "../run/batches.ts"
import { initialParameters } from "../run/initial.ts"
import { type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import { readingsOf } from "../run/Training.ts"
import { sized } from "../step/trainingLoop.ts"
import { type Direction, directionsOf } from "./directions.ts"
import { lineOf } from "./lineOf.ts"
import { type OtherPlan, otherPlan } from "./otherPlan.ts"
import { type Run, type Standing, shifted, standing, valueOutputs, withSlope } from "./standing.ts"
import { findSuspect } from "./suspect.ts"
import { estimateOf, type Verification, type VerifiedSlope, verification } from "./Verification.ts"

/** The options of a verification. Every entry has a default. Entries that a fit has, too, have the same meaning. */
export interface VerifyOptions<N extends string = string>
  extends Pick<FitOptions<N>, "batchSize" | "particles" | "seed" | "estimators" | "objective"> {
  /** the numbers at which the gradients are compared, by parameter, in their own space, as `fitted.parameters` has them (those at which a fit begins) */
  readonly parameters?: Parameters
  /** draws of all latent values (2000, fewer for a large model) */
  readonly steps?: number
  /** the chance of a false alarm, for all rows of the table together (0.001) */
  readonly level?: number
}

/**
 * Compares a plan's mean gradient with independent ones, slope by slope: with differences of the loss under common noise, and with another estimator where each site whose draw
 * the parameter moves has one.
 */
export const verifyGradients = (
  problem: Problem,
  toData: () => ProgramData,
  options: VerifyOptions
): Effect.Effect<Verification, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const settings = yield* attempt(() => settingsFrom(options))
      const data = yield* attempt(() => inWordsOf(problem, "data", () => prepare(toData())))
      const shapes = yield* attempt(() => problem.shapes?.() ?? shapesOf(data))
      const derived = yield* attempt(() => deriveFor(problem, shapes, settings))
      yield* Effect.mapError(
        attemptInTurns(() => checkData(derived, data)),
        inWords(problem, "data")
      )
      yield* attempt(() => mustReadWhole(derived, data, settings))
      const plan = batchPlan(settings.seed, readingsOf(derived.loss, data, settings.batchSize, problem.per))
      const { rows } = sizesOf(plan.readings, settings.particles)
      const list = derived.loss.parameters.map((parameter) => sized(parameter, rows))
      const parameters = yield* attempt(() => given(list, initialParameters(list, settings.seed), options.parameters))
      const directions = directionsOf(list, settings.seed)
      const numbers = Object.values(parameters).reduce((sum, { length }) => sum + length, 0)
      const inStep = plan.readings.reduce((product, { batch }) => product * batch, settings.particles)
      const steps = options.steps ?? affordable(directions.length, numbers * inStep)
      const how: Standing = { data, plan, particles: settings.particles, steps }
      const other = yield* attempt(() =>
        otherPlan(derived, (estimators) => deriveFor(problem, shapes, { ...settings, estimators }))
      )
      const slopes = yield* compare(derived, other, directions, parameters, how)
      const differing = verification(slopes, { ...settings, steps, suspect: () => undefined })
      if (differing.ok) return differing
      const suspect = yield* findSuspect(derived, parameters, { ...how, particles: 1, steps: 512 }, (node) =>
        lineOf({ guided: derived.guided, shapes, joint: derived.joint }, node)
      )
      return verification(slopes, { ...settings, steps, suspect })
    })
  )

/** The options of `verify`. */
const verifyOptions = ["parameters", "steps", "level", "batchSize", "particles", "seed", "estimators", "objective"]

const settingsFrom = (options: VerifyOptions) => {
  mustKnow(options, verifyOptions)
  const { parameters: _, steps, level = 1e-3, ...fit } = options
  if (steps !== undefined && count("steps", steps) < 30)
    throw new InvalidOption({ option: "steps", value: String(steps), expected: "at least 30, for a standard error" })
  betweenZeroAndOne("level", level)
  const { batchSize, particles, seed, estimators, objective } = settingsOf(fit)
  mustBeAFunction(objective)
  return { batchSize, particles, seed, estimators, objective, level }
}

/** Slopes are compared with differences of one loss, the same at each step. */
const mustBeAFunction = ({ name, scalars, isTwofold }: Settings["objective"]): void => {
  if (scalars === undefined && isTwofold !== true) return
  throw new InvalidOption({
    option: "objective",
    value: name,
    expected:
      scalars === undefined
        ? "one whose gradients are those of a single function, such as Objective.iwae"
        : "one that does not change from step to step, such as Objective.beta(0.5)"
  })
}

/** Steps that take seconds: two thousand, or fewer where there are many slopes or one step takes many multiplications. */
const affordable = (slopes: number, multiplications: number): number =>
  Math.round(Math.min(2000, Math.max(200, 1e4 / slopes), Math.max(100, 5e9 / (slopes * multiplications))))

/** The parameters at which gradients are compared, as real numbers: those that are given in their own space, the others where a fit begins. */
const given = (list: ReadonlyArray<Parameter>, initial: Parameters, wanted: Parameters = {}): Parameters => {
  const start = inOwnSpace(list, initial)
  const trained = Object.entries(wanted).map(([name, values]) => {
    const parameter = list.find((each) => each.name === name)
    const known = own(start, name)
    const real = parameter === undefined || known?.length !== values.length ? undefined : asTrained(parameter, values)
    if (real?.every(Number.isFinite) === true) return [name, real] as const
    const where = parameter === undefined || parameter.support === "real" ? "" : ` of support '${parameter.support}'`
    throw new InvalidOption({
      option: `parameters.${name}`,
      value: `${values.length} numbers`,
      expected:
        known === undefined
          ? `one of ${Object.keys(initial).join(", ") || "no parameters"}`
          : `${known.length} finite numbers${where}`
    })
  })
  return { ...initial, ...Object.fromEntries(trained) }
}

type Slope = Omit<VerifiedSlope, "agrees" | "suspect">

const compare = (
  { loss }: Derived,
  other: OtherPlan | undefined,
  directions: ReadonlyArray<Direction>,
  parameters: Parameters,
  how: Standing
): Effect.Effect<ReadonlyArray<Slope>, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    if (directions.length === 0) return []
    const slopes = yield* standing(loss, loss.graph, (graph) => withSlope(shifted(graph)), how)
    const second = other?.derived.loss
    const others = second && (yield* standing(second, second.graph, (graph) => withSlope(shifted(graph)), how))
    const values = yield* standing(loss, { ...loss.graph, outputs: valueOutputs(loss.graph) }, shifted, how)
    const [first] = directions
    if (first !== undefined) {
      const emitted = yield* values({ parameters, direction: first, shifts: new Float32Array(how.steps) })
      yield* mustBeFinite(loss, emitted, parameters)
    }
    const found = yield* Effect.forEach(directions, (direction) => {
      const by = other?.by(direction.parameter)
      const second = others === undefined || by === undefined ? undefined : { by, slopes: others }
      return slopesAlong(direction, { loss, slopes, second, values, parameters, steps: how.steps })
    })
    return found.flat()
  })

const mustBeFinite = (
  loss: Derived["loss"],
  emitted: Arrays,
  parameters: Parameters
): Effect.Effect<void, NonFiniteLoss> => {
  const step = (emitted["value"] ?? new Float32Array()).findIndex((value) => !Number.isFinite(value))
  if (step < 0) return Effect.void
  const term = loss.terms.find(({ site }) => !Number.isFinite(emitted[termOutput(site)]?.[step]))
  return Effect.fail(
    new NonFiniteLoss({
      step: step + 1,
      epoch: 1,
      site: term?.site ?? "(all)",
      term: term?.name ?? "the sum of all terms",
      value: emitted["value"]?.[step] ?? Number.NaN,
      parameters: inOwnSpace(loss.parameters, parameters)
    })
  )
}

/** Half the length of the segment on which slopes are compared, for parameters of size 1. */
const halfLength = 0.1
/** The number of times that the segment is shortened, each time to an eighth, if the loss is not finite at its end points. */
const shortenings = 2

/** Relative error of a gradient that is computed in float32. */
const float32Slope = 1e-4
/** Rounding of a loss in float32, in units of its terms. */
const float32Loss = 4 * 2 ** -23

interface Comparison {
  readonly loss: Derived["loss"]
  readonly slopes: Run
  /** the slopes by other estimators, and their names */
  readonly second: { readonly by: string; readonly slopes: Run } | undefined
  readonly values: Run
  readonly parameters: Parameters
  readonly steps: number
}

/**
 * The mean slope on a segment θ + td, |t| ≤ h: by the plan as its mean gradient at points spread evenly over the segment, and as (L(θ + hd) − L(θ − hd)) / 2h.
 * For any h the two have the same mean if the gradient is right (the fundamental theorem of calculus), also where the loss has kinks. They are
 * paired step by step at the same rows and noise, so that all noise that they share cancels. The slope by another estimator is its mean gradient at
 * the same points, paired likewise: the error of the mean difference counts the variance of both.
 */
const slopesAlong = (
  direction: Direction,
  { loss, slopes, second, values, parameters, steps }: Comparison
): Effect.Effect<ReadonlyArray<Slope>, FitError> =>
  Effect.gen(function* () {
    const { parameter, along } = direction
    const at = (run: Run, shift: (step: number) => number) =>
      run({ parameters, direction, shifts: Float32Array.from({ length: steps }, (_, i) => shift(i)) })
    const lossOf = ({ value = new Float32Array() }: Arrays): Float32Array => value
    let h = halfLength * Math.max(1, rms(parameters[parameter] ?? new Float32Array(), direction.values))
    for (let shortened = 0; ; shortened++, h /= 8) {
      const above = yield* at(values, () => h)
      const below = lossOf(yield* at(values, () => -h))
      const { slope: planned = new Float32Array() } = yield* at(slopes, (step) => h * spread(step))
      const independent = Array.from(lossOf(above), (x, i) => (x - (below[i] ?? Number.NaN)) / (2 * h))
      const first = compared(planned, independent, (float32Loss * sizeOf(loss, above)) / h)
      if (Number.isNaN(first.z) && shortened < shortenings) continue
      const differences: Slope = { parameter, along, ...first, by: "central differences" }
      if (second === undefined) return [differences]
      const { slope: others = new Float32Array() } = yield* at(second.slopes, (step) => h * spread(step))
      return [differences, { parameter, along, ...compared(planned, others, 0), by: second.by }]
    }
  })

/** Two estimates of a slope, paired step by step, and their difference in standard errors beyond what rounding explains. */
const compared = (
  planned: ArrayLike<number>,
  independent: ArrayLike<number>,
  rounding: number
): Pick<Slope, "planned" | "independent" | "z"> => {
  const [plan, other] = [estimateOf(planned), estimateOf(independent)]
  const gap = estimateOf(Array.from(planned, (x, i) => x - (independent[i] ?? Number.NaN)))
  const excess = Math.abs(gap.mean) - rounding - float32Slope * Math.max(Math.abs(plan.mean), Math.abs(other.mean))
  return { planned: plan, independent: other, z: excess <= 0 ? 0 : (Math.sign(gap.mean) * excess) / gap.error }
}

/** Numbers in [−1, 1), spread evenly however many there are: the fractional parts of multiples of the golden ratio. */
const spread = (step: number): number => 2 * (((step + 0.5) * 0.6180339887498949) % 1) - 1

/** The mean size of the terms of the loss, by which their rounding is judged. */
const sizeOf = ({ terms }: Derived["loss"], emitted: Arrays): number =>
  terms.reduce((sum, { site }) => {
    const values = emitted[termOutput(site)] ?? new Float32Array()
    return sum + values.reduce((all, x) => all + Math.abs(x), 0) / Math.max(1, values.length)
  }, 0)

/** The size of the numbers that a direction moves. */
const rms = (values: Float32Array, direction: Float32Array): number => {
  const moved = values.filter((_, i) => direction[i] !== 0)
  return Math.sqrt(moved.reduce((sum, x) => sum + x * x, 0) / Math.max(1, moved.length))
}
