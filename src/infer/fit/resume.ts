import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { DataFormat, type FitError, InvalidOption } from "../../Errors.ts"
import { onBackend } from "../../engine/backend.ts"
import { builtin } from "../../host.ts"
import { own } from "../joint/names.ts"
import { attempt } from "../run/attempt.ts"
import { batchPlan } from "../run/batches.ts"
import { initialState, packed } from "../run/initial.ts"
import type { Prepared } from "../run/prepared.ts"
import { type Position, readingsOf } from "../run/Training.ts"
import type { Optimizer } from "../step/Optimizer.ts"
import { sized } from "../step/trainingLoop.ts"
import { firstAveraged } from "./averaged.ts"
import { mustBeOf, readSaved, storedParameters } from "./checkpoint.ts"
import type { Derived } from "./derive.ts"
import type { Problem } from "./Learned.ts"
import type { Settings } from "./options.ts"
import type { EpochReport } from "./progress.ts"
import type { Saved } from "./saved.ts"
import type { Signature } from "./signature.ts"
import { streamInWords } from "./streamable.ts"

/** A fit as it is set up, before its first step. */
export interface Setup {
  readonly problem: Problem
  readonly derived: Derived
  readonly data: Prepared
  readonly settings: Settings
}

/** Where a fit goes on that was saved in its course. */
export interface Resumed {
  readonly position: Position
  readonly history: ReadonlyArray<EpochReport>
}

/**
 * The place in a checkpoint from which a fit goes on; undefined where there is no file yet. Fails where the file is of another program, other options or
 * other data: the numbers of the steps to come would not be those of the fit that was saved.
 */
export const resumeFrom = (
  path: string,
  setup: Setup,
  signature: Signature
): Effect.Effect<Resumed | undefined, FitError> =>
  Effect.gen(function* () {
    if (!(yield* exists(path))) return undefined
    const saved = yield* readSaved(path)
    return yield* attempt(() => {
      mustBeOf(saved, signature, path)
      return resumedFrom(path, saved, setup)
    })
  })

export const exists = (path: string): Effect.Effect<boolean, FitError> =>
  attempt(() => builtin("node:fs").existsSync(path))

const resumedFrom = (path: string, saved: Saved, setup: Setup): Resumed => {
  const { resume, history } = saved
  const { derived, data, settings, problem } = setup
  const unfit = (reason: string): DataFormat => {
    const advice = "Begin a new fit from its parameters: fit(data, { start }) with start loaded from it."
    return new DataFormat({ path, reason, advice })
  }
  if (resume === undefined) throw unfit("it was saved after a fit, and holds no state from which a fit could go on")
  const { epochs: planned = "", ...asSaved } = { averaging: noAveraging, ...resume.settings }
  mustAgree(path, asSaved, settingsInWords(setup, Number(planned)))
  const plan = batchPlan(settings.seed, readingsOf(derived.loss, data, settings.batchSize, problem.per))
  const done = resume.step / plan.steps
  if (done > settings.epochs) {
    throw new InvalidOption({
      option: "epochs",
      value: String(settings.epochs),
      expected: `at least ${Math.ceil(done)}: the checkpoint '${path}' has come as far`
    })
  }
  mustAverageTheSame(path, setup, Number(planned), resume.step, plan.steps)
  if (history.length !== Math.floor(done)) throw unfit(`its history has ${history.length} epochs, but it is at ${done}`)
  const list = derived.joint.parameters.map((each) => sized(each, new Map(Object.entries(data.sizes))))
  const parameters = storedParameters(saved, derived.joint.parameters, path)
  const carries = { list, slots: settings.optimizer.slots, baselines: derived.loss.baselines }
  const carried = { ...packed(list, parameters), ...resume.carried }
  for (const [name, { length }] of Object.entries(initialState(carries, parameters)))
    if (own(carried, name)?.length !== length) throw unfit(`it does not hold the ${length} numbers of '${name}'`)
  const { step, sums, engine } = resume
  return { position: { step, carried, sums, ...(engine !== undefined && { engine }) }, history }
}

