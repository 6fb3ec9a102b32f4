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

interface Described {
  readonly name: string
  /** the objective for given sites, as the field writes it */
  readonly formula: (names: FormulaNames) => string
  /** why it is no bound on log p(x), where it is none: the plan, the history and the report repeat it */
  readonly noBound?: string
}

/** A loss that is a sum of expectations: a closed KL may stand for a site's two log densities. */
export interface TermsObjective extends Described {
  readonly needs: "terms"
  /** the cost of each term, in their order; the loss is its mean over particles, summed over plates */
  readonly costs: (terms: ReadonlyArray<Term>) => ReadonlyArray<tf.Tensor>
}

/** A loss that is a function of log p(x, z) − log q(z) of each particle: a closed KL may not stand in it. */
export interface LogWeightObjective extends Described {
  readonly needs: "logWeight"
  /** from one log weight a particle to the loss of one datum, or of the whole program where a latent site stands outside of plates */
  readonly loss: (logWeight: tf.Tensor) => tf.Tensor
}

/** The loss of a fit, written by reductions over named axes: it knows nothing of gradients. */
export type Objective = TermsObjective | LogWeightObjective

/** `q(z | x)`, `p(x | z)`, `p(x)` */
export const conditional = (law: string, names: ReadonlyArray<string>, given: ReadonlyArray<string>): string =>
  `${law}(${names.join(", ")}${given.length === 0 ? "" : ` | ${given.join(", ")}`})`
