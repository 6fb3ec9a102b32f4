import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Binomial } from "../../src/dist/Binomial.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { ZeroInflated } from "../../src/dist/combine/ZeroInflated.ts"
import type { Dist, Has, Tails } from "../../src/dist/Dist.ts"
import { Geometric } from "../../src/dist/Geometric.ts"
import { NegativeBinomial } from "../../src/dist/NegativeBinomial.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { ZeroInflatedPoisson } from "../../src/dist/ZeroInflatedPoisson.ts"
import type { Shape, Tensor } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"
import { close, closeAll, gradient, inf, number, sum, vector } from "./zeros.ts"

useCpu()

type Count = Dist & Has<Shape, Tails>

/** What `ZeroInflated` takes as a distribution of counts from 0. */
const half = (): Dist<Shape, "natural"> & Has<Shape, Tails> =>
  Binomial(3, { probs: 0.5 }) as Count as Dist<Shape, "natural"> & Has<Shape, Tails>

/** A law with the probability p, and its distribution function in closed form. */
interface Law {
  readonly make: (probs: Tensor<readonly []>) => Count
  readonly cdf: (x: number, p: number) => number
}

const upTo = (x: number): ReadonlyArray<number> => Array.from({ length: x + 1 }, (_, k) => k)
const ways = [1, 3, 3, 1] as const
const binomialCdf = (x: number, p: number): number =>
  sum(upTo(Math.min(x, 3)).map((k) => (ways[k as 0] ?? 0) * p ** k * (1 - p) ** (3 - k)))
const poissonCdf = (x: number): number => sum(upTo(x).map((k) => (Math.exp(-2) * 2 ** k) / ([1, 1, 2, 6][k] ?? 1)))

const laws: Readonly<Record<string, Law>> = {
  Binomial: { make: (probs) => Binomial(3, { probs }), cdf: binomialCdf },
  Geometric: { make: (probs) => Geometric({ probs }), cdf: (x, p) => 1 - (1 - p) ** (x + 1) },
  NegativeBinomial: {
    make: (probs) => NegativeBinomial({ count: 2, probs }),
    cdf: (x, p) => sum(upTo(x).map((k) => (k + 1) * p ** k * (1 - p) ** 2))
  },
  ZeroInflatedPoisson: {
    make: (probs) => ZeroInflatedPoisson({ rate: 2 }, { probs }),
    cdf: (x, p) => p + (1 - p) * poissonCdf(x)
  },
  ZeroInflated: {
    make: (probs) => ZeroInflated(half(), { probs }),
    cdf: (x, p) => p + (1 - p) * binomialCdf(x, 0.5)
  }
}

/** The derivative at 0 or 1, from the inside. */
const slope = (f: (p: number) => number, p: number): number => {
  const h = p === 0 ? 1e-5 : -1e-5
  return (-3 * f(p) + 4 * f(p + h) - f(p + 2 * h)) / (2 * h)
}

/** What a derivative by a probability of 0 or 1 is, where it is a number. */
const known = (slope: number): boolean => Number.isFinite(slope) && Math.abs(slope) < 1e3

describe.each(Object.entries(laws))("%s of a tensor that is 0 or 1", (_, { make, cdf }) => {
  const cases = [0, 1].flatMap((p) => [0, 1, 2, 3].map((x) => [p, x] as const))

  it.each(cases)("p = %d has both tails at %d, and their gradients", (p, x) => {
    const forms = {
      cdf: (at: number) => cdf(x, at),
      logCdf: (at: number) => Math.log(cdf(x, at)),
      logSurvival: (at: number) => Math.log(Math.max(0, Math.abs(1 - cdf(x, at)) < 1e-12 ? 0 : 1 - cdf(x, at)))
    }
    for (const [name, f] of Object.entries(forms)) {
      const form = (probs: Tensor): tf.Tensor => make(probs as Tensor<readonly []>)[name as Tails](tf.scalar(x))
      close(
        scalar(() => form(number(p))),
        f(p),
        1e-5
      )
      const [found = Number.NaN] = gradient(form, () => tf.scalar(p))
      expect(Number.isNaN(found), `${name} has the gradient NaN`).toBe(false)
      if (f(p) > -inf && known(slope(f, p))) close(found, slope(f, p), 1e-3)
    }
  })
})

it("a component that never comes up leaves a mixture the tails of the others, and has a gradient", () => {
  const over = (name: Tails) => (probs: Tensor) =>
    Mixture({ probs: probs as Tensor<readonly [2]> }, [Normal(0, 1), Normal(3, 1)])[name](tf.scalar(1))
  const [logCdf, logSurvival] = [-0.17275377902344985, -1.8410216450092636]
  for (const [name, right] of [
    ["logCdf", logCdf],
    ["logSurvival", logSurvival]
  ] as const)
    close(
      scalar(() => over(name)(vector([1, 0]))),
      right
    )
  // F(1) = Σ wₖ Φ(1 − locₖ) over Σ wₖ
  const [first, second] = [Math.exp(logCdf), 0.022750131948179195]
  closeAll(
    gradient(over("logCdf"), () => tf.tensor1d([1, 0])),
    [0, second / first - 1],
    1e-5
  )
})
