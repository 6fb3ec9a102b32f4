import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Censored } from "../../src/dist/combine/Censored.ts"
import { Masked } from "../../src/dist/combine/Masked.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Truncated } from "../../src/dist/combine/Truncated.ts"
import { Dirichlet } from "../../src/dist/Dirichlet.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { Gamma } from "../../src/dist/Gamma.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { rangeOfDraws } from "../../src/dist/rangeOfDraws.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import { GuideMismatch } from "../../src/Errors.ts"
import { reparameterized } from "../../src/infer/estimator/reparameterized.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { interval } from "../../src/tensor/Interval.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { run } from "./harness.ts"
import { estimates, isUnbiased } from "./moments.ts"

/** Where a density ends inside of a mixture, the loss makes a finite jump, which a gradient through the draw does not see. */
const steps = 4000
const seed = 11
const half = 0.5 * Math.log(2 * Math.PI)
const normal = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - half
const even = { logits: Tensor.of([2], tf.zeros([2])) } as const
const evenly = (...logs: ReadonlyArray<number>): number =>
  Math.log(logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length)

/** E[cost(z)] for z = draw(m + s·e), e ~ N(0, 1), and its derivatives by m and s, which come from a grid much finer than their step. */
const slopes = (cost: (z: number, logQ: number) => number, m: number, s: number, draw = (y: number): number => y) => {
  const [cells, step] = [400_000, 0.02]
  const expected = (m: number, s: number): number => {
    const width = 18 / cells
    let sum = 0
    for (let i = 0; i < cells; i++) {
      const e = -9 + (i + 0.5) * width
      const y = m + s * e
      const slope = draw === Math.exp ? y : 0
      sum += Math.exp(-0.5 * e * e - half) * cost(draw(y), normal(y, m, s) - slope) * width
    }
    return sum
  }
  return {
    m: [(expected(m + step, s) - expected(m - step, s)) / (2 * step)],
    s: [(expected(m, s + step) - expected(m, s - step)) / (2 * step)]
  }
}

const gradientOf = (guided: { readonly fit: unknown }, data: Dataset) =>
  estimates((options) => (guided.fit as (data: Dataset, options: unknown) => never)(data, options), {
    batchSize: 1,
    particles: 16,
    seed
  })
const repeated = (x: number): Dataset => Dataset.of(new Float32Array(steps).fill(x), [])

describe("a draw that crosses the end of a component of its prior", () => {
  const [x, m, s] = [1, 0.3, 0.8]
  const prior = () => Mixture(even, [HalfNormal(1), Normal(0, 2)])
  const guided = model(prior(), (z) => Normal(z, 1)).guide(() => Normal(param("m", m), param("s", s)))

  test("has the gradient that quadrature gives, by the score function", async () => {
    const exact = slopes(
      (z, logQ) => logQ - evenly(z < 0 ? -Infinity : Math.log(2) + normal(z, 0, 1), normal(z, 0, 2)) - normal(x, z, 1),
      m,
      s
    )
    const found = await gradientOf(guided, repeated(x))
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
    expect(guided.explain().sites[0]?.gradient).toBe("score function")
  })

  test("may not be differentiated through, and a guide that has no other gradient is refused at its site", () => {
    const ask = () => guided.explain({ estimators: { z: reparameterized } })
    expect(ask).toThrow(GuideMismatch)
    expect(ask).toThrow("site 'z': a reparameterized gradient would be wrong: the path from its draw to the loss goes")
    const uniform = model(prior(), (z) => Normal(z, 1)).guide(() => Uniform(param("m", m), 2))
    expect(() => uniform.explain()).toThrow("site 'z': Uniform has no gradient that would be right here")
  })

  test("nor where the objective mixes particles, which makes a finite number of an infinite one", () => {
    const uniform = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Uniform(param("m", m), 2))
    const explain = () => uniform.explain({ objective: Objective.iwae, particles: 3 })
    expect(explain).toThrow("goes through an end of a density under an objective that mixes particles, which jumps")
    expect(explain).not.toThrow("mixture")
  })
})

test("a draw from a mixture crosses the ends of its own components: its log density jumps there", () => {
  const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() =>
    Mixture({ logits: param("logits", [2]) }, [HalfNormal(1), Normal(0, 2)])
  )
  expect(guided.explain().sites[0]).toMatchObject({
    gradient: "score function",
    because: expect.stringContaining("goes through an end of a density in a mixture, which jumps")
  })
})

