import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Censored } from "../../../src/dist/combine/Censored.ts"
import { Masked } from "../../../src/dist/combine/Masked.ts"
import { Truncated } from "../../../src/dist/combine/Truncated.ts"
import { ZeroInflated } from "../../../src/dist/combine/ZeroInflated.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { klDivergence, klMonteCarlo } from "../../../src/dist/divergence/kl.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gumbel } from "../../../src/dist/Gumbel.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { Logistic } from "../../../src/dist/Logistic.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { Weibull } from "../../../src/dist/Weibull.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { Key } from "../../../src/tensor/random.ts"
import { type Param, Tensor } from "../../../src/tensor/Tensor.ts"
import { registerGradients } from "../../../src/trace/gradients.ts"
import { mean, standardError, variance } from "../../support/goodnessOfFit.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"
import { z } from "../laws/chance.ts"
import { values } from "../laws/Domain.ts"
import { number } from "../laws/Row.ts"
import { combinedLaws } from "./combinedLaws.ts"
import type { Lawful } from "./Lawful.ts"
import { pieces } from "./pieces.ts"

useCpu()
registerGradients()

type LocScale = { readonly loc: number; readonly scale: number }

const truncated: Lawful<LocScale> = {
  make: ({ loc, scale }) => Truncated(Laplace(loc, scale), -1, 2),
  // the normaliser has a kink where the peak passes an end
  settings: fc.record({ loc: number(-0.8, 1.8), scale: number(0.5, 2) }),
  domain: ({ loc }) => pieces(-1, 2, [loc]),
  terms: (x: number, { loc, scale }) => Math.abs(x - loc) / scale + 4,
  outside: () => [-1.01, 2.01, 50],
  kinks: ({ loc }) => [-1, loc, 2]
}

/** Its lower end is that of the base's support. */
const tail: Lawful<{ readonly rate: number }> = {
  make: ({ rate }) => Truncated(Exponential(rate), -3, 2),
  settings: fc.record({ rate: number(0.3, 2) }),
  domain: () => pieces(0, 2, []),
  terms: (x: number, { rate }) => rate * x + 4,
  outside: () => [-0.5, 2.5],
  kinks: () => [0, 2]
}

/** Its ends may be parameters, by which there are gradients too. */
const moved: Lawful<LocScale & { readonly low: number; readonly high: number }> = {
  make: ({ loc, scale, low, high }) => Truncated(Laplace(loc, scale), low, high),
  settings: fc.record({
    loc: number(-0.8, 1.8),
    scale: number(0.5, 2),
    low: number(-2, -1),
    high: number(2, 3)
  }),
  domain: ({ loc, low, high }) => pieces(low, high, [loc]),
  terms: (x: number, { loc, scale }) => Math.abs(x - loc) / scale + 4,
  outside: ({ low, high }) => [low - 0.01, high + 0.01, 50],
  kinks: ({ loc, low, high }) => [low, loc, high]
}

const zeroInflated: Lawful<{ readonly logits: number; readonly zeros: number }> = {
  make: ({ logits, zeros }) => ZeroInflated(Bernoulli({ logits }), { logits: zeros }),
  settings: fc.record({ logits: number(-2, 2), zeros: number(-2, 2) }),
  domain: () => values([0, 1]),
  terms: () => 8,
  outside: "every number is inside"
}

combinedLaws("a truncated Laplace distribution", truncated)
combinedLaws("a truncated exponential distribution", tail)
combinedLaws("a Laplace distribution between ends that are parameters", moved)
combinedLaws("a zero-inflated coin", zeroInflated)

