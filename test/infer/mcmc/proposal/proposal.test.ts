import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../../src/dist/Beta.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Delta } from "../../../../src/dist/Delta.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { DataFormat, GuideMismatch, InvalidOption } from "../../../../src/Errors.ts"
import { numbersOf } from "../../../../src/infer/mcmc/chainNumbers.ts"
import { independenceChain } from "../../../../src/infer/mcmc/proposal/independenceChain.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { Optimizer } from "../../../../src/infer/step/Optimizer.ts"
import { Net } from "../../../../src/model/net/index.ts"
import { param } from "../../../../src/model/Param.ts"
import { deterministic, enumerate, observe, plate, sample } from "../../../../src/model/Site.ts"
import { add, mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

/** A fit that leaves the guide where it begins. */
const still = { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) } as const
const scalar = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
const logNormal = (x: number, mean: number, variance: number): number =>
  -((x - mean) ** 2) / (2 * variance) - Math.log(2 * Math.PI * variance) / 2
const logGamma = (n: number): number => {
  let sum = 0
  for (let k = 2; k < n; k++) sum += Math.log(k)
  return sum
}
const average = (xs: ArrayLike<number>): number => Array.from(xs).reduce((sum, x) => sum + x, 0) / xs.length

describe("a chain of independent proposals", () => {
  test("stays at each of three values as often as its probability says, which the proposals do not", () => {
    const p = [0.5, 0.3, 0.2]
    const q = [0.2, 0.2, 0.6]
    const { uniform } = numbersOf(3, 0)
    const values = Array.from({ length: 40_001 }, () => {
      const u = uniform()
      return u < 0.2 ? 0 : u < 0.4 ? 1 : 2
    })
    const logWeights = Float64Array.from(values, (value) => Math.log((p[value] ?? 0) / (q[value] ?? 1)))
    const { at, acceptance } = independenceChain(logWeights, numbersOf(4, 0))
    // by Liu (1996) a chain with the largest weight 2.5 forgets a part of at least 1 / 2.5 of the past with each transition
    const effective = at.length / (2 * 2.5)
    for (const [value, probability] of p.entries()) {
      const share = average(Array.from(at, (i) => (values[i] === value ? 1 : 0)))
      const error = Math.sqrt((probability * (1 - probability)) / effective)
      expect(Math.abs(share - probability) / error).toBeLessThan(4)
      expect(Math.abs(share - (q[value] ?? 0)) / error).toBeGreaterThan(4)
    }
    // Σ p(x) q(y) min(1, w(y) / w(x))
    const expected = p.reduce(
      (sum, px, x) =>
        sum + q.reduce((inner, qy, y) => inner + px * qy * Math.min(1, (p[y] ?? 0) / qy / (px / (q[x] ?? 1))), 0),
      0
    )
    expect(Math.abs(average(acceptance) - expected)).toBeLessThan(0.02)
  })

  test("leaves a beginning of no weight at once, and never goes to one", () => {
    const none = Number.NEGATIVE_INFINITY
    const { at, acceptance } = independenceChain(Float64Array.of(none, none, 0, none, none), { uniform: () => 0.5 })
    expect([...at]).toEqual([1, 2, 2, 2])
    expect([...acceptance]).toEqual([1, 1, 0, 0])
  })
})

