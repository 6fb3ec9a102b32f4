import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Beta } from "../../src/dist/Beta.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Truncated } from "../../src/dist/combine/Truncated.ts"
import { type Dist, hasPath } from "../../src/dist/Dist.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { Flow } from "../../src/dist/flow/index.ts"
import { Gamma } from "../../src/dist/Gamma.ts"
import { Laplace } from "../../src/dist/Laplace.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { rangeOfDraws } from "../../src/dist/rangeOfDraws.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { VonMises } from "../../src/dist/VonMises.ts"
import { ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { type Shape, Tensor } from "../../src/tensor/Tensor.ts"
import { ksDistance, mean, standardError } from "../support/goodnessOfFit.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"
import { ks, z } from "./laws/chance.ts"
import { tidied } from "./laws/evaluate.ts"

useCpu()

/** float32: half a unit in the last place. */
const eps = 2 ** -24
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround)
const vector = (...values: ReadonlyArray<number>) => Tensor.of([values.length], tf.tensor1d([...values]))
const logProb = (dist: Dist, x: number): number => scalar(() => dist.logProb(tf.scalar(x)))
const draws = (dist: Dist, n: number): ReadonlyArray<number> => [...compute(() => dist.iid(n).sample(Key.of(5))).values]
const logNormalDensity = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)

