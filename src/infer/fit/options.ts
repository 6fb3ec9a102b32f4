import { InvalidOption } from "../../Errors.ts"
import type { Precision } from "../../engine/precision.ts"
import type { Estimator } from "../estimator/Estimator.ts"
import { elbo } from "../objective/elbo.ts"
import type { Objective } from "../objective/Objective.ts"
import type { TrainingSettings } from "../run/Training.ts"
import { Optimizer } from "../step/Optimizer.ts"
import { averagedAtTheEnd } from "./averaged.ts"
import { count, oneOf, positive, whole } from "./checkOptions.ts"
import type { Progress } from "./progress.ts"
import type { StoppingRule } from "./Stop.ts"
import type { Start } from "./startingAt.ts"

/** How a model is fitted. Every entry has a default. `N` are the names of the latent sites. */
export interface FitOptions<N extends string = string> {
  /** passes over the data (10) */
  readonly epochs?: number
  /** rows in one step (128, or all rows when there are fewer) */
  readonly batchSize?: number
  /** of Adam (0.001); not together with `optimizer` */
  readonly learningRate?: number
  readonly optimizer?: Optimizer
  /** draws of the latent values for each datum and step (1, and 10 with `accuracy`) */
  readonly particles?: number
  /**
   * the share of the last steps, above 0 and up to 1, whose iterates are averaged: the fitted parameters are their mean, which a constant step size keeps from wavering (no averaging). A fit that ends before
   * has the parameters of its last step
   */
  readonly averaging?: number
  /** gradients are scaled down so that their joint norm is at most this (no limit) */
  readonly clipNorm?: number
  /**
   * how far means may be off at most, in standard deviations of the posterior, such as 0.05: step sizes and the end of the fit are chosen by themselves, iterates are averaged, and `accuracy` of the fitted
   * value says how far each mean may be off (docs/trust.md). `learningRate` is then the first step size (0.1), and `epochs` the most that it may take (as many as 50,000 steps)
   */
  readonly accuracy?: number
  /** names the run: the same seed gives the same numbers on the same engine (0) */
  readonly seed?: number
  /**
   * of products of matrices in training steps ("float32"). With "bfloat16" their operands and results are rounded to 8
   * significant bits, a relative error of up to 2⁻⁸ each; sums, everything else and the parameters stay 32 bits wide, and so does
   * what is done with a fitted model. Only for `Engine.tensorflow` on a CPU with avx512_bf16 or amx_bf16; refused elsewhere.
   */
  readonly precision?: Precision
  /** the loss: `Objective.elbo` (the default), `Objective.iwae` … */
  readonly objective?: Objective
  /** estimators to use in place of the ones that the library would choose, or that a distribution asks for by `via`, by site */
  readonly estimators?: { readonly [Site in N]?: Estimator }
  /**
   * whether to measure the estimators that apply at each site first, by `measure`, and to take the best of each (false); a site that `estimators` names keeps its own. The choice depends on the times
   * that a step takes on this machine: the plan of the fitted value says what it was
   */
  readonly probe?: boolean
  /** parameters to begin from: those of a fitted value, or of a `NonFiniteLoss`; the others begin where the program says */
  readonly start?: Start
  /** where to save the fit while it runs, and how often: see `Checkpoint` */
  readonly checkpoint?: Checkpoint
  /**
   * whether to go on from the file of `checkpoint`, with the same numbers on the same engine as if it had not been interrupted (`true`; without a file the fit
   * begins), or to overwrite that file (`false`). Where it is not given, a file that is there is an error
   */
  readonly resume?: boolean
  /** a rule by which the fit ends before its last epoch, such as `Stop.plateau({ patience: 20 })`; it is asked after each epoch, which ends a call of the engine */
  readonly stop?: StoppingRule
  /** when it aborts, the fit ends after the current call and keeps what it has learned */
  readonly signal?: AbortSignal
  /** whether `fit` prints its progress (true): one line that is rewritten on a terminal, a line an epoch elsewhere; or who is told instead */
  readonly progress?: boolean | ((event: Progress<unknown>) => void)
}