describe("conjugate posteriors", () => {
  const conjugate = program(function* () {
    const mu = yield* sample("mu", Normal(0, 2))
    const rate = yield* sample("rate", Gamma(2, 1))
    const chance = yield* sample("chance", Beta(2, 3))
    yield* deterministic("twice", mul(2, mu))
    yield* plate("people", () => observe("y", Normal(mu, 1)))
    yield* plate("counts", () => observe("n", Poisson({ rate })))
    yield* plate("coins", () => observe("heads", Bernoulli({ probs: chance })))
  }).guide(() => ({ mu: Normal(param("loc", 0.6), 0.8), rate: Gamma(8, 3), chance: Beta(4, 4) }))
  const data = {
    people: { y: Dataset.of([1, 3], []) },
    counts: { n: Dataset.of([3, 1, 4], [], "natural") },
    coins: { heads: Dataset.of([1, 1, 0, 1], [], "boolean") }
  }
  // y ~ N(0, I + 4 11ᵀ), Γ(10) 4^−10 / (3! 1! 4!), B(5, 4) / B(2, 3)
  const evidence =
    -Math.log(2 * Math.PI) -
    Math.log(9) / 2 -
    (10 - (4 / 9) * 16) / 2 +
    (logGamma(10) - 10 * Math.log(4) - Math.log(6 * 24)) +
    (logGamma(5) + logGamma(4) - logGamma(9) - (logGamma(2) + logGamma(3) - logGamma(5)))
  // mean and variance of mu ~ N(16/9, 4/9), rate ~ Gamma(10, 4), chance ~ Beta(5, 4)
  const exact = { mu: [16 / 9, 4 / 9], rate: [10 / 4, 10 / 16], chance: [5 / 9, 20 / 810] } as const

  test("are what the chains draw, whose guide is elsewhere", async () => {
    const fitted = await run(conjugate.fit(data, still), onnx)
    const sampled = await run(fitted.metropolis(data, { draws: 1200, seed: 2 }), onnx)
    for (const site of ["mu", "rate", "chance"] as const) {
      const [mean, variance] = exact[site]
      expect(Math.abs(zOf(sampled.draws[site], 4, (x) => x, mean))).toBeLessThan(4)
      expect(Math.abs(zOf(sampled.draws[site], 4, (x) => (x - mean) ** 2, variance))).toBeLessThan(4)
    }
    // the guide's own mean is not right
    expect(Math.abs(zOf(sampled.draws.mu, 4, (x) => x, 0.6))).toBeGreaterThan(10)
    expect(sampled.draws.twice.values).toEqual(sampled.draws.mu.values.map((x) => 2 * x))
    expect(sampled.acceptance.every((x) => x > 0.2 && x < 0.6)).toBe(true)
    const { mean, error } = sampled.logEvidence
    expect(error).toBeLessThan(0.05)
    expect(Math.abs(mean - evidence) / error).toBeLessThan(4)
    expect(sampled.summary().rows.map(({ name }) => name)).toEqual(["mu", "rate", "chance", "twice"])
    expect(`${sampled}`).toContain("4 chains of 1200 draws")
  })

  test("are what importance resampling draws, with the evidence", async () => {
    const fitted = await run(conjugate.fit(data, still), onnx)
    const drawn = await run(fitted.importance(data, { draws: 400, proposals: 3000 }), onnx)
    for (const site of ["mu", "rate", "chance"] as const) {
      const [mean, variance] = exact[site]
      expect(drawn.draws[site].size).toBe(400)
      expect(Math.abs(average(drawn.draws[site].values) - mean) / Math.sqrt(variance / 200)).toBeLessThan(4)
    }
    const { mean, error } = drawn.logEvidence
    expect(Math.abs(mean - evidence) / error).toBeLessThan(4)
    expect(drawn.k).toBeLessThan(0.7)
    expect(drawn.effective).toBeLessThan(2500)
    expect([drawn.advice, drawn.proposals]).toEqual([[], 3000])
  })

  test("have predictions and likelihoods of each draw", async () => {
    const fitted = await run(conjugate.fit(data, still), cpu)
    const sampled = await run(fitted.metropolis(data, { chains: 1, warmup: 5, draws: 40 }), cpu)
    const { mu } = sampled.draws
    const likelihood = await run(sampled.logLikelihood(), cpu)
    expect(likelihood.people.y.shape).toEqual([40, 2])
    for (const i of [0, 17, 39])
      expect(likelihood.people.y.values[2 * i]).toBeCloseTo(logNormal(1, mu.values[i] ?? 0, 1), 4)
    const inputs = { people: 500, counts: 1, coins: 1 }
    const predicted = await run(sampled.predict(inputs, { seed: 5 }), cpu)
    for (const i of [0, 17, 39]) {
      const rows = predicted.people.y.values.slice(500 * i, 500 * (i + 1))
      expect(Math.abs(average(rows) - (mu.values[i] ?? 0)) * Math.sqrt(500)).toBeLessThan(4)
    }
  })
})