describe("truncation", () => {
  it("of an exponential distribution at its lower end is a shift: it has no memory", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (x, from) => {
          const late = scalar(() => Truncated(Exponential(1), from, Infinity).logProb(tf.scalar(from + x)))
          expect(Math.abs(late + x)).toBeLessThan(2e-6 * (1 + from + x))
        }
      ),
      { seed: 1, numRuns: 50 }
    )
  })

  it("has the moments that SciPy gives: of Laplace(0.5, 1.5) in [−1, 2], and of Exponential(2) above 1", () => {
    // scipy.integrate.quad over the density; 1 + 1/rate and 1/rate²
    expect(scalar(() => Truncated(Exponential(2), 1, Infinity).mean())).toBeCloseTo(1.5, 4)
    expect(scalar(() => Truncated(Exponential(2), 1, Infinity).variance())).toBeCloseTo(0.25, 4)
    expect(scalar(() => Truncated(Laplace(0.5, 1.5), -1, 2).mean())).toBeCloseTo(0.5, 5)
  })

  it("leaves a moment undefined on an unbounded side where the base has none, and has quantiles at the ends", () => {
    const law = () => Truncated(Laplace(0, 1), -2, 3)
    expect(scalar(() => law().icdf(tf.scalar(1e-7)))).toBeCloseTo(-2, 4)
    expect(scalar(() => law().cdf(tf.scalar(5)))).toBe(1)
    expect(scalar(() => law().cdf(tf.scalar(-5)))).toBe(0)
  })

  it("refuses ends between which nothing lies, and vectors", () => {
    expect(() => Truncated(Laplace(0, 1), 2, 2)).toThrow(SupportViolation)
    expect(() => Truncated(Exponential(1), -2, -1)).toThrow("nothing of it lies between -2 and -1")
    expect(() => Truncated(Laplace(0, 1), Number.NaN, 1)).toThrow(SupportViolation)
  })
})

