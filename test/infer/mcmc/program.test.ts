import * as tf from "@tensorflow/tfjs"
import { Effect, Exit } from "effect"
import { beforeAll, describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { GuideMismatch, InvalidOption } from "../../../src/Errors.ts"
import { mixingOf } from "../../../src/infer/mcmc/diagnostics.ts"
import { program } from "../../../src/infer/program/program.ts"
import { cond } from "../../../src/model/choice.ts"
import { param } from "../../../src/model/Param.ts"
import { deterministic, enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { greater } from "../../../src/tensor/ops/compare.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../harness.ts"
import { schools, schoolsByQuadrature, schoolsData } from "./schools.ts"

const quick = { chains: 4, warmup: 150, draws: 150, progress: false } as const

/** (mean − exact) in standard errors, of one number of each draw. */
const zOf = ({ values, size }: Dataset, of: (at: (i: number) => number) => number, exact: number): number => {
  const width = values.length / size
  const all = Float64Array.from({ length: size }, (_, d) => of((i) => values[d * width + i] ?? Number.NaN))
  const chains = [0, 1, 2, 3].map((c) => all.slice((c * size) / 4, ((c + 1) * size) / 4))
  return (all.reduce((sum, x) => sum + x, 0) / size - exact) / mixingOf(chains).mcse
}

describe("posteriors in closed form", () => {
  // independent parts of one program, each with a posterior that is known
  const many = program(function* () {
    const rate = yield* sample("rate", Gamma(2, 1))
    const chance = yield* sample("chance", Beta(2, 3))
    yield* sample("parts", Dirichlet(Tensor.of([3], tf.tensor1d([1, 2, 5]))))
    yield* sample("between", Uniform(-1, 3))
    const mu = yield* sample("mu", Normal(0, 2))
    yield* deterministic("twice", mul(2, mu))
    yield* plate("counts", () => observe("n", Poisson({ rate })))
    yield* plate("coins", () => observe("heads", Bernoulli({ probs: chance })))
    yield* plate("people", function* () {
      const z = yield* sample("z", Normal(mu, 1))
      yield* observe("y", Normal(z, 1))
    })
    const which = yield* enumerate("which", Categorical({ probs: Tensor.of([2], tf.tensor1d([0.5, 0.5])) }))
    yield* observe("seen", Normal(mul(2, which), 1))
  })
  const data = {
    counts: { n: Dataset.of([3, 1, 4], [], "natural") },
    coins: { heads: Dataset.of([1, 1, 0, 1], [], "boolean") },
    people: { y: Dataset.of([1, 3], []) },
    seen: Tensor.of([], tf.scalar(1.5))
  }
  const sampling = () => run(many.nuts(data, quick), onnx)
  let sampled: Awaited<ReturnType<typeof sampling>>
  beforeAll(async () => {
    sampled = await sampling()
  }, 60_000)

  test("on the supports of Gamma, Beta, Dirichlet and Uniform", () => {
    const { rate, chance, parts, between } = sampled.draws
    const first = (at: (i: number) => number): number => at(0)
    const square = (at: (i: number) => number): number => at(0) ** 2
    const zs = {
      // Gamma(2 + 8, 1 + 3)
      rate: zOf(rate, first, 10 / 4),
      "rate²": zOf(rate, square, (10 / 4) ** 2 + 10 / 16),
      // Beta(2 + 3, 3 + 1)
      chance: zOf(chance, first, 5 / 9),
      "chance²": zOf(chance, square, (5 * 6) / (9 * 10)),
      "parts[0]": zOf(parts, first, 1 / 8),
      "parts[2]": zOf(parts, (at) => at(2), 5 / 8),
      "parts[1]·parts[2]": zOf(parts, (at) => at(1) * at(2), (2 * 5) / (8 * 9)),
      between: zOf(between, first, 1),
      "(between − 1)²": zOf(between, (at) => (at(0) - 1) ** 2, 16 / 12)
    }
    for (const [name, z] of Object.entries(zs)) expect(Math.abs(z), name).toBeLessThan(4)
    for (let d = 0; d < parts.size; d++)
      expect((parts.values[3 * d] ?? 0) + (parts.values[3 * d + 1] ?? 0) + (parts.values[3 * d + 2] ?? 0)).toBeCloseTo(
        1,
        5
      )
  })

  test("of rows with latent values of their own", () => {
    const { mu, people } = sampled.draws
    // y ~ N(mu, 2) given mu: precision 1/4 + 2/2, and z | mu, y has the mean (mu + y) / 2
    const mean = 4 / 2 / (1 / 4 + 2 / 2)
    expect(people.z.shape).toEqual([600, 2])
    expect(Math.abs(zOf(mu, (at) => at(0), mean))).toBeLessThan(4)
    expect(Math.abs(zOf(mu, (at) => (at(0) - mean) ** 2, 0.8))).toBeLessThan(4)
    expect(Math.abs(zOf(people.z, (at) => at(0), (mean + 1) / 2))).toBeLessThan(4)
    expect(Math.abs(zOf(people.z, (at) => at(1), (mean + 3) / 2))).toBeLessThan(4)
  })

  test("of a site that is summed out, and of a computed value", () => {
    const { which, twice, mu } = sampled.draws
    // draws of it are independent given data: a binomial standard error
    const p = 1 / (1 + Math.exp((1.5 - 2) ** 2 / 2 - 1.5 ** 2 / 2))
    const mean = [...which.values].reduce((sum, x) => sum + x, 0) / which.size
    expect(Math.abs(mean - p) / Math.sqrt((p * (1 - p)) / which.size)).toBeLessThan(4)
    expect(twice?.values[7]).toBeCloseTo(2 * (mu.values[7] ?? 0), 5)
  })

  test("print with R-hat near 1 and nothing to say", () => {
    const summary = sampled.summary()
    const row = summary.rows.find(({ name }) => name === "rate")
    expect(row?.rHat).toBeLessThan(1.02)
    expect(String(sampled)).toContain("R-hat")
    expect(summary.rows.map(({ name }) => name)).toContain("people.z[1]")
    expect(sampled.statistics.treeDepth).toHaveLength(600)
    expect(sampled.divergences).toBe(0)
  })

  test("predict, and give the log likelihood of each row", async () => {
    const likelihood = await run(sampled.logLikelihood(), onnx)
    const { people } = sampled.draws
    const z = people.z.values[2 * 5 + 1] ?? 0
    expect(likelihood.people.y?.values[2 * 5 + 1]).toBeCloseTo(-((3 - z) ** 2) / 2 - Math.log(2 * Math.PI) / 2, 3)
    const predicted = await run(sampled.predict({ counts: 2, coins: 1, people: 1 }, { seed: 3 }), onnx)
    expect(predicted.counts.n.shape).toEqual([600, 2])
    // a negative binomial: the mean 10/4
    const mean = [...predicted.counts.n.values].reduce((sum, x) => sum + x, 0) / 1200
    expect(Math.abs(mean - 2.5) / Math.sqrt(((10 / 4) * (1 + 1 / 4)) / 300)).toBeLessThan(4)
  })
})

const pair = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* observe("x", Normal(mu, 1))
})
const x = Tensor.of([], tf.scalar(3))
const brief = { chains: 2, warmup: 20, draws: 20, progress: false } as const