test("discrete sites that the guide draws, and one that the model sums out, have their posterior by enumeration", async () => {
  const priorOf = [0.2, 0.5, 0.3]
  const mixed = program(function* () {
    const which = yield* sample("which", Categorical({ probs: Tensor.of([3], tf.tensor1d(priorOf)) }))
    const flag = yield* enumerate("flag", Bernoulli({ probs: 0.4 }))
    yield* observe("x", Normal(add(which, mul(0.8, flag)), 0.7))
  }).guide(() => ({ which: Categorical({ probs: Tensor.of([3], tf.tensor1d([0.3, 0.3, 0.4])) }) }))
  const data = { x: scalar(1.4) }
  const joint = priorOf.map((p, which) =>
    [0.6, 0.4].map((f, flag) => p * f * Math.exp(logNormal(1.4, which + 0.8 * flag, 0.49)))
  )
  const evidence = joint.flat().reduce((sum, x) => sum + x, 0)
  const fitted = await run(mixed.fit(data, still), onnx)
  const sampled = await run(fitted.metropolis(data, { draws: 1000 }), onnx)
  for (const [which, row] of joint.entries()) {
    const p = row.reduce((sum, x) => sum + x, 0) / evidence
    expect(Math.abs(zOf(sampled.draws.which, 4, (x) => (x === which ? 1 : 0), p))).toBeLessThan(4)
  }
  const flagged = joint.reduce((sum, row) => sum + (row[1] ?? 0), 0) / evidence
  expect(Math.abs(zOf(sampled.draws.flag, 4, (x) => x, flagged))).toBeLessThan(4)
  expect(Math.abs(sampled.logEvidence.mean - Math.log(evidence)) / sampled.logEvidence.error).toBeLessThan(4)
})

describe("sites in a plate", () => {
  const y = [-1, 0.5, 2, 4]
  const data = { rows: { y: Dataset.of(y, []) } }
  const [scale, noise] = [1.5, 0.5]

  test("have a chain and weights for each row, under fitted parameters of the model", async () => {
    const amortised = program(function* () {
      const noise = param.positive("noise", 0.5)
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(0, scale))
        yield* observe("y", Normal(z, noise))
      })
    }).guide(() => ({ rows: (row) => ({ z: Normal(mul(0.8, row.y), 0.7) }) }))
    const fitted = await run(amortised.fit(data, still), onnx)
    const sampled = await run(fitted.metropolis(data, { draws: 1000 }), onnx)
    const { z } = sampled.draws.rows
    expect(z.shape).toEqual([4000, 4])
    const variance = 1 / (1 / scale ** 2 + 1 / noise ** 2)
    for (const [row, value] of y.entries()) {
      const values = z.values.filter((_, i) => i % 4 === row)
      const own = { ...z, values, size: 4000 }
      const mean = (variance * value) / noise ** 2
      expect(Math.abs(zOf(own, 4, (x) => x, mean))).toBeLessThan(4)
      expect(Math.abs(zOf(own, 4, (x) => (x - mean) ** 2, variance))).toBeLessThan(4)
    }
    const exact = y.reduce((sum, x) => sum + logNormal(x, 0, scale ** 2 + noise ** 2), 0)
    const { mean, error } = sampled.logEvidence
    expect(error).toBeLessThan(0.1)
    expect(Math.abs(mean - exact) / error).toBeLessThan(4)
  })

  test("beside sites outside of it are weighed together, with per-row parameters of the guide", async () => {
    const nested = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("y", Normal(z, 1))
      })
    }).autoGuide()
    const options = { epochs: 300, learningRate: 0.05, progress: false } as const
    const fitted = await run(nested.fit(data, options), onnx)
    const sampled = await run(fitted.metropolis(data, { draws: 1500 }), onnx)
    // y | mu ~ N(mu, 2)
    const precision = 1 + y.length / 2
    const mean = y.reduce((sum, x) => sum + x, 0) / 2 / precision
    expect(Math.abs(zOf(sampled.draws.mu, 4, (x) => x, mean))).toBeLessThan(4)
    expect(Math.abs(zOf(sampled.draws.mu, 4, (x) => (x - mean) ** 2, 1 / precision))).toBeLessThan(4)
    expect(sampled.draws.rows.z.shape).toEqual([6000, 4])
    await expect(run(fitted.metropolis({ rows: { y: Dataset.of([1], []) } }), cpu)).rejects.toBeInstanceOf(DataFormat)
  })

  test("may be read by a net of the model beside one of the guide, which keep their weights", async () => {
    const [encoder, decoder] = [Net.mlp([1, 1]), Net.mlp([1, 1])]
    const nets = program(function* () {
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(0, 1).iid(1))
        yield* observe("y", Normal(decoder(z), 0.5))
      })
    }).guide(() => ({ rows: (row) => ({ z: Normal(encoder(row.y), 1) }) }))
    const rows = { rows: { y: Dataset.of(y, [1]) } }
    const fitted = await run(nets.fit(rows, still), cpu)
    const [weights, bias] = ["mlp2.0.weight", "mlp2.0.bias"].map((name) => fitted.parameter(name)[0] ?? Number.NaN)
    const sampled = await run(fitted.metropolis(rows, { draws: 500 }), cpu)
    const { z } = sampled.draws.rows
    for (const [row, value] of y.entries()) {
      const own = { ...z, values: z.values.filter((_, i) => i % 4 === row), size: 2000 }
      const mean = ((weights ?? 0) * (value - (bias ?? 0))) / 0.25 / (1 + (weights ?? 0) ** 2 / 0.25)
      expect(Math.abs(zOf(own, 4, (x) => x, mean))).toBeLessThan(4)
      // with the weights of the encoder it would be elsewhere
      const [other, shift] = ["mlp.0.weight", "mlp.0.bias"].map((name) => fitted.parameter(name)[0] ?? Number.NaN)
      const wrong = ((other ?? 0) * (value - (shift ?? 0))) / 0.25 / (1 + (other ?? 0) ** 2 / 0.25)
      expect(Math.abs(zOf(own, 4, (x) => x, wrong))).toBeGreaterThan(4)
    }
  })
})