describe("an end that depends on a draw", () => {
  const [x, m, s] = [0.9, -0.1, 0.5]
  const guided = model(LogNormal(0, 1), (top) => Mixture(even, [Uniform(0, top), Normal(0, 1)])).guide(() =>
    LogNormal(param("m", m), param("s", s))
  )

  test("and passes over a datum has the gradient that quadrature gives, by the score function", async () => {
    const exact = slopes(
      (top, logQ) =>
        logQ -
        (normal(Math.log(top), 0, 1) - Math.log(top)) -
        evenly(x > top ? -Infinity : -Math.log(top), normal(x, 0, 1)),
      m,
      s,
      Math.exp
    )
    const found = await gradientOf(guided, repeated(x))
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
    expect(guided.explain().sites[0]?.gradient).toBe("score function")
  })

  test("and at which observations pile up makes the loss jump as it passes them", () => {
    const piled = model(LogNormal(0, 1), (top) => Censored(Normal(0, 1), -Infinity, top)).guide(() =>
      LogNormal(param("m", m), param("s", s))
    )
    expect(piled.explain().sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("'greaterEqual', which jumps")
    })
  })

  test("and is not mixed with anything keeps its path: beyond it the loss is infinite", () => {
    for (const likelihood of [Uniform, (low: number, top: Tensor<[]>) => Truncated(Normal(0, 1), low, top)]) {
      const alone = model(LogNormal(0, 1), (top) => likelihood(0, top)).guide(() => LogNormal(param("m", 2), 0.1))
      expect(alone.explain().sites[0]?.gradient).toBe("reparameterized")
    }
  })
})

test("a draw of a transformed bounded distribution lies between the transformed bounds", () => {
  const transformed = Transformed(Uniform(-1, 1), Transform.affine(0, 3))
  expect(rangeOfDraws(Uniform(-1, 1))).toEqual(interval(-1, 1, "()"))
  expect(rangeOfDraws(transformed)).toEqual(interval(-3, 3, "()"))
  expect(rangeOfDraws(Masked(transformed.iid(2), Tensor.of([2], tf.ones([2]))))).toEqual(interval(-3, 3, "()"))
})

describe("lifetimes, each censored at a time of its own", () => {
  // d deaths in a total time of T under a Gamma(a, b) prior of the rate: the posterior is Gamma(a + d, b + T)
  const [times, limits] = [
    [0.4, 1.5, 2, 0.7, 3, 1.1],
    [1, 1.5, 2, 9, 99, 2]
  ]
  const deaths = times.filter((time, i) => time < (limits[i] ?? 0)).length
  const total = times.reduce((sum, time) => sum + time, 0)
  const survival = program(
    Effect.gen(function* () {
      const rate = yield* sample("rate", Gamma(2, 1))
      yield* plate("people", (row: { readonly limit: Tensor<readonly []> }) =>
        observe("time", Censored(Exponential(rate), 0, row.limit))
      )
    })
  ).guide(() => ({ rate: Gamma(param.positive("a", 4), param.positive("b", 4)) }))

  test("give the conjugate posterior of their rate, by a gradient through its draw", async () => {
    const data = { people: { time: Dataset.of(times, []), limit: Dataset.of(limits, []) } }
    expect(survival.explain(data).sites[0]?.gradient).toBe("implicit")
    const options = { epochs: 2000, learningRate: 0.003, particles: 32, seed: 1, progress: false } as const
    const fitted = await run(survival.fit(data, options))
    const [a = Number.NaN, b = Number.NaN] = [fitted.parameter("a")[0], fitted.parameter("b")[0]]
    // the mean of the posterior and its spread; Adam's steps of 0.003 leave the logarithms that far off
    expect(Math.abs(a / b / ((2 + deaths) / (1 + total)) - 1)).toBeLessThan(0.03)
    expect(Math.abs(a / (2 + deaths) - 1)).toBeLessThan(0.1)
  })
})

describe("a path stays where no draw crosses an end", () => {
  const path = (prior: Dist, guide: () => Dist): unknown =>
    model(prior as Dist<readonly []>, (z) => Normal(z, 1))
      .guide(guide as never)
      .explain().sites[0]?.gradient
  const positive = () => LogNormal(param("m", 0), param("s", 1))
  const inside = () => Truncated(Normal(param("m", 0), 1), -1, 1)

  test.each([
    ["a positive draw under a half of a line", HalfNormal(1), positive],
    ["a positive draw under a mixture of such halves", Mixture(even, [HalfNormal(1), Exponential(1)]), positive],
    [
      "a mixture of positive draws under a half of a line",
      HalfNormal(1),
      () => Mixture({ logits: param("logits", [2]) }, [Gamma(2, 1), Exponential(1)])
    ],
    ["a draw between numbers under a mixture that ends there", Mixture(even, [Uniform(-1, 1), Uniform(-1, 1)]), inside],
    ["a draw under a density with one end and nothing beyond", Truncated(Normal(0, 1), -2, 2), inside]
  ] as const)("%s", (_, prior, guide) => {
    expect(path(prior, guide)).toBe(guide === positive || guide === inside ? "reparameterized" : "implicit")
  })

  test("and under a mixture of densities of fractions that add up to 1", () => {
    const ones = () => Tensor.of([3], tf.tensor1d([1, 2, 3]))
    const prior = Mixture(even, [Dirichlet(ones()), Dirichlet(tf.mul(2, ones()) as Tensor<readonly [3]>)])
    const mixed = model(prior, (z) => Normal(z, 1)).guide(() => Dirichlet(param.positive("a", [3])))
    expect(mixed.explain().sites[0]?.gradient).toBe("implicit")
  })

  test("and under a mask, which takes a number or leaves it wherever it lies", () => {
    const mask = Tensor.of([2], tf.tensor1d([1, 0]))
    const masked = model(Masked(HalfNormal(1).iid(2), mask), (z) => Normal(z, 1)).guide(() => positive().iid(2))
    expect(masked.explain().sites[0]?.gradient).toBe("reparameterized")
  })
})