describe("a run", () => {
  test("has the same numbers with the same seed, and leaves no tensors", async () => {
    const drawn = async (seed: number) => [...(await run(pair.nuts({ x }, { ...brief, seed }), cpu)).draws.mu.values]
    const first = await drawn(1)
    const before = tf.memory().numTensors
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
    expect(tf.memory().numTensors).toBe(before)
  })

  test("tells its progress, and stops when its signal aborts", async () => {
    const told: Array<number> = []
    await run(pair.nuts({ x }, { ...brief, progress: ({ transitions }) => told.push(transitions) }), cpu)
    expect(told.at(-1)).toBe(80)
    const exit = await Effect.runPromiseExit(
      Effect.provide(pair.nuts({ x }, { ...brief, signal: AbortSignal.abort() }), cpu)
    )
    expect(Exit.hasInterrupts(exit)).toBe(true)
    const promised = pair.nutsPromise({ x }, { ...brief, signal: AbortSignal.abort(), engine: cpu })
    await expect(promised).rejects.toMatchObject({ name: "AbortError" })
  })

  test("keeps the draws that all chains have when it is stopped after the warm-up", async () => {
    const stop = new AbortController()
    const told = ({ transitions }: { readonly transitions: number }) => {
      if (transitions > 400) stop.abort()
    }
    const options = { ...brief, draws: 1_000_000, seed: 5, progress: told, signal: stop.signal }
    const sampled = await run(pair.nuts({ x }, options), cpu)
    expect(sampled.stopped).toBe("aborted")
    const { drawsPerChain } = sampled
    expect(drawsPerChain).toBeGreaterThanOrEqual(4)
    expect(drawsPerChain).toBeLessThan(1_000_000)
    expect(sampled.draws.mu.size).toBe(2 * drawsPerChain)
    expect(sampled.statistics.energy).toHaveLength(2 * drawsPerChain)
    expect(`${sampled}`).toContain(`2 chains of ${drawsPerChain} draws (stopped before 1000000)`)
    // they are the first draws of the run that goes on
    const whole = await run(pair.nuts({ x }, { ...brief, draws: drawsPerChain + 3, seed: 5 }), cpu)
    expect([...sampled.draws.mu.values.subarray(0, drawsPerChain)]).toEqual([
      ...whole.draws.mu.values.subarray(0, drawsPerChain)
    ])
  })

  test("begins at given values", async () => {
    const sampled = await run(pair.nuts({ x }, { ...brief, warmup: 0, draws: 4, init: { mu: 1.5 } }), cpu)
    expect(sampled.draws.mu.size).toBe(8)
  })
})