describe("a transformed distribution", () => {
  it("of a normal by exp is LogNormal: density, draws, and the gradient of a draw", () => {
    fc.assert(
      fc.property(number(-2, 2), number(0.3, 3), number(0.01, 20), (loc, scale, x) => {
        const [actual, expected] = [Transformed(Normal(loc, scale), Transform.exp), LogNormal(loc, scale)]
        const size = ((Math.log(x) - loc) / scale) ** 2 + Math.abs(Math.log(x)) + Math.abs(Math.log(scale)) + 2
        expect(Math.abs(logProb(actual, x) - logProb(expected, x))).toBeLessThanOrEqual(
          8 * eps * size * (1 + 2 / scale)
        )
        expect(draws(actual, 20)).toEqual(draws(expected, 20))
      }),
      { seed: 2026, numRuns: 100 }
    )
    // d exp(loc + scale·ε)/d loc is the draw itself
    const draw = scalar(() => LogNormal(0.5, 2).sample(Key.of(1)))
    const slope = scalar(() =>
      tf.grad((loc) => Transformed(Normal(Tensor.of([], loc), 2), Transform.exp).sample(Key.of(1)))(tf.scalar(0.5))
    )
    expect(Math.abs(slope - draw)).toBeLessThanOrEqual(4 * eps * draw)
  })

  it("of a normal by sigmoid is the logit-normal law, log p(y) = log N(logit y) − log y(1 − y)", () => {
    fc.assert(
      fc.property(number(-2, 2), number(0.3, 3), number(0.01, 0.99), (loc, scale, y) => {
        const log = Math.log(y / (1 - y))
        const expected = logNormalDensity(log, loc, scale) - Math.log(y * (1 - y))
        const size = ((log - loc) / scale) ** 2 + Math.abs(log) + 6
        const actual = logProb(Transformed(Normal(loc, scale), Transform.sigmoid), y)
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(8 * eps * size * (1 + 2 / scale))
      }),
      { seed: 2026, numRuns: 100 }
    )
  })

  it("of a standard normal by an affine map is the normal of that location and scale, in every form that both have", () => {
    fc.assert(
      fc.property(number(-2, 2), number(0.3, 3), number(-5, 5), (loc, scale, x) => {
        const [actual, expected] = [Transformed(Normal(0, 1), Transform.affine(loc, scale)), Normal(loc, scale)]
        const size = 1 + ((x - loc) / scale) ** 2 + Math.abs(x / scale) + Math.abs(Math.log(scale))
        expect(Math.abs(logProb(actual, x) - logProb(expected, x))).toBeLessThanOrEqual(16 * eps * size)
        for (const form of ["mean", "variance", "entropy", "mode"] as const) {
          const [a, b] = [scalar(() => actual[form]()), scalar(() => expected[form]())]
          expect(Math.abs(a - b)).toBeLessThanOrEqual(8 * eps * (1 + Math.abs(b)))
        }
        expect(draws(actual, 20)).toEqual(draws(expected, 20))
      }),
      { seed: 2026, numRuns: 50 }
    )
  })

  it("has the cdf and the quantiles of its base where numbers go to numbers, turned round where they fall", () => {
    const squared = Transformed(Exponential(2), Transform.power(0.5))
    const inverted = Transformed(Exponential(2), Transform.power(-1))
    const laplace = Transformed(Laplace(0, 1), Transform.sigmoid)
    for (const y of [0.1, 0.4, 0.7, 0.95]) {
      // P(√X ≤ y) = 1 − e^(−2y²): Rayleigh; P(1/X ≤ y) = e^(−2/y)
      expect(scalar(() => squared.cdf(tf.scalar(y)))).toBeCloseTo(-Math.expm1(-2 * y * y), 6)
      expect(scalar(() => inverted.cdf(tf.scalar(y)))).toBeCloseTo(Math.exp(-2 / y), 6)
      for (const dist of [squared, inverted, laplace])
        expect(scalar(() => dist.cdf(dist.icdf(tf.scalar(y))))).toBeCloseTo(y, 5)
    }
    expect(scalar(() => laplace.icdf(tf.scalar(0.25)))).toBeCloseTo(1 / (1 + 2), 6)
    expect(squared).not.toHaveProperty("entropy")
    expect(Transformed(Laplace(0, 1).iid(3), Transform.ordered)).not.toHaveProperty("cdf")
  })

  it("draws what its density and its cdf say", () => {
    const dist = Transformed(Laplace(0.5, 1), Transform.chain(Transform.sigmoid, Transform.affine(2, 3)))
    const below = (y: number): number => scalar(() => dist.cdf(tf.scalar(y)))
    expect(ksDistance(draws(dist, 2000), below)).toBeLessThan(ks)
    expect(dist.support).toBe("interval")
  })

  it("has mean and variance where the transform is affine, and NaN elsewhere", () => {
    tf.tidy(() => {
      const affine = Transform.chain(
        Transform.affine(vector(0, 1, 2), vector(1, 2, 3)),
        Transform.permute([2, 0, 1]),
        Transform.reshape([3], [3, 1])
      )
      const dist = Transformed(Normal(vector(1, 2, 3), vector(1, 0.5, 2)), affine)
      expect(dist.mean().arraySync()).toEqual([[11], [1], [5]])
      expect(dist.variance().arraySync()).toEqual([[36], [1], [1]])
      expect(dist.iid(2).mean().shape).toEqual([2, 3, 1])
      expect(dist.iid(2).variance().arraySync()).toEqual([
        [[36], [1], [1]],
        [[36], [1], [1]]
      ])
      const bent = Transformed(Normal(0, 1), Transform.exp)
      expect([bent.mean().dataSync()[0], bent.variance().dataSync()[0]]).toEqual([Number.NaN, Number.NaN])
    })
  })

  it("gives a draw and its log density together as it gives them separately, without the inverse", () => {
    const count = { inverse: 0 }
    const counted: typeof Transform.softplus = {
      ...Transform.softplus,
      inverseAndLogDet: (y) => {
        count.inverse++
        return Transform.softplus.inverseAndLogDet(y)
      }
    }
    tf.tidy(() => {
      const dist = Transformed(Normal(0, 2).iid(4), counted)
      const { value, logProb } = dist.sampleAndLogProb(Key.of(3))
      expect(count.inverse).toBe(0)
      expect([value.shape, logProb.shape]).toEqual([[4], []])
      expect(value.dataSync()).toEqual(dist.sample(Key.of(3)).dataSync())
      const alone = dist.logProb(value).dataSync()[0] as number
      expect(count.inverse).toBe(1)
      expect(Math.abs((logProb.dataSync()[0] as number) - alone)).toBeLessThanOrEqual(256 * eps * (1 + Math.abs(alone)))
    })
  })

  it("has independent copies whose log density is the sum, and whose draws are the copies' draws", () => {
    tf.tidy(() => {
      const one = Transformed(Normal(0, 1).iid(2), Transform.stickBreaking)
      const many = one.iid(3).iid(2)
      expect([many.shape, many.eventRank, one.eventRank]).toEqual([[2, 3, 3], 1, 1])
      const value = many.sample(Key.of(1))
      const parts = tf.unstack(tf.reshape(value, [6, 3])).map((x) => one.logProb(x).dataSync()[0] as number)
      const total = many.logProb(value).dataSync()[0] as number
      expect(Math.abs(total - parts.reduce((sum, x) => sum + x, 0))).toBeLessThan(64 * eps * (1 + Math.abs(total)))
      expect(many.logDensity(value).shape).toEqual([2, 3])
      expect([...one.iid(6).sample(Key.of(1)).dataSync()]).toEqual([...value.dataSync()])
    })
  })

  it("of vectors that go to matrices has events that are matrices, and of vector events by numbers keeps vectors", () => {
    tf.tidy(() => {
      const matrix = Transformed(Normal(0, 1).iid(3), Transform.lowerCholesky)
      expect([matrix.shape, matrix.eventRank, matrix.support]).toEqual([[2, 2], 2, "lowerCholesky"])
      const shares = Transformed(Normal(0, 1).iid(2), Transform.stickBreaking)
      const reals = Transformed(shares, Transform.inverse(Transform.softmaxCentred))
      expect([reals.shape, reals.eventRank, reals.support]).toEqual([[2], 1, "real"])
      const shifted = Transformed(reals, Transform.affine(0, 2)).iid(4)
      expect(shifted.logDensity(shifted.sample(Key.of(1))).shape).toEqual([4])
    })
  })

  it("has density 0 outside of what the transform gives, with a finite gradient", () => {
    const outside: ReadonlyArray<readonly [Dist, ReadonlyArray<number>]> = [
      [Transformed(Normal(0, 1), Transform.exp), [0, -1, -1e9]],
      [Transformed(Normal(0, 1), Transform.softplus), [0, -1]],
      [Transformed(Normal(0, 1), Transform.sigmoid), [-0.1, 1.1]],
      [Transformed(Normal(0, 1), Transform.tanh), [-1.5, 7]],
      [Transformed(Normal(0, 1), Transform.chain(Transform.sigmoid, Transform.affine(2, 3))), [1, 5.5]],
      [Transformed(LogNormal(0, 1), Transform.power(-2)), [0, -3]]
    ]
    for (const [dist, points] of outside) {
      for (const y of points) {
        expect([dist.family, y, logProb(dist, y)]).toEqual([dist.family, y, -Infinity])
        expect(scalar(() => tf.grad((at) => dist.logProb(at))(tf.scalar(y)))).toSatisfy(Number.isFinite)
      }
    }
  })

  it("is finite at draws that were rounded to an end", () => {
    for (const dist of [Transformed(Normal(0, 1), Transform.sigmoid), Transformed(Normal(0, 1), Transform.tanh)])
      expect(logProb(dist, 1)).toSatisfy(Number.isFinite)
  })

  it("keeps the gradients of its base, but for the sum over values", () => {
    tf.tidy(() => {
      expect(Transformed(Normal(0, 1), Transform.exp).gradients).toEqual(["reparameterized", "score"])
      expect(Transformed(Normal(0, 1), Transform.exp).constraints).toEqual(Normal(0, 1).constraints)
    })
  })

  it("of a transformed distribution is the base by a chain", () => {
    const twice = Transformed(Transformed(Normal(0, 1), Transform.exp), Transform.affine(0, 2))
    expect(twice.family).toBe("Normal → exp → affine(…)")
    expect(twice).toMatchObject({ base: { family: "Normal" }, support: "interval" })
    expect(logProb(twice, 3)).toBeCloseTo(logProb(LogNormal(0, 1), 1.5) - Math.log(2), 5)
  })

  it("goes back by the inverse of a chain to what it was, supports included", () => {
    const bend = Transform.chain(Transform.sigmoid, Transform.affine(2, 3))
    const back = Transformed(Transformed(Normal(0.5, 2), bend), Transform.inverse(bend))
    expect([back.support, Transformed(back, Transform.exp).support]).toEqual(["real", "positive"])
    expect(Math.abs(logProb(back, 1) - logProb(Normal(0.5, 2), 1))).toBeLessThan(1e-5)
  })

  it("takes what lies inside of the transform's domain to the numbers between two ends", () => {
    expect(Transformed(Exponential(1), Transform.affine(1, 2)).support).toBe("interval")
    expect(Transformed(Exponential(1), Transform.log).support).toBe("real")
    expect(logProb(Transformed(Exponential(1), Transform.affine(1, 2)), 3)).toBeCloseTo(-1 - Math.log(2), 6)
  })

  it("has a score function only where its support does not move with the transform's parameters", () => {
    const { affine, chain, exp, inverse, sigmoid, stickBreaking, power } = Transform
    const [exponential, normal] = [() => Exponential(1.5), () => Normal(0, 1)]
    const [a, b] = [() => Tensor.of([], tf.scalar(0.5)), () => Tensor.of([], tf.scalar(2))]
    const scored = (make: () => Dist): boolean => tidied(() => make().gradients.includes("score"))
    const still: ReadonlyArray<() => Dist> = [
      () => Transformed(normal(), affine(a(), b())),
      () => Transformed(normal(), chain(affine(a(), 1), exp)),
      () => Transformed(Transformed(normal(), affine(a(), 1)), sigmoid),
      () => Transformed(exponential(), affine(0.5, 2)),
      () => Transformed(exponential(), chain(power(-1), affine(1, 2))),
      () => Transformed(exponential(), chain(Transform.log, affine(a(), b()))),
      () => Transformed(Beta(2, 3), chain(inverse(sigmoid), affine(a(), b()), sigmoid)),
      () => Transformed(normal().iid(2), stickBreaking)
    ]
    const moving: ReadonlyArray<() => Dist> = [
      () => Transformed(exponential(), affine(a(), 1)),
      () => Transformed(exponential(), affine(0, b())),
      () => Transformed(normal(), chain(exp, affine(a(), 1))),
      () => Transformed(normal(), chain(exp, affine(a(), 1), exp)),
      () => Transformed(Transformed(normal(), sigmoid), affine(0, b())),
      () => Transformed(Transformed(normal(), chain(sigmoid, affine(a(), b()))), affine(1, 2)),
      () => Transformed(Truncated(normal(), -1, 1), affine(a(), 1)),
      () =>
        Transformed(
          Mixture({ logits: Tensor.of([2], tf.zeros([2])) }, [Truncated(normal(), -1, 1), Truncated(normal(), -2, 1)]),
          affine(a(), 1)
        ),
      () => Transformed(Beta(2, 3), Flow.spline(tf.zeros([5]), { bound: 2 }))
    ]
    expect(still.map(scored)).toEqual(still.map(() => true))
    expect(moving.map(scored)).toEqual(moving.map(() => false))
    for (const make of moving) expect(tidied(() => hasPath(make().gradients))).toBe(true)
  })

  it("says the same of its score function as its type", () => {
    type Gradients<D extends Dist> = D["gradients"][number]
    const point = tidied(() => Tensor.of([], tf.scalar(0)))
    const still = Transformed(Exponential(1.5), Transform.affine(1, 2))
    const moving = () => Transformed(Exponential(1.5), Transform.affine(point, 1))
    const chained = () => Transformed(Normal(0, 1), Transform.chain(Transform.exp, Transform.affine(point, 1)))
    const turned = Transformed(VonMises(0, 1), Transform.affine(0, 0.5))
    const score: Gradients<typeof still> = "score"
    const path: Gradients<ReturnType<typeof moving>> = "reparameterized"
    const chainedPath: Gradients<ReturnType<typeof chained>> = "reparameterized"
    const turnedScore: Gradients<typeof turned> = "score"
    expect(still.gradients).toContain(score)
    tf.tidy(() => {
      expect(moving().gradients).toEqual([path])
      expect(chained().gradients).toEqual([chainedPath])
    })
    expect(turned.gradients).toEqual([turnedScore])
    // @ts-expect-error the type leaves out what is left out at run time
    const wrong: Gradients<ReturnType<typeof moving>> = "score"
    // @ts-expect-error
    const wrongChain: Gradients<ReturnType<typeof chained>> = "score"
    // @ts-expect-error
    const wrongPath: Gradients<typeof turned> = "implicit"
    expect([wrong, wrongChain, wrongPath]).toHaveLength(3)
  })

  it("draws where the transform leads the range of its base, of numbers both ways", () => {
    const { affine, chain, exp, inverse, power, sigmoid, tanh, angle, softplus, log } = Transform
    const ranges: ReadonlyArray<readonly [Dist, number, number]> = [
      [Transformed(Normal(0, 1), exp), 0, Infinity],
      [Transformed(Normal(0, 1), softplus), 0, Infinity],
      [Transformed(Normal(0, 1), tanh), -1, 1],
      [Transformed(Normal(0, 1), angle), -Math.PI, Math.PI],
      [Transformed(Normal(0, 1), chain(sigmoid, affine(2, 3))), 2, 5],
      [Transformed(Exponential(1), affine(1, 2)), 1, Infinity],
      [Transformed(Exponential(1), log), -Infinity, Infinity],
      [Transformed(Beta(2, 3), power(-1)), 1, Infinity],
      [Transformed(Beta(2, 3), chain(affine(1, 1), exp)), Math.E, Math.exp(2)],
      [Transformed(Gamma(2, 3), inverse(softplus)), -Infinity, Infinity]
    ]
    for (const [dist, low, high] of ranges) {
      const range = rangeOfDraws(dist)
      expect([range.low, range.high, range.lowOpen, range.highOpen], dist.family).toEqual([low, high, true, true])
      for (const x of draws(dist, 200)) {
        expect(x).toBeGreaterThanOrEqual(low)
        expect(x).toBeLessThanOrEqual(Math.fround(high))
      }
    }
    for (const { ofNumbers, forward } of [
      exp,
      softplus,
      tanh,
      angle,
      sigmoid,
      power(1.5),
      affine(1, 2),
      chain(exp, power(-1))
    ]) {
      for (const x of [0.2, 0.7, 1.9]) {
        const y = scalar(() => forward(tf.scalar(x)))
        expect(Math.abs(ofNumbers.forward(x) - y)).toBeLessThan(1e-6 * (1 + Math.abs(y)))
        expect(Math.abs(ofNumbers.inverse(ofNumbers.forward(x)) - x)).toBeLessThan(1e-9)
      }
    }
  })

  it("refuses a transform that is not defined on what the base draws, and shapes that do not go together", () => {
    tf.tidy(() => {
      // the compiler refuses these, too
      const untyped = Transformed as unknown as (base: Dist, transform: Transform) => Dist
      expect(() => untyped(Normal(0, 1), Transform.log)).toThrow(
        "site 'log' has support 'positive', but Normal has the support 'real'."
      )
      expect(() => untyped(Bernoulli({ logits: 0 }), Transform.exp)).toThrow(SupportViolation)
      expect(() => untyped(Normal(0, 1), Transform.stickBreaking)).toThrow(ShapeMismatch)
      expect(() => untyped(Normal(0, 1).iid(4), Transform.lowerCholesky)).toThrow(
        "lowerCholesky: expected shape [6], got [4]."
      )
      expect(() => untyped(Normal(0, 1).iid(2), Transform.affine(vector(1, 2, 3), 1))).toThrow(
        "affine(…): expected shape [3], got [2]. The last dimensions of a value must be those of the transform's parameters."
      )
      const chain = Transform.chain as unknown as (...parts: ReadonlyArray<Transform>) => Transform
      expect(() => chain(Transform.affine(0, 1), Transform.log)).toThrow(SupportViolation)
      expect(() => Transform.permute([0, 2])).toThrow(SupportViolation)
      expect(() => Transform.power(0)).toThrow(SupportViolation)
      expect(() => Transform.reshape([4], [3])).toThrow(ShapeMismatch)
    })
  })

  it("holds no tensor before it is asked for something", () => {
    tf.tidy(() => {
      const before = tf.memory().numTensors
      Transformed(Normal(0, 1).iid(3), Transform.chain(Transform.affine(0, 2), Transform.lowerCholesky)).iid(2)
      expect(tf.memory().numTensors).toBe(before)
    })
  })

  it("has −E[log p(y)] for its entropy where the transform is affine", () => {
    const dist = Transformed(Laplace(0, 1).iid(3), Transform.affine(1, 4))
    const entropy = scalar(() => dist.entropy())
    const surprises = Array.from({ length: 400 }, (_, lane) =>
      scalar(() => tf.neg(dist.sampleAndLogProb({ ...Key.of(2), lane }).logProb))
    )
    expect(Math.abs(mean(surprises) - entropy)).toBeLessThan(z * standardError(surprises))
  })
})

describe("types", () => {
  it("say shape and support of what comes out", () => {
    tf.tidy(() => {
      const shares: Dist<readonly [3], "simplex", "reparameterized" | "score", "Normal → stickBreaking"> = Transformed(
        Normal(0, 1).iid(2),
        Transform.stickBreaking
      )
      const factor: Dist<readonly [3, 3], "lowerCholesky"> = Transformed(Normal(0, 1).iid(6), Transform.lowerCholesky)
      const page: Dist<readonly [2, 2, 3], "real"> = Transformed(
        Normal(0, 1).iid(6).iid(2),
        Transform.reshape([6], [2, 3])
      )
      const shapes: ReadonlyArray<Shape> = [shares.shape, factor.shape, page.shape]
      expect(shapes).toEqual([[3], [3, 3], [2, 2, 3]])
    })
  })
})