/** The options and data that decide the numbers of the steps to come. */
export const settingsInWords = (
  { derived, data, settings, problem }: Setup,
  epochs = settings.epochs
): Readonly<Record<string, string>> => {
  const { batchSize, particles, clipNorm, seed, precision, objective, optimizer, averaging } = settings
  const { steps } = batchPlan(seed, readingsOf(derived.loss, data, batchSize, problem.per))
  const estimators = [...derived.decisions.estimators].map(([site, { name }]) => `${site}: ${name}`)
  return {
    ...{ data: dataInWords(data), seed: String(seed), batchSize: String(batchSize), particles: String(particles) },
    ...{ clipNorm: String(clipNorm ?? "no limit"), precision, objective: objective.name },
    averaging: String(averaging ?? noAveraging),
    ...{ estimators: estimators.join(", "), optimizer: optimizerInWords(optimizer, steps * epochs) }
  }
}

const noAveraging = "none"

/** More epochs move the last share of the steps. A mean that has begun before it holds iterates that do not count. */
const mustAverageTheSame = (
  path: string,
  { settings: { averaging, epochs } }: Setup,
  planned: number,
  step: number,
  steps: number
): void => {
  if (averaging === undefined) return
  const first = firstAveraged(averaging, epochs * steps)
  if (step <= first || first === firstAveraged(averaging, planned * steps)) return
  throw new InvalidOption({
    ...{ option: "epochs", value: String(epochs) },
    expected: `${planned}, or at least ${Math.ceil(step / (1 - averaging) / steps)}: the checkpoint '${path}' holds a mean of iterates that are not among the last ${averaging} of the steps. To begin a new fit from its parameters, load it and give it as { start }`
  })
}

const mustAgree = (
  path: string,
  saved: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>
): void => {
  const different = Object.keys({ ...saved, ...wanted }).find((name) => own(saved, name) !== own(wanted, name))
  if (different === undefined) return
  throw new InvalidOption({
    option: different,
    value: own(wanted, different) ?? "not given",
    expected: `${own(saved, different) ?? "nothing"}, as in the checkpoint '${path}': a fit goes on with the options and the data that it began with. To begin a new one from its parameters, load it and give it as { start }`
  })
}

/** The updates of an optimizer on some numbers: they depend on its settings. */
const optimizerInWords = ({ name, slots, scalars, update }: Optimizer, total: number): string => {
  const at = [0, Math.floor(total / 2), total - 1].map((step) => scalars(step, total))
  const numbers = onBackend("cpu", () =>
    tf.tidy(() => {
      const next = update(
        tf.tensor1d([0.3]),
        tf.tensor1d([0.7]),
        slots.map(() => tf.tensor1d([0.2])),
        (scalar) => tf.scalar(at[1]?.[scalar] ?? 0)
      )
      return [next.parameter, ...next.slots].flatMap((each) => Array.from(each.dataSync()))
    })
  )
  const rates = at.flatMap((each) => Object.values(each))
  return [name, ...[...numbers, ...rates].map((x) => String(Number(x.toPrecision(6))))].join(" ")
}

/** Names, shapes, and a hash of numbers that are spread over all of the data: other data, or another order, have another one. */
const dataInWords = (data: Prepared): string => {
  const { plates, globals } = data
  const fields = [
    ...Object.entries(plates).flatMap(([plate, rows]) =>
      Object.entries(rows).map(([field, values]) => [`${plate}.${field}`, values, streamInWords(data, plate)] as const)
    ),
    ...Object.entries(globals).map(([name, values]) => [name, values, ""] as const)
  ]
  return fields.map(([name, { shape, ...rows }, how]) => `${name} [${shape.join(", ")}]${how} ${hash(rows)}`).join(", ")
}

/** Numbers of each field that are hashed, at most. */
const hashed = 100_000

/** FNV-1a (Fowler, Noll, Vo) over the bits of float32 numbers, four bytes at a time. */
const hash = ({ values, scale }: Pick<Dataset, "values" | "scale">): string => {
  const apart = Math.max(1, values.length / hashed)
  const bits = new DataView(new ArrayBuffer(4))
  let state = 0x811c9dc5
  for (let i = 0; i < values.length; i += apart) {
    bits.setFloat32(0, (values[Math.floor(i)] ?? 0) * scale)
    state = Math.imul(state ^ bits.getUint32(0), 0x01000193)
    state ^= state >>> 15
  }
  return (state >>> 0).toString(16).padStart(8, "0")
}
