import { InvalidOption } from "../../Errors.ts"
import type { Precision } from "../../engine/precision.ts"
import type { Estimator } from "../estimator/Estimator.ts"
import { elbo } from "../objective/elbo.ts"
import type { Objective } from "../objective/Objective.ts"
import type { TrainingSettings } from "../run/Training.ts"
import { Optimizer } from "../step/Optimizer.ts"
import type { Progress } from "./progress.ts"

/** How a model is fitted. Every entry has a default. */
export interface FitOptions {
  /** passes over the data (10) */
  readonly epochs?: number
  /** rows in one step (128, or all rows when there are fewer) */
  readonly batchSize?: number
  /** of Adam (0.001); not together with `optimizer` */
  readonly learningRate?: number
  readonly optimizer?: Optimizer
  /** draws of the latent values for each datum and step (1) */
  readonly particles?: number
  /** gradients are scaled down so that their joint norm is at most this (no limit) */
  readonly clipNorm?: number
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
  /** estimators to use in place of the ones that the library would choose, by site */
  readonly estimators?: Readonly<Record<string, Estimator>>
  /** when it aborts, the fit ends after the current call and keeps what it has learned */
  readonly signal?: AbortSignal
  /** whether `fit` prints how it goes (true): one line that is rewritten on a terminal, a line an epoch elsewhere; or who is told instead */
  readonly progress?: boolean | ((event: Progress<unknown>) => void)
}

/** Options with every default filled in. */
export interface Settings extends TrainingSettings {
  readonly objective: Objective
  readonly estimators: Readonly<Record<string, Estimator>>
  readonly signal: AbortSignal | undefined
}

/** @throws InvalidOption that names the option, before any work starts */
export const settingsOf = (options: FitOptions): Settings => {
  mustBe("options", options, typeof options === "object" && options !== null, "an object such as { epochs: 10 }")
  for (const name of Object.keys(options)) {
    if (!known.has(name))
      throw new InvalidOption({ option: name, value: "unknown", expected: `one of ${[...known].join(", ")}` })
  }
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
    optimizer === undefined || has(optimizer, "update"),
    "an optimizer such as Optimizer.adam(0.001)"
  )
  mustBe("signal", signal, signal === undefined || typeof signal.aborted === "boolean", "an AbortSignal")
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
  for (const [site, estimator] of Object.entries(estimators))
    mustBe(
      `estimators.${site}`,
      estimator,
      has(estimator, "applies"),
      "an estimator such as score or reparameterized, not its name"
    )
  return {
    epochs: count("epochs", options.epochs ?? 10),
    batchSize: count("batchSize", options.batchSize ?? 128),
    optimizer: options.optimizer ?? Optimizer.adam(positive("learningRate", options.learningRate ?? 1e-3)),
    particles: count("particles", options.particles ?? 1),
    clipNorm: options.clipNorm === undefined ? undefined : positive("clipNorm", options.clipNorm),
    seed: whole("seed", options.seed ?? 0),
    precision: oneOf("precision", options.precision ?? "float32", ["float32", "bfloat16"]),
    objective: options.objective ?? elbo,
    estimators: options.estimators ?? {},
    signal: options.signal
  }
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

const known: ReadonlySet<string> = new Set([
  "epochs",
  "batchSize",
  "learningRate",
  "optimizer",
  "particles",
  "clipNorm",
  "seed",
  "precision",
  "objective",
  "estimators",
  "signal",
  "progress",
  "validation"
])

export const count = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidOption({ option, value: String(value), expected: "a whole number from 1" })
  return value
}

export const whole = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidOption({ option, value: String(value), expected: "a whole number from 0" })
  return value
}

const oneOf = <A extends string>(option: string, value: A, values: ReadonlyArray<A>): A => {
  if (!values.includes(value))
    throw new InvalidOption({ option, value: String(value), expected: `one of ${values.join(", ")}` })
  return value
}

const positive = (option: string, value: number): number => {
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidOption({ option, value: String(value), expected: "a number above 0" })
  return value
}
