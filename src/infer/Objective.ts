import type * as tf from "@tensorflow/tfjs"
import { meanOver, sumOver } from "../trace/axes.ts"

/** One term of a loss, in nats: for one particle and one position of its plates. */
export interface Term {
  readonly site: string
  /** how it reads in a message, such as `−log p(x | z)` */
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly value: tf.Tensor
}

/** What a fit minimises, in terms that know nothing of gradients. */
export interface Objective {
  readonly name: string
  /** how it reads for given sites */
  readonly formula: (latents: ReadonlyArray<string>, observed: ReadonlyArray<string>) => string
  /** one scalar a term; their sum is the loss */
  readonly loss: (terms: ReadonlyArray<Term>) => ReadonlyArray<tf.Tensor>
}

/** Sums over plates, the innermost first. */
export const sumOverPlates = (x: tf.Tensor, plates: ReadonlyArray<string>): tf.Tensor =>
  plates.reduceRight<tf.Tensor>(sumOver, x)

export const Objective = {
  /**
   * The negative evidence lower bound, −E_q[log p(x, z) − log q(z)]: a mean over particles of a sum over plates. Jordan et al. 1999;
   * Kingma and Welling 2014, equation 3.
   */
  elbo: {
    name: "ELBO",
    formula: (latents, observed) => {
      const z = latents.join(", ")
      return `E_q[ log p(${observed.join(", ")} | ${z}) ] − KL( q(${z}) ‖ p(${z}) )`
    },
    loss: (terms) => terms.map((term) => sumOverPlates(meanOver(term.value, "particle"), term.plates))
  } satisfies Objective
}
