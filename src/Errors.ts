import { Data, type Effect } from "effect"

const show = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`
const at = (site: string | undefined): string => (site === undefined ? "" : ` at site '${site}'`)

/** A value does not have the required shape. */
export class ShapeMismatch extends Data.TaggedError("ShapeMismatch")<{
  readonly site: string | undefined
  readonly where: string
  readonly expected: ReadonlyArray<number>
  readonly actual: ReadonlyArray<number>
  readonly advice?: string
}> {
  override get message(): string {
    return `${this.where}${at(this.site)}: expected shape ${show(this.expected)}, got ${show(this.actual)}.${
      this.advice === undefined ? "" : ` ${this.advice}`
    }`
  }
}

/** A value lies outside the support of its distribution. */
export class SupportViolation extends Data.TaggedError("SupportViolation")<{
  readonly site: string
  readonly support: string
  readonly actual: string
  readonly advice: string
}> {
  override get message(): string {
    return `site '${this.site}' has support '${this.support}', but ${this.actual}. ${this.advice}`
  }
}

/** A function that needs a proper distribution, such as a draw, was called on one that does not integrate to 1. */
export class Improper extends Data.TaggedError("Improper")<{
  readonly family: string
  readonly asked: string
}> {
  override get message(): string {
    return `${this.family} does not integrate to 1, so it has no ${this.asked}. Use it as a prior only, and give its site a guide of another family.`
  }
}

/** A divergence or an entropy has no closed form. */
export class NoClosedForm extends Data.TaggedError("NoClosedForm")<{
  readonly of: string
  readonly reason: string
  readonly advice: string
}> {
  override get message(): string {
    return `no closed form for ${this.of}${this.reason === "" ? "" : ` ${this.reason}`}${this.advice === "" ? "" : `: ${this.advice}`}`
  }
}

/** Two sites, two plates, or two different parameters have the same name. */
export class DuplicateSite extends Data.TaggedError("DuplicateSite")<{
  readonly site: string
  readonly kind: "site" | "parameter" | "plate"
  /** the difference between the two, for kinds that may share a name if they are equal */
  readonly difference?: string
}> {
  override get message(): string {
    const how = this.difference === undefined ? "" : `, ${this.difference}`
    return `the ${this.kind} name '${this.site}' is used twice${how}. Give each ${this.kind} a name of its own.`
  }
}

/** Model and guide disagree about the latent sites, or the program cannot be interpreted as written. */
export class GuideMismatch extends Data.TaggedError("GuideMismatch")<{
  readonly site: string
  readonly reason: string
}> {
  override get message(): string {
    return `site '${this.site}': ${this.reason}`
  }
}

/** A tfjs op that cannot be recorded, vectorised or lowered. */
export class UnsupportedKernel extends Data.TaggedError("UnsupportedKernel")<{
  readonly kernel: string
  readonly during: string
  readonly advice: string
  readonly line?: string
}> {
  override get message(): string {
    return `the op '${this.kernel}' cannot be used while ${this.during}${
      this.line === undefined ? "" : ` (${this.line})`
    }. ${this.advice}`
  }
}

/** A program asked for the number inside a traced value. */
export class TracedRead extends Data.TaggedError("TracedRead")<{ readonly line?: string }> {
  override get message(): string {
    return `a program read the value of a tensor while it was being recorded${
      this.line === undefined ? "" : ` (${this.line})`
    }. A recorded program has shapes but no numbers: use cond (or where, element by element) in place of an if on a value, and read values from the fitted model.`
  }
}

/** What a fit that failed had learned until then: it can be saved, loaded by the same model, and started from. */
export interface Salvaged {
  /** the last parameters whose loss is finite, by name */
  readonly parameters: Readonly<Record<string, Float32Array>>
  /** writes them as a fitted value's `save` does; the model's `load` reads them again */
  readonly save: (path: string) => Effect.Effect<void, FitError>
  /** the same as a Promise */
  readonly savePromise: (path: string) => Promise<void>
}

/**
 * The loss, or a parameter after a step, stopped being a finite number. The last parameters whose loss is finite are kept here: `fitted` saves them, and
 * `fit(data, { start: error.fitted })` begins from them.
 */
export class NonFiniteLoss extends Data.TaggedError("NonFiniteLoss")<{
  /** from 1 */
  readonly step: number
  /** from 1 */
  readonly epoch: number
  /** what broke: a term of the `loss` (where it is left out), its `gradient`, the optimizer's `update`, or the `schedule` of the optimizer's numbers */
  readonly of?: "loss" | "gradient" | "update" | "schedule"
  readonly site: string
  readonly term: string
  /** the first parameter that the gradient or the update breaks */
  readonly parameter?: string
  readonly value: number
  readonly parameters: Readonly<Record<string, Float32Array>>
  readonly fitted?: Salvaged
}> {
  override get message(): string {
    return `${brokenWords[this.of ?? "loss"](this)} The last parameters with a finite loss are in this error's 'parameters'${this.fitted === undefined ? "" : ", and its 'fitted' saves them"}.`
  }
}

