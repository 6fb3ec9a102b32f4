import * as tf from "@tensorflow/tfjs"
import {
  Autoregressive,
  Censored,
  type Dist,
  Exponential,
  Geometric,
  HiddenMarkovModel,
  MarkovChain,
  Masked,
  Mixture,
  Normal,
  Tensor,
  Transform,
  Transformed,
  Truncated,
  ZeroInflated
} from "../../../src/index.ts"

/** Where a combinator is written, and one distribution that it makes, of which its page and its row in the table speak. */
interface Example {
  readonly source: string
  readonly example: () => Dist
}

const vector = (...values: ReadonlyArray<number>): Tensor<readonly [number]> =>
  Tensor.of([values.length], tf.tensor1d([...values]))

const chain = (steps: number) => ({
  initial: vector(0, 1),
  transition: Tensor.of([2, 2], tf.tensor2d([2, 0, 0, 2], [2, 2])),
  steps
})

/** All combinators whose result is a distribution; `iid` is a method of each, and `Product` makes a record of several. */
export const combinators: Readonly<Record<string, Example>> = {
  Autoregressive: {
    source: "src/dist/combine/Autoregressive.ts",
    example: () => Autoregressive({ coefficients: vector(0.8), scale: 1, steps: 4 })
  },
  Censored: { source: "src/dist/combine/Censored.ts", example: () => Censored(Exponential(1), 0, 3) },
  HiddenMarkovModel: {
    source: "src/dist/combine/HiddenMarkovModel.ts",
    example: () => HiddenMarkovModel(chain(3), Normal(vector(-2, 2), 0.5))
  },
  MarkovChain: { source: "src/dist/combine/MarkovChain.ts", example: () => MarkovChain(chain(3)) },
  Masked: {
    source: "src/dist/combine/Masked.ts",
    example: () => Masked(Normal(0, 1).iid(2), vector(1, 0))
  },
  Mixture: {
    source: "src/dist/combine/Mixture.ts",
    example: () => Mixture({ probs: vector(0.25, 0.75) }, Normal(vector(-2, 2), vector(1, 0.7)))
  },
  Transformed: { source: "src/dist/Transformed.ts", example: () => Transformed(Normal(0, 1), Transform.softplus) },
  Truncated: { source: "src/dist/combine/Truncated.ts", example: () => Truncated(Normal(0, 1), -0.5, 2) },
  ZeroInflated: {
    source: "src/dist/combine/ZeroInflated.ts",
    example: () => ZeroInflated(Geometric({ probs: 0.25 }), { probs: 0.2 })
  }
}