describe("ends that are tensors", () => {
  const vector = (...numbers: ReadonlyArray<number>) => Tensor.of([numbers.length], tf.tensor1d([...numbers]))
  const [lows, highs, xs] = [
    [-1, -0.5, -8, -3],
    [0.5, 30, 1, 2],
    [0, 0.25, -2, 2]
  ]
  const bases = { normal: Normal(0.2, 1.3), laplace: Laplace(0.3, 1), weibull: Weibull(2, 1.5) } as const
  const makers = { Truncated, Censored } as const
  const cases = Object.entries(makers).flatMap(([name, make]) =>
    Object.entries(bases).map(([of, base]) => [`${name} of ${of}`, make, base] as const)
  )

  it.each(cases)("are as many distributions, each with its own ends: %s", (_, make, base) => {
    const separate = (f: (dist: Dist, i: number) => tf.Tensor): ReadonlyArray<number> =>
      lows.map((low, i) => scalar(() => f(make(base, low, highs[i] ?? Number.NaN), i)))
    const together = (f: (dist: Dist) => tf.Tensor): ReadonlyArray<number> => [
      ...compute(() => f(make(base, vector(...lows), vector(...highs)))).values
    ]
    const alike = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>, tolerance: number): void => {
      found.forEach((x, i) => {
        const y = expected[i] ?? Number.NaN
        if (Number.isFinite(y)) expect(Math.abs(x - y)).toBeLessThan(tolerance * (1 + Math.abs(y)))
        else expect(x).toBe(y)
      })
    }
    alike(
      together((dist) => dist.logDensity(vector(...xs))),
      separate((dist, i) => dist.logDensity(tf.scalar(xs[i] ?? Number.NaN))),
      2e-6
    )
    alike(
      together((dist) => dist.mean()),
      separate((dist) => dist.mean()),
      2e-6
    )
    alike(
      together((dist) => dist.variance()),
      separate((dist) => dist.variance()),
      2e-6
    )
  })

  it("give the cdf and the quantiles of each", () => {
    const law = () => Truncated(Laplace(0.3, 1).iid(3), vector(-1, -2, 0), vector(0.5, 40, 1))
    const u = [0.1, 0.5, 0.9]
    const back = compute(() => law().cdf(law().icdf(vector(...u)))).values
    back.forEach((p, i) => {
      expect(p).toBeCloseTo(u[i] ?? 0, 5)
    })
    const each = u.map((p, i) =>
      scalar(() => Truncated(Laplace(0.3, 1), [-1, -2, 0][i] ?? 0, [0.5, 40, 1][i] ?? 0).icdf(tf.scalar(p)))
    )
    compute(() => law().icdf(vector(...u))).values.forEach((x, i) => {
      expect(x).toBeCloseTo(each[i] ?? 0, 5)
    })
  })

  it("have the densities and the gradients of the family that was made for it, by the ends too", () => {
    const points = [-0.5, 0.1, 0.9]
    const families = [
      (loc: Param, scale: Param, low: Param, high: Param): Dist => Truncated(Normal(loc, scale), low, high),
      TruncatedNormal
    ] as const
    const [found = [], expected = []] = families.map((make) => {
      const f = (...given: Array<tf.Tensor>): tf.Tensor => {
        const [loc = 0, scale = 0, low = 0, high = 0] = given.map((each) => Tensor.of([], each))
        return make(loc, scale, low, high).iid(3).logProb(tf.tensor1d(points))
      }
      const at = [0.3, 0.9, -1, 1.5]
      const slopes = compute(() => tf.stack(tf.grads(f)(at.map((x) => tf.scalar(x))))).values
      return [scalar(() => f(...at.map((x) => tf.scalar(x)))), ...slopes]
    })
    expect(found).toHaveLength(5)
    found.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i] ?? Number.NaN, 4)
    })
  })

  it("beyond which there is no mass have no say in a gradient, which stays finite", () => {
    const gradients = (low: Param, high: Param): ReadonlyArray<number> =>
      [Normal, Laplace, Logistic, Gumbel].map((make) =>
        scalar(() =>
          tf.grad((loc: tf.Tensor) => Censored(make(Tensor.of([], loc), 0.5), low, high).logProb(tf.scalar(0.25)))(
            tf.scalar(0)
          )
        )
      )
    const [low, high] = [Tensor.of([], tf.scalar(-60)), Tensor.of([], tf.scalar(60))]
    const [all, far] = [gradients(low, high), gradients(-60, 60)]
    tf.dispose([low, high])
    const uncensored = gradients(-Infinity, Infinity)
    uncensored.forEach((slope, i) => {
      expect(all[i]).toBeCloseTo(slope, 5)
      expect(far[i]).toBeCloseTo(slope, 5)
    })
  })

  it("claim no score function, which would not see them move, and the path of the base", () => {
    tf.tidy(() => {
      expect(Truncated(Laplace(0, 1), -1, 1).gradients).toEqual(["reparameterized", "score"])
      expect(Truncated(Laplace(0, 1), -1, vector(1, 2)).gradients).toEqual(["reparameterized"])
    })
  })

  it("are refused when they have another shape, or a number beside them leaves nothing", () => {
    tf.tidy(() => {
      const wrong = vector(1, 2) as never
      expect(() => Truncated(Laplace(0, 1).iid(3), -1, wrong)).toThrow(ShapeMismatch)
      expect(() => Censored(Laplace(0, 1), vector(0, 0, 0), wrong)).toThrow(ShapeMismatch)
      expect(() => Truncated(Uniform(0, 1), 1, vector(1, 2))).toThrow(
        "nothing of it lies between 1 and a bound that is a tensor"
      )
      expect(() => Censored(Exponential(1), vector(1, 2), 0)).toThrow(SupportViolation)
    })
  })
})