test("eight schools, non-centred, agree with quadrature", async () => {
  const { draws } = await run(schools.nuts(schoolsData, quick), onnx)
  const exact = schoolsByQuadrature()
  expect(Math.abs(zOf(draws.mu, (at) => at(0), exact.mu))).toBeLessThan(4)
  expect(Math.abs(zOf(draws.tau, (at) => Math.log(at(0)), exact.logTau))).toBeLessThan(4)
}, 30_000)

describe("what cannot be sampled is refused", () => {
  test("a discrete site whose values cannot be listed, with no advice to sum it out", async () => {
    const { message } = await failure(program(sample("count", Poisson({ rate: 3 }))).nuts({}, brief), cpu)
    expect(message).toContain("gradients lead through densities alone. Its values cannot be listed")
    expect(message).not.toMatch(/enumerate\(|guide it/)
  })

  test("a discrete site, with the advice to sum it out", async () => {
    const coin = program(function* () {
      yield* sample("coin", Bernoulli({ probs: 0.5 }))
    })
    const error = await failure(coin.nuts({}, brief), cpu)
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("'coin'")
    expect(error.message).toContain('enumerate("coin", …)')
    expect(error.message).not.toContain("guide")
  })

  test("a site in a branch, whose value would drift", async () => {
    const choice = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      return yield* cond(
        greater(mu, 0),
        () => sample("inside", Normal(0, 1)),
        () => Effect.succeed(mu)
      )
    })
    expect((await failure(choice.nuts({}, brief), cpu)).message).toContain("'inside': it stands in a branch")
  })

  test("a parameter, which has no prior", async () => {
    const learned = program(function* () {
      yield* sample("z", Normal(param("loc", 0), 1))
    })
    expect((await failure(learned.nuts({}, brief), cpu)).message).toContain('sample("loc", …)')
  })

  test.each([
    [{ chains: 0 }, "chains"],
    [{ draws: 3 }, "draws"],
    [{ targetAccept: 1 }, "targetAccept"],
    [{ maxTreeDepth: 21 }, "maxTreeDepth"],
    [{ metric: "full" as "dense" }, "metric"],
    [{ init: null } as object, "init"],
    [{ signal: null } as object, "signal"],
    [{ epochs: 3 } as object, "epochs"]
  ])("options such as %o", async (options, name) => {
    const error = await failure(pair.nuts({ x }, options), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(`'${name}'`)
  })

  test("values of init where there is no density, by name", async () => {
    for (const sampler of [pair.nuts, pair.hmc]) {
      const { message } = await failure(sampler({ x }, { ...brief, chains: 4, init: { mu: 1e30 } }), cpu)
      expect(message).toContain(
        "at the values of init the log density or its gradient was not finite. Give other values"
      )
    }
  })

  test("data that do not fit", async () => {
    expect((await failure(pair.nuts({} as { x: typeof x }, brief), cpu)).message).toBe(
      "data.x: there are no data for the observed site 'x'. Add an entry of that name to the data."
    )
  })
})
