import type * as tf from "@tensorflow/tfjs"

/** The names in a formula: the latent sites, the observed ones, and the data that the guide reads. */
export interface FormulaNames {
  readonly latents: ReadonlyArray<string>
  readonly observed: ReadonlyArray<string>
  readonly given: ReadonlyArray<string>
}

/** One cost, in nats, for one particle and one position of its axes: −log p of an observed site, or a latent site's part of the KL. */
export interface Term {
  readonly site: string
  /** its words in a message, such as `−log p(x)` */
  readonly name: string
  readonly kind: "likelihood" | "kl" | "factor"
  /** the names of its axes, outermost first */
  readonly axes: ReadonlyArray<string>
  readonly value: tf.Tensor
}

/** A term as an objective reads it. */
export interface CostedTerm extends Term {
  /** its mean over particles, the values of enumerated sites and the rows of a step */
  readonly mean: () => tf.Tensor
}

interface Described {
  readonly name: string
  /** the objective for given sites, as the field writes it */
  readonly formula: (names: FormulaNames) => string
  /** why it is no bound on log p(x), where it is none: the plan, the history and the report repeat it */
  readonly noBound?: string
  /** numbers that it needs anew each step, such as the weight of a KL that warms up; `step` begins at 0 */
  readonly scalars?: (step: number, fit: FitLength) => Readonly<Record<string, number>>
  /** whether it is a bound at a step all the same; never, where it is not given */
  readonly isBound?: (step: number, fit: FitLength) => boolean
  /** @throws InvalidOption for a fit in which it cannot be what it is meant to be */
  readonly check?: (fit: { readonly epochs: number; readonly particles: number }) => void
  /**
   * How log q enters. `"path"`: its parameters are constants, so that only the gradient through the draws is left; each site needs such a path where the
   * objective is a function of weights. `"given"`: draws are constants, and no site has an estimator.
   */
  readonly logQ?: "path" | "given"
  /** whether the gradients of the model and of the guide are those of two functions, so that there is none with which they could be compared */
  readonly isTwofold?: boolean
}

/** The length of a fit. */
export interface FitLength {
  readonly steps: number
  readonly epochs: number
}

/** A loss that is a sum of expectations: a closed KL may stand for a site's two log densities. */
export interface TermsObjective extends Described {
  readonly needs: "terms"
  /** the cost of each term, in their order; the loss is its mean over particles, summed over plates */
  readonly costs: (terms: ReadonlyArray<CostedTerm>, scalar: (name: string) => tf.Tensor) => ReadonlyArray<tf.Tensor>
  /**
   * Whether what a cost is made of its term by depends on draws. `false` says that each cost is its term times a number that no draw changes: then the score of a draw in its own
   * log q is left out where its mean is 0, which is less noise. Where it is not given, the gradient is that of the costs as they are.
   */
  readonly weighsByDraws?: boolean
  /** whether the costs are other numbers than the terms, which make the ELBO: then both are reported */
  readonly reweighs?: boolean
}

/** The parts of the log weights, and how many particles there are. */
export interface LogWeight {
  readonly logP: tf.Tensor
  readonly logQ: tf.Tensor
  readonly particles: number
  /** log q of draws of the model, for an objective that asks for them; undefined where it is evaluated, not differentiated */
  readonly dreamed?: tf.Tensor
}

/** A loss that is a function of log p(x, z) − log q(z) of each particle: a closed KL may not stand in it. */
export interface LogWeightObjective extends Described {
  readonly needs: "logWeight"
  /** from one log weight a particle to the loss of one datum, or of the whole program where a latent site stands outside of plates */
  readonly loss: (logWeight: tf.Tensor, parts: LogWeight) => tf.Tensor
  /** whether it reads log q of draws of the model with their data, which are constants */
  readonly dreams?: true
  /** by what the gradient through a particle's draws is multiplied, from the log weights; as it is, where it is not given */
  readonly pathFactor?: (logWeight: tf.Tensor, parts: Pick<LogWeight, "particles">) => tf.Tensor
}

/** The loss of a fit, written by reductions over named axes: it knows nothing of gradients. */
export type Objective = TermsObjective | LogWeightObjective

/** `q(z | x)`, `p(x | z)`, `p(x)` */
export const conditional = (law: string, names: ReadonlyArray<string>, given: ReadonlyArray<string>): string =>
  `${law}(${names.join(", ")}${given.length === 0 ? "" : ` | ${given.join(", ")}`})`

/** `E_q[ log p(x | z) ] `, before what is taken off it; nothing where nothing is observed */
export const expectedLog = ({ observed, latents }: Pick<FormulaNames, "observed" | "latents">): string =>
  observed.length === 0 ? "" : `E_q[ log ${conditional("p", observed, latents)} ] `