describe("censoring", () => {
  const law = () => Censored(Laplace(0.3, 1), -1, 2)

  it("puts what lies beyond an end at the end: density between and masses at the ends add up to 1", () => {
    const { points, weights } = pieces(-1, 2, [0.3])
    const inner = points.slice(1, -1) as ReadonlyArray<number>
    const densities = compute(() => law().logDensity(tf.tensor1d([...inner]))).values
    const between = inner.reduce((sum, _, i) => sum + Math.exp(densities[i] as number) * (weights[i + 1] as number), 0)
    const [low, high] = [-1, 2].map((end) => Math.exp(scalar(() => law().logProb(tf.scalar(end)))))
    expect(low).toBeCloseTo(0.5 * Math.exp(-1.3), 6)
    expect(high).toBeCloseTo(0.5 * Math.exp(-1.7), 6)
    expect(between + (low as number) + (high as number)).toBeCloseTo(1, 4)
  })

  it("has no density beyond its ends", () => {
    const beyond = compute(() => law().logDensity(tf.tensor1d([-1.5, 2.5]))).values
    expect([...beyond]).toEqual([-Infinity, -Infinity])
  })

  it("draws within its ends, at them as often as it says, with the mean and variance that it gives", () => {
    const n = 10_000
    const draws = [...compute(() => law().iid(n).sample(Key.of(1))).values]
    expect(Math.min(...draws)).toBe(-1)
    expect(Math.max(...draws)).toBe(2)
    const atHigh = draws.filter((x) => x === 2).length / n
    const p = 0.5 * Math.exp(-1.7)
    expect(Math.abs(atHigh - p)).toBeLessThan(z * Math.sqrt((p * (1 - p)) / n))
    expect(Math.abs(mean(draws) - scalar(() => law().mean()))).toBeLessThan(z * standardError(draws))
    const center = scalar(() => law().mean())
    const spread = standardError(draws.map((x) => (x - center) ** 2))
    expect(Math.abs(variance(draws) - scalar(() => law().variance()))).toBeLessThan(z * spread)
  })

  it("gives its parameters the gradient of a mass and of a density", () => {
    // d/dloc of log F(−1) = 1/scale below loc, and of the density sign(x − loc)/scale
    const gradient = (x: number): number =>
      scalar(() =>
        tf.grad((loc: tf.Tensor) => Censored(Laplace(Tensor.of([], loc), 2), -1, 2).logProb(tf.scalar(x)))(
          tf.scalar(0.3)
        )
      )
    expect(gradient(-1)).toBeCloseTo(-0.5, 5)
    expect(gradient(1)).toBeCloseTo(0.5, 5)
    expect(gradient(0)).toBeCloseTo(-0.5, 5)
  })

  it("has a mass at an end far out, whether the end is a number or a tensor", () => {
    const atEnd = (high: Param): number => scalar(() => Censored(Exponential(300), 0, high).logProb(tf.scalar(1)))
    const one = Tensor.of([], tf.scalar(1))
    expect([atEnd(1), atEnd(one)]).toEqual([-300, -300])
    one.dispose()
  })

  it("is for observations: it claims no gradient for its draws", () => {
    expect(law().gradients).toEqual([])
  })
})

describe("zero inflation", () => {
  it("is a mixture with a coin that never shows 1", () => {
    const [p, g] = [0.3, 0.6]
    const law = () => ZeroInflated(Bernoulli({ probs: p }), { probs: g })
    expect(scalar(() => law().logProb(tf.scalar(1)))).toBeCloseTo(Math.log((1 - g) * p), 6)
    expect(scalar(() => law().logProb(tf.scalar(0)))).toBeCloseTo(Math.log(g + (1 - g) * (1 - p)), 6)
  })

  it("stays exact where zeros are almost certain or almost never added", () => {
    const at = (zeros: number, x: number): number =>
      scalar(() => ZeroInflated(Bernoulli({ logits: 2 }), { logits: zeros }).logProb(tf.scalar(x)))
    expect(at(60, 1)).toBeCloseTo(-60 - Math.log1p(Math.exp(-2)), 4)
    expect(at(-60, 0)).toBeCloseTo(-2 - Math.log1p(Math.exp(-2)), 5)
  })

  it("refuses a base of vectors, and a probability of another shape or outside (0, 1)", () => {
    tf.tidy(() => {
      const label = OneHotCategorical({ logits: Tensor.of([2], tf.zeros([2])) })
      expect(() => ZeroInflated(label as never, { probs: 0.5 })).toThrow(ShapeMismatch)
      expect(() => ZeroInflated(Normal(0, 1) as never, { probs: 0.5 })).toThrow(SupportViolation)
      expect(() => ZeroInflated(Exponential(1) as never, { probs: 0.5 })).toThrow(
        "it is Exponential, which is a density"
      )
      expect(() => ZeroInflated(Bernoulli({ logits: 0 }), { probs: 1 })).toThrow(SupportViolation)
      expect(() => ZeroInflated(Bernoulli({ logits: 0 }).iid(3), { logits: Tensor.of([2], tf.zeros([2])) })).toThrow(
        ShapeMismatch
      )
    })
  })
})