describe("a guide is refused as a proposal", () => {
  const single = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* observe("y", Normal(mu, 1))
  })
  const y = scalar(1)

  test("where it is a point", async () => {
    const fitted = await run(single.guide(() => ({ mu: Delta(param("at", 0.5)) })).fit({ y }, still), cpu)
    expect((await failure(fitted.metropolis({ y }))).message).toContain("the guide is a point")
  })

  test("where none of its draws is possible", async () => {
    const guided = single.guide(() => ({ mu: Normal(0.5, 1) }))
    const fitted = await run(guided.fit({ y }, still), cpu)
    const error = await failure(fitted.metropolis({ y: scalar(1e30) }, { chains: 1, draws: 4 }))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("at none of the 105 draws from the guide")
  })

  test("for sites in plates inside of plates", async () => {
    const nested = program(function* () {
      yield* plate("outer", function* () {
        yield* plate("inner", function* () {
          const z = yield* sample("z", Normal(0, 1))
          yield* observe("y", Normal(z, 1))
        })
      })
    }).guide(() => ({ outer: () => ({ inner: () => ({ z: Normal(0, 1) }) }) }))
    const data = { outer: 2, inner: { y: Dataset.of([1, 2], []) } }
    const fitted = await run(nested.fit(data as never, still), cpu)
    const error = await failure(fitted.metropolis(data as never))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("stands in the plates [outer, inner]")
  })

  test.each([
    ["chains", { chains: 0 }],
    ["draws", { draws: 3 }],
    ["warmup", { warmup: -1 }],
    ["targetAccept", { targetAccept: 0.5 }]
  ] as const)("with a wrong %s", async (option, options) => {
    const fitted = await run(single.guide(() => ({ mu: Normal(0.5, 1) })).fit({ y }, still), cpu)
    const error = await failure(fitted.metropolis({ y }, options as never))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ option })
  })

  test("where it gave no draw a weight that can be trusted, which is said", async () => {
    const narrow = single.guide(() => ({ mu: Normal(0.5, 0.05) }))
    const fitted = await run(narrow.fit({ y }, still), cpu)
    const drawn = await run(fitted.importance({ y }, { draws: 100 }), cpu)
    expect(drawn.k).toBeGreaterThan(0.7)
    expect(`${drawn}`).toContain("are not reliable")
  })
})
