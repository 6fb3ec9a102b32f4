import * as tf from "@tensorflow/tfjs"
import { Tensor } from "../tensor/Tensor.ts"
import { Bernoulli } from "./Bernoulli.ts"
import type { Dist } from "./Dist.ts"
import { Exponential } from "./Exponential.ts"
import { HalfNormal } from "./HalfNormal.ts"
import { Laplace } from "./Laplace.ts"
import { LogNormal } from "./LogNormal.ts"
import { Normal } from "./Normal.ts"
import { OneHotCategorical } from "./OneHotCategorical.ts"

/** An entry: under which heading the family stands, and one distribution of it, from which all else that is known of it is read. */
export interface Entry {
  readonly group: "continuous" | "multivariate" | "discrete" | "relaxed"
  readonly example: () => Dist
}

const vector = (...values: ReadonlyArray<number>): Tensor<readonly [number]> =>
  Tensor.of([values.length], tf.tensor1d([...values]))

/** Every family of this library by its name: what tests, pages and tables go through. */
export const catalogue = {
  Bernoulli: { group: "discrete", example: () => Bernoulli({ probs: 0.25 }) },
  Exponential: { group: "continuous", example: () => Exponential(2) },
  HalfNormal: { group: "continuous", example: () => HalfNormal(1.5) },
  Laplace: { group: "continuous", example: () => Laplace(0.5, 2) },
  LogNormal: { group: "continuous", example: () => LogNormal(0, 0.5) },
  Normal: { group: "continuous", example: () => Normal(0.5, 2) },
  OneHotCategorical: { group: "discrete", example: () => OneHotCategorical({ logits: vector(0, 1, -0.5) }) }
} as const satisfies Readonly<Record<string, Entry>>