type Broken = Pick<NonFiniteLoss, "step" | "epoch" | "site" | "term" | "parameter" | "value">

/** No step was taken yet: the data or the first parameters are at fault. */
const atFirst = (value: number): string =>
  Number.isNaN(value)
    ? "Look at the parameters of its distribution there: a scale below 0, a covariance that is not positive definite, or a position that does not exist gives NaN."
    : "Look whether each value lies within the support that its distribution has there: a count above its total or a label beyond the last has the log density −∞."

const brokenWords: Readonly<Record<"loss" | "gradient" | "update" | "schedule", (broken: Broken) => string>> = {
  loss: ({ value, step, epoch, term, site }) =>
    `the loss became ${value} at step ${step} (epoch ${epoch}): the first term that is not finite is ${term} at site '${site}'. ${step === 1 ? atFirst(value) : "Lower the learning rate, clip the gradients ({ clipNorm: 10 }) or check the scale of that term."}`,
  gradient: ({ value, step, epoch, term, site, parameter }) =>
    `the parameter '${parameter}' became ${value} at step ${step} (epoch ${epoch}), though the loss is finite: the gradient of ${term} at site '${site}' is not. Square roots, logarithms, powers and norms have no slope at 0: keep what they read away from it, as in tf.sqrt(tf.add(x, 1e-6)).`,
  update: ({ value, step, epoch, term, parameter }) =>
    `the parameter '${parameter}' became ${value} at step ${step} (epoch ${epoch}), though the loss and its gradient are finite: ${term} is not. Lower the learning rate, or clip the gradients ({ clipNorm: 10 }).`,
  schedule: ({ value, step, epoch, term }) =>
    `${term} is ${value} at step ${step} (epoch ${epoch}). Give a schedule that is a finite number at each step.`
}

/** An engine cannot run here. */
export class EngineUnavailable extends Data.TaggedError("EngineUnavailable")<{
  readonly engine: string
  readonly reason: string
  readonly advice: string
}> {
  override get message(): string {
    return `the engine '${this.engine}' is not available: ${this.reason}. ${this.advice}`
  }
}

/** The contents of a file or an array do not agree with its format. */
export class DataFormat extends Data.TaggedError("DataFormat")<{
  readonly path: string
  readonly reason: string
  readonly advice: string
}> {
  override get message(): string {
    return `${this.path}: ${this.reason}. ${this.advice}`
  }
}

/** An option of `fit` (or of another public call) has an invalid value. */
export class InvalidOption extends Data.TaggedError("InvalidOption")<{
  readonly option: string
  readonly value: string
  readonly expected: string
}> {
  override get message(): string {
    return `option '${this.option}' is ${this.value}; expected ${this.expected}.`
  }
}

/** A program's own code threw while it was run to be recorded. */
export class ProgramFailed extends Data.TaggedError("ProgramFailed")<{
  readonly cause: unknown
  readonly line?: string
}> {
  override get message(): string {
    const { cause } = this
    const isPlain = typeof cause !== "object" || cause === null
    const reason =
      cause instanceof Error ? cause.message : isPlain ? String(cause) : Object.prototype.toString.call(cause)
    return `the program threw while it was recorded${this.line === undefined ? "" : ` (${this.line})`}: ${reason}`
  }
}

/** All errors from the declaration of a model to its fit. */
export type FitError =
  | ShapeMismatch
  | SupportViolation
  | Improper
  | DuplicateSite
  | GuideMismatch
  | UnsupportedKernel
  | TracedRead
  | NonFiniteLoss
  | EngineUnavailable
  | DataFormat
  | InvalidOption
  | ProgramFailed