/**
 * A file that holds a fit while it runs: parameters, what the optimizer carries for each, running baselines, the step and the history. It is written before
 * the first step, then each `every` epochs at the end of a call of the engine, and at the end; it is whole at any moment, also after a crash. `load` reads it
 * like any other saved file.
 *
 * @example
 * ```ts
 * const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("scale", 1)))
 * const checkpoint = { path: "plain.safetensors", every: 0.5 }
 * const fit = plain.fit(Data.of([1, 2, 3], []), { epochs: 100, checkpoint, resume: true }) // an Effect, which begins or goes on
 * ```
 */
export interface Checkpoint {
  readonly path: string
  /** in epochs, also parts of one (1) */
  readonly every?: number
}

/** Steps of a fit with `accuracy` at most, unless `epochs` are given. */
export const mostSteps = 50_000

/** Options with every default filled in. */
export interface Settings extends TrainingSettings {
  readonly start: Start | undefined
  readonly checkpoint: Required<Checkpoint> | undefined
  readonly resume: boolean | undefined
  readonly objective: Objective
  readonly estimators: Readonly<Record<string, Estimator>>
  readonly signal: AbortSignal | undefined
  readonly stop: StoppingRule | undefined
  readonly averaging: number | undefined
  readonly accuracy: number | undefined
  /** the first step size of a fit with `accuracy` */
  readonly firstRate: number
}

/** @throws InvalidOption that names the option, before any work starts */
export const settingsOf = (options: FitOptions): Settings => {
  mustKnow(options, fitOptions)
  if (options.optimizer !== undefined && options.learningRate !== undefined) {
    throw new InvalidOption({
      option: "learningRate",
      value: String(options.learningRate),
      expected: "no learningRate beside an optimizer, which has its own"
    })
  }
  const { objective, optimizer, signal, progress, estimators = {} } = options
  mustBe(
    "objective",
    objective,
    objective === undefined || has(objective, "formula"),
    "an objective such as Objective.iwae"
  )
  mustBe(
    "optimizer",
    optimizer,
    optimizer === undefined || isOptimizer(optimizer),
    "an optimizer such as Optimizer.adam(0.001)"
  )
  mustBe("signal", signal, signal === undefined || typeof signal?.aborted === "boolean", "an AbortSignal")
  mustBe(
    "progress",
    progress,
    ["undefined", "boolean", "function"].includes(typeof progress),
    "true, false or a function"
  )
  mustBe(
    "estimators",
    estimators,
    typeof estimators === "object" && estimators !== null,
    "estimators by site, such as { z: score }"
  )
  mustBe("probe", options.probe, ["undefined", "boolean"].includes(typeof options.probe), "true or false")
  mustBe("stop", options.stop, ["undefined", "function"].includes(typeof options.stop), "a rule such as Stop.plateau()")
  mustBe("start", options.start, options.start === undefined || isStart(options.start), "a fitted value")
  mustBe("resume", options.resume, ["undefined", "boolean"].includes(typeof options.resume), "true or false")
  const { accuracy, averaging } = options
  if (averaging !== undefined)
    mustBe(
      "averaging",
      averaging,
      typeof averaging === "number" && averaging > 0 && averaging <= 1,
      "the share of the last steps to average, above 0 and up to 1"
    )
  if (accuracy !== undefined) {
    positive("accuracy", accuracy)
    mustBe("averaging", averaging, averaging === undefined, "no averaging beside accuracy, which averages by itself")
    mustBe(
      "optimizer",
      optimizer?.name,
      optimizer === undefined,
      "no optimizer beside accuracy, which chooses step sizes: learningRate is the first one"
    )
    mustBe(
      "checkpoint",
      options.checkpoint?.path,
      options.checkpoint === undefined,
      "no checkpoint beside accuracy: the course of step sizes is not saved yet"
    )
  }
  const checkpoint = options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint)
  mustBe(
    "resume",
    options.resume,
    options.resume !== true || checkpoint !== undefined,
    "no resume without a checkpoint, which says where: { checkpoint: { path }, resume: true }"
  )
  for (const [site, estimator] of Object.entries<Estimator | undefined>(estimators))
    mustBe(
      `estimators.${site}`,
      estimator,
      estimator === undefined || has(estimator, "applies"),
      "an estimator such as score or reparameterized, not its name"
    )
  const own = options.optimizer ?? Optimizer.adam(positive("learningRate", options.learningRate ?? 1e-3))
  return {
    epochs: count("epochs", options.epochs ?? (accuracy === undefined ? 10 : mostSteps)),
    batchSize: count("batchSize", options.batchSize ?? 128),
    optimizer: averaging === undefined ? own : averagedAtTheEnd(own, averaging),
    particles: count("particles", options.particles ?? (accuracy === undefined ? 1 : 10)),
    clipNorm: options.clipNorm === undefined ? undefined : positive("clipNorm", options.clipNorm),
    seed: whole("seed", options.seed ?? 0),
    precision: oneOf("precision", options.precision ?? "float32", ["float32", "bfloat16"]),
    objective: options.objective ?? elbo,
    estimators: given(estimators),
    signal: options.signal,
    stop: options.stop,
    averaging,
    accuracy,
    firstRate: options.learningRate ?? 0.1,
    start: options.start,
    checkpoint,
    resume: options.resume
  }
}

