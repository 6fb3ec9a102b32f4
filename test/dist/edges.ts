import { ZeroInflated } from "../../src/dist/combine/ZeroInflated.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import * as latent from "../../src/index.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { inf, vector } from "./zeros.ts"

const { Bernoulli, Binomial, Geometric, NegativeBinomial, OrderedLogistic, Poisson } = latent
const { StraightThroughBernoulli, ZeroInflatedPoisson } = latent

/** A family of a parameter at the edge of its domain: its log mass at a value, as it follows from the formula on paper, and the derivative. */
interface Edge {
  readonly make: (at: Tensor<readonly []>) => Dist
  readonly at: number
  /** values, log masses, and their derivatives by the parameter where the log mass is finite */
  readonly masses: ReadonlyArray<readonly [x: number, logMass: number, slope?: number]>
  readonly mean: number
  readonly variance: number
  readonly entropy?: number
}

export const edges: Readonly<Record<string, Edge>> = {
  "Bernoulli, p = 0": {
    make: (probs) => Bernoulli({ probs }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, p = 1": {
    make: (probs) => Bernoulli({ probs }),
    at: 1,
    masses: [
      [1, 0, 1],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, logits = ∞": {
    make: (logits) => Bernoulli({ logits }),
    at: inf,
    masses: [
      [1, 0, 0],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Bernoulli, logits = −∞": {
    make: (logits) => Bernoulli({ logits }),
    at: -inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "StraightThroughBernoulli, p = 1": {
    make: (probs) => StraightThroughBernoulli(0.5, { probs }),
    at: 1,
    masses: [
      [1, 0, 1],
      [0, -inf]
    ],
    mean: 1,
    variance: 0,
    entropy: 0
  },
  "Binomial, p = 0": {
    make: (probs) => Binomial(3, { probs }),
    at: 0,
    masses: [
      [0, 0, -3],
      [2, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Binomial, p = 1": {
    make: (probs) => Binomial(3, { probs }),
    at: 1,
    masses: [
      [3, 0, 3],
      [2, -inf]
    ],
    mean: 3,
    variance: 0
  },
  "Binomial, logits = ∞": {
    make: (logits) => Binomial(3, { logits }),
    at: inf,
    masses: [
      [3, 0, 0],
      [2, -inf]
    ],
    mean: 3,
    variance: 0
  },
  "Geometric, p = 1": {
    make: (probs) => Geometric({ probs }),
    at: 1,
    masses: [
      [0, 0, 1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "Geometric, logits = ∞": {
    make: (logits) => Geometric({ logits }),
    at: inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0,
    entropy: 0
  },
  "NegativeBinomial, p = 0": {
    make: (probs) => NegativeBinomial({ count: 2.5, probs }),
    at: 0,
    masses: [
      [0, 0, -2.5],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "NegativeBinomial, mean 0": {
    make: (mean) => NegativeBinomial({ count: 2.5, mean }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Poisson, rate 0": {
    make: (rate) => Poisson({ rate }),
    at: 0,
    masses: [
      [0, 0, -1],
      [1, -inf],
      [7, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "Poisson, log rate −∞": {
    make: (logRate) => Poisson({ logRate }),
    at: -inf,
    masses: [
      [0, 0, 0],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  // d/dg log(g + (1 − g) e^−2) = (1 − e^−2)/(g + (1 − g) e^−2), d/dg log(1 − g) = −1/(1 − g)
  "ZeroInflatedPoisson, g = 0": {
    make: (probs) => ZeroInflatedPoisson({ rate: 2 }, { probs }),
    at: 0,
    masses: [
      [0, -2, Math.exp(2) - 1],
      [1, Math.log(2) - 2, -1]
    ],
    mean: 2,
    variance: 2
  },
  "ZeroInflatedPoisson, g = 1": {
    make: (probs) => ZeroInflatedPoisson({ rate: 2 }, { probs }),
    at: 1,
    masses: [
      [0, 0, 1 - Math.exp(-2)],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "ZeroInflatedPoisson, rate 0": {
    make: (rate) => ZeroInflatedPoisson({ rate }, { probs: 0.25 }),
    at: 0,
    masses: [
      [0, 0, -0.75],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "ZeroInflated(Poisson), g = 0": {
    make: (probs) => ZeroInflated(Poisson({ rate: 2 }), { probs }),
    at: 0,
    masses: [
      [0, -2, Math.exp(2) - 1],
      [1, Math.log(2) - 2, -1]
    ],
    mean: 2,
    variance: 2
  },
  "ZeroInflated(Poisson), g = 1": {
    make: (probs) => ZeroInflated(Poisson({ rate: 2 }), { probs }),
    at: 1,
    masses: [
      [0, 0, 1 - Math.exp(-2)],
      [1, -inf]
    ],
    mean: 0,
    variance: 0
  },
  "OrderedLogistic, predictor ∞": {
    make: (x) => OrderedLogistic(x, vector([-1, 1])),
    at: inf,
    masses: [
      [2, 0],
      [0, -inf],
      [1, -inf]
    ],
    mean: 2,
    variance: 0,
    entropy: 0
  }
}
