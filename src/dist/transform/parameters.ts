import type * as tf from "@tensorflow/tfjs"
import type { Support } from "../Support.ts"
import { fromReals } from "./fromReals.ts"

/** The transform from real numbers to a support, and for single numbers its inverse. */
export interface Way {
  readonly support: Support
  readonly fromReal: (x: tf.Tensor) => tf.Tensor
  readonly toReal: (y: number) => number
  readonly inside: (y: number) => boolean
  readonly words: string
}

/** Numbers above 0. */
export const positive: Way = {
  support: "positive",
  fromReal: fromReals.positive.forward,
  toReal: Math.log,
  inside: (y) => y > 0,
  words: "above 0"
}

/** Numbers in (0, 1). */
export const unit: Way = {
  support: "unitInterval",
  fromReal: fromReals.unitInterval.forward,
  toReal: (y) => Math.log(y / (1 - y)),
  inside: (y) => y > 0 && y < 1,
  words: "between 0 and 1"
}

export const simplex = { support: "simplex", fromReal: fromReals.simplex.forward } as const
export const ordered = { support: "ordered", fromReal: fromReals.ordered.forward } as const
export const cholesky = { support: "lowerCholesky", fromReal: fromReals.lowerCholesky.forward } as const