/** The entries that are there. */
const given = (estimators: Readonly<Record<string, Estimator | undefined>>): Readonly<Record<string, Estimator>> =>
  Object.fromEntries(
    Object.entries(estimators).flatMap(([site, estimator]) => (estimator === undefined ? [] : [[site, estimator]]))
  )

const isOptimizer = (value: Optimizer): boolean =>
  has(value, "update") && has(value, "scalars") && typeof value.name === "string" && Array.isArray(value.slots)

const isStart = (value: Start): boolean =>
  typeof value === "object" && value !== null && typeof value.parameters === "object" && value.parameters !== null

const checkpointOf = (value: Checkpoint): Required<Checkpoint> => {
  const isRecord = typeof value === "object" && value !== null
  mustBe("checkpoint", value, isRecord, 'where and how often, such as { path: "fit.safetensors", every: 1 }')
  const unknown = Object.keys(value).find((name) => name !== "path" && name !== "every")
  if (unknown !== undefined)
    throw new InvalidOption({ option: `checkpoint.${unknown}`, value: "unknown", expected: "one of path, every" })
  const isPath = typeof value.path === "string" && value.path !== ""
  mustBe("checkpoint.path", value.path, isPath, 'the path of a file, such as "fit.safetensors"')
  return { path: value.path, every: positive("checkpoint.every", value.every ?? 1) }
}

/** Whether a value that a caller without a compiler may give has a function of that name. */
const has = (value: object, name: string): boolean =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function"

const mustBe = (option: string, value: unknown, holds: boolean, expected: string): void => {
  if (!holds)
    throw new InvalidOption({
      option,
      value: typeof value === "string" ? JSON.stringify(value) : String(value),
      expected
    })
}

/**
 * The options of one method, against its own list.
 *
 * @throws InvalidOption for what is no object, or has an entry that the method does not know
 */
export const mustKnow = (options: unknown, known: ReadonlyArray<string>): void => {
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options)
  mustBe("options", options, isObject, `an object with entries among ${known.join(", ")}`)
  const unknown = Object.keys(Object(options)).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidOption({ option: unknown, value: "unknown", expected: `one of ${known.join(", ")}` })
}

/** The options of `fit`. */
const fitOptions: ReadonlyArray<string> = [
  "epochs",
  "batchSize",
  "learningRate",
  "optimizer",
  "particles",
  "clipNorm",
  "averaging",
  "accuracy",
  "stop",
  "seed",
  "precision",
  "objective",
  "estimators",
  "probe",
  "start",
  "checkpoint",
  "resume",
  "signal",
  "progress",
  "validation"
]

/** @throws InvalidOption as `settingsOf`, for the options of `explain` */
export const planSettingsOf = (options: FitOptions): Settings => {
  mustKnow(options, ["particles", "estimators", "objective"])
  return settingsOf(options)
}