describe("a mask", () => {
  const mask = (): Tensor<readonly [3]> => Tensor.of([3], tf.tensor1d([1, 0, 1]))

  it("leaves out the events where it is 0, whatever value or gradient they would have", () => {
    const x = [0.5, Number.NaN, 2]
    const logProb = scalar(() => Masked(Exponential(1).iid(3), mask()).logProb(tf.tensor1d(x)))
    expect(logProb).toBeCloseTo(-2.5, 6)
    const gradient = compute(() =>
      tf.grad((x: tf.Tensor) => Masked(Exponential(1).iid(3), mask()).logProb(x))(tf.tensor1d([0.5, -1, 2]))
    ).values
    expect([...gradient]).toEqual([-1, 0, -1])
  })

  it("counts vectors whole, and copies with the same mask", () => {
    const logits = (): Tensor<readonly [2]> => Tensor.of([2], tf.tensor1d([0, Math.log(3)]))
    const labels = tf.util.flatten([
      [1, 0],
      [0, 1],
      [0, 1]
    ]) as Array<number>
    const value = scalar(() =>
      Masked(OneHotCategorical({ logits: logits() }).iid(3), mask())
        .iid(2)
        .logProb(tf.tensor([...labels, ...labels], [2, 3, 2]))
    )
    expect(value).toBeCloseTo(2 * (Math.log(0.25) + Math.log(0.75)), 5)
  })

  it("keeps the path of the draws and not their score function, which it does not have", () => {
    tf.tidy(() => {
      expect(Masked(Normal(0, 1).iid(3), mask()).gradients).toEqual(["reparameterized"])
      expect(Masked(Bernoulli({ logits: 0 }).iid(3), mask()).gradients).toEqual([])
    })
  })

  it("of other numbers than 0 and 1 leaves no density, whose loss is refused", () => {
    const at = (...mask: ReadonlyArray<number>): number =>
      scalar(() => {
        const three = Masked(Normal(0, 1).iid(3), Tensor.of([3], tf.tensor1d([...mask])))
        return three.logProb(tf.zeros([3]))
      })
    expect(at(1, 0, 1)).toBeCloseTo(-Math.log(2 * Math.PI), 6)
    for (const mask of [
      [1, 0.5, 1],
      [1, 0, 2],
      [-1, 0, 1]
    ] as const)
      expect(at(...mask), String(mask)).toBe(Number.NEGATIVE_INFINITY)
    expect(at(Number.NaN, 1, 1)).toBeNaN()
  })

  it("of another shape than the events is refused", () => {
    tf.tidy(() => {
      expect(() => Masked(Normal(0, 1).iid(2), mask())).toThrow(ShapeMismatch)
      expect(() => Masked(OneHotCategorical({ logits: mask() }), mask())).toThrow(ShapeMismatch)
    })
  })

  it("over both sides of a divergence leaves the divergence of the events that count", () => {
    const [kl, estimates] = [
      scalar(() => {
        const one = mask()
        return klDivergence(Masked(Normal(1, 1).iid(3), one), Masked(Normal(0, 2).iid(3), one))
      }),
      Array.from({ length: 100 }, (_, lane) =>
        scalar(() => {
          const one = mask()
          const [q, p] = [Masked(Normal(1, 1).iid(3), one), Masked(Normal(0, 2).iid(3), one)]
          return klMonteCarlo(q, p, { ...Key.of(1), lane }, 100)
        })
      )
    ]
    expect(kl).toBeCloseTo(2 * (Math.log(2) + 2 / 8 - 0.5), 5)
    expect(Math.abs(mean(estimates) - kl)).toBeLessThan(z * standardError(estimates))
  })

  it("that is not the same on both sides has no closed form", () => {
    tf.tidy(() => {
      expect(() => klDivergence(Masked(Normal(1, 1).iid(3), mask()), Masked(Normal(0, 2).iid(3), mask()))).toThrow(
        "no closed form"
      )
    })
  })
})
