import * as tf from "@tensorflow/tfjs"
import { Effect, Exit } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Exponential } from "../../../../src/dist/Exponential.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { GuideMismatch, InvalidOption } from "../../../../src/Errors.ts"
import { mixingOf } from "../../../../src/infer/mcmc/diagnostics.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../../../src/model/Site.ts"
import { add, mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../../src/tensor/ops/pick.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

const scalar = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
const logNormal = (x: number, mean: number, variance: number): number =>
  -((x - mean) ** 2) / (2 * variance) - Math.log(2 * Math.PI * variance) / 2
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** One row of draws in a plate. */
const rowOf = ({ values, ...all }: Dataset, row: number, rows: number): Dataset => ({
  ...all,
  values: values.filter((_, i) => i % rows === row)
})

/** A coin c, a mean m | c ~ N(2c, 1) and y | m ~ N(m, 0.8²): given c all is normal. */
const pair = program(function* () {
  const c = yield* enumerate("c", Bernoulli({ probs: 0.3 }))
  const m = yield* sample("m", Normal(mul(2, c), 1))
  yield* observe("y", Normal(m, 0.8))
  yield* deterministic("both", mul(c, m))
})
const pairExactly = (y: number) => {
  const noise = 0.64
  const p = sigmoid(Math.log(0.3 / 0.7) + logNormal(y, 2, 1 + noise) - logNormal(y, 0, 1 + noise))
  const [gain, variance] = [1 / (1 + noise), noise / (1 + noise)]
  const means = [0, 2].map((prior) => prior + gain * (y - prior))
  const [apart = 0, together = 0] = means
  return {
    p,
    m: (1 - p) * apart + p * together,
    square: variance + (1 - p) * apart ** 2 + p * together ** 2,
    both: p * together
  }
}

describe("a coin and a mean", () => {
  const y = 1.3
  const exact = pairExactly(y)

  test.each([
    ["eager", cpu, { warmup: 60, draws: 60 }],
    ["onnx", onnx, { warmup: 200, draws: 600 }]
  ] as const)("have the moments of enumeration and conjugacy on %s", async (_, engine, lengths) => {
    const { draws, summary } = await run(pair.gibbs({ y: scalar(y) }, { ...lengths, seed: 2, progress: false }), engine)
    expect(Math.abs(zOf(draws.c, 4, (x) => x, exact.p))).toBeLessThan(4)
    expect(Math.abs(zOf(draws.m, 4, (x) => x, exact.m))).toBeLessThan(4)
    expect(Math.abs(zOf(draws.m, 4, (x) => x ** 2, exact.square))).toBeLessThan(4)
    // the two depend on each other
    const both = Dataset.of(Array.from(draws.both?.values ?? []), [])
    expect(Math.abs(zOf(both, 4, (x) => x, exact.both))).toBeLessThan(4)
    if (engine === onnx) expect(Math.abs(zOf(both, 4, (x) => x, exact.p * exact.m))).toBeGreaterThan(4)
    expect(summary().rows.map(({ name }) => name)).toEqual(["c", "m", "both"])
  })

  test("have the log density of each draw, and the same draws at a seed", async () => {
    const options = { chains: 2, warmup: 30, draws: 10, seed: 4, progress: false }
    const [one, again, other] = await Promise.all(
      [options, options, { ...options, seed: 5 }].map((each) => run(pair.gibbs({ y: scalar(y) }, each), cpu))
    )
    expect(again?.draws).toEqual(one?.draws)
    expect(other?.draws).not.toEqual(one?.draws)
    for (const i of [0, 9, 10, 19]) {
      const [c = 0, m = 0] = [one?.draws.c.values[i], one?.draws.m.values[i]]
      const logDensity = Math.log(c === 1 ? 0.3 : 0.7) + logNormal(m, 2 * c, 1) + logNormal(y, m, 0.64)
      expect(one?.logDensity[i]).toBeCloseTo(logDensity, 4)
    }
    expect(one?.stepSizes).toHaveLength(2)
    expect(one?.acceptance).toHaveLength(2)
    expect(`${one}`).toContain("2 chains of 10 sweeps, 0 divergences")
  })

  test("have likelihoods and predictions of each draw", async () => {
    const swept = await run(pair.gibbs({ y: scalar(y) }, { chains: 1, warmup: 30, draws: 500, progress: false }), cpu)
    const likelihood = await run(swept.logLikelihood(), cpu)
    for (const i of [0, 499])
      expect(likelihood.y?.values[i]).toBeCloseTo(logNormal(y, swept.draws.m.values[i] ?? 0, 0.64), 4)
    const predicted = await run(swept.predict({}, { seed: 3 }), cpu)
    const errors = Array.from(predicted.y.values, (x, i) => x - (swept.draws.m.values[i] ?? 0))
    expect(Math.abs(errors.reduce((sum, x) => sum + x, 0) / Math.sqrt(500 * 0.64))).toBeLessThan(4)
  })

  test("tell their progress, and keep what there is when they are stopped", async () => {
    const stop = new AbortController()
    const told: Array<number> = []
    const progress = (event: { readonly transitions: number; readonly evaluations: number }) => {
      told.push(event.evaluations)
      if (event.transitions > 500) stop.abort()
    }
    const options = { chains: 2, warmup: 50, draws: 100_000, progress, signal: stop.signal }
    const swept = await run(pair.gibbs({ y: scalar(y) }, options), onnx)
    expect(swept.stopped).toBe("aborted")
    expect(swept.drawsPerChain).toBeGreaterThanOrEqual(4)
    expect(swept.draws.c.size).toBe(2 * swept.drawsPerChain)
    expect(swept.draws.m.size).toBe(2 * swept.drawsPerChain)
    expect(swept.logDensity).toHaveLength(2 * swept.drawsPerChain)
    expect(told.at(-1)).toBeGreaterThan(0)
    const whole = await run(
      pair.gibbs(
        { y: scalar(y) },
        { ...options, draws: swept.drawsPerChain + 3, signal: new AbortController().signal, progress: false }
      ),
      onnx
    )
    const first = (from: typeof swept) => [...from.draws.m.values.subarray(0, swept.drawsPerChain)]
    expect(first(swept)).toEqual(first(whole))
    const exit = await Effect.runPromiseExit(
      Effect.provide(pair.gibbs({ y: scalar(y) }, { progress: false, signal: AbortSignal.abort() }), cpu)
    )
    expect(Exit.hasInterrupts(exit)).toBe(true)
  })
})

test("a rate above 0 and a coin have the moments of enumeration and conjugacy", async () => {
  const x = [0.4, 1.1, 0.2]
  const rates = program(function* () {
    const c = yield* enumerate("c", Bernoulli({ probs: 0.5 }))
    const rate = yield* sample("rate", Gamma(2, add(1, mul(3, c))))
    yield* plate("rows", () => observe("x", Exponential(rate)))
  })
  const data = { rows: { x: Dataset.of(x, [], "positive") } }
  const { draws, logDensity } = await run(rates.gibbs(data, { warmup: 200, draws: 500, progress: false }), onnx)
  const total = x.reduce((sum, each) => sum + each, 0)
  // p(x | c) is proportional to b²/(b + Σx)⁵, and rate | c, x is Gamma(5, b + Σx)
  const weights = [1, 4].map((b) => b ** 2 / (b + total) ** 5)
  const p = (weights[1] ?? 0) / ((weights[0] ?? 0) + (weights[1] ?? 0))
  expect(Math.abs(zOf(draws.c, 4, (each) => each, p))).toBeLessThan(4)
  const mean = (1 - p) * (5 / (1 + total)) + p * (5 / (4 + total))
  expect(Math.abs(zOf(draws.rate, 4, (each) => each, mean))).toBeLessThan(4)
  // with the slope of the way from real numbers to rates above 0
  for (const i of [0, 1, 2, 3]) {
    const [c = 0, rate = 1] = [draws.c.values[i], draws.rate.values[i]]
    const b = 1 + 3 * c
    const logJoint = Math.log(0.5) + 2 * Math.log(b) + Math.log(rate) - b * rate + 3 * Math.log(rate) - rate * total
    expect(logDensity[i]).toBeCloseTo(logJoint + Math.log(rate), 3)
  }
})

test("labels and effects of rows in a plate have the moments of each row", async () => {
  const y = [-0.5, 1.2, 2.9]
  const means = Tensor.of([2], tf.tensor1d([0, 2]))
  const model = program(function* () {
    yield* plate("rows", function* () {
      const z = yield* enumerate("z", Bernoulli({ probs: 0.3 }))
      const effect = yield* sample("effect", Normal(at(means, z), 1))
      yield* observe("y", Normal(effect, 0.8))
    })
  })
  const data = { rows: { y: Dataset.of(y, []) } }
  const { draws } = await run(model.gibbs(data, { warmup: 100, draws: 300, seed: 1, progress: false }), onnx)
  expect(draws.rows.effect.shape).toEqual([1200, 3])
  for (const [row, value] of y.entries()) {
    const exact = pairExactly(value)
    expect(Math.abs(zOf({ ...rowOf(draws.rows.z, row, 3), size: 1200 }, 4, (x) => x, exact.p))).toBeLessThan(4)
    expect(Math.abs(zOf({ ...rowOf(draws.rows.effect, row, 3), size: 1200 }, 4, (x) => x, exact.m))).toBeLessThan(4)
  }
})

test("a mixture whose labels are drawn has the means of nuts, which sums them out", async () => {
  const y = [-2.1, -1.4, -1.9, 0.1, 1.2, 1.8, 1.1, 2.3]
  const mixture = program(function* () {
    const low = yield* sample("low", Normal(-1.5, 1))
    const gap = yield* sample("gap", Gamma(4, 1.5))
    const logit = yield* sample("logit", Normal(0, 1))
    yield* plate("rows", function* () {
      const z = yield* enumerate("z", Bernoulli({ logits: logit }))
      yield* observe("y", Normal(add(low, mul(gap, z)), 0.9))
    })
  })
  const data = { rows: { y: Dataset.of(y, []) } }
  const options = { warmup: 200, draws: 400, seed: 3, progress: false } as const
  const summed = await run(mixture.nuts(data, options), onnx)
  const swept = await run(mixture.gibbs(data, options), onnx)
  const chains = ({ values }: Dataset): ReadonlyArray<Float64Array> =>
    Array.from({ length: 4 }, (_, c) =>
      Float64Array.from(values.slice((c * values.length) / 4, ((c + 1) * values.length) / 4))
    )
  const mean = ({ values }: Dataset): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length
  const apart = (a: Dataset, b: Dataset): number =>
    Math.abs(mean(a) - mean(b)) / Math.hypot(mixingOf(chains(a)).mcse, mixingOf(chains(b)).mcse)
  for (const site of ["low", "gap", "logit"] as const)
    expect(apart(summed.draws[site], swept.draws[site])).toBeLessThan(4)
  for (const row of y.keys())
    expect(apart(rowOf(summed.draws.rows.z, row, 8), rowOf(swept.draws.rows.z, row, 8))).toBeLessThan(4)
  expect(swept.summary().rows.every(({ rHat }) => rHat < 1.1)).toBe(true)
})

describe("beginnings", () => {
  test("are drawn anew where the values are impossible together", async () => {
    // possible where both coins are alike, which sweeps do not reach from others
    const alike = program(function* () {
      const a = yield* enumerate("a", Bernoulli({ probs: 0.5 }))
      const b = yield* enumerate("b", Bernoulli({ probs: 0.5 }))
      const m = yield* sample("m", Normal(a, 1))
      yield* factor("alike", Tensor.of([], tf.log(tf.sub(1, tf.squaredDifference(a, b)))))
      yield* factor("above", Tensor.of([], tf.log(tf.cast(tf.greater(m, -1.9), "float32"))))
    })
    const { draws, logDensity } = await run(alike.gibbs({}, { warmup: 40, draws: 20, progress: false }), cpu)
    expect(draws.a.values).toEqual(draws.b.values)
    expect(logDensity.every(Number.isFinite)).toBe(true)
  })

  test("are where init says", async () => {
    const options = { chains: 1, warmup: 0, draws: 4, progress: false } as const
    const swept = await run(pair.gibbs({ y: scalar(1) }, { ...options, init: { m: 1.5 } }), cpu)
    expect(swept.draws.m.size).toBe(4)
    const error = await failure(pair.gibbs({ y: scalar(1) }, { ...options, init: { c: 1 } as never }), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain("init.c")
  })

  test("that are nowhere possible are told", async () => {
    const impossible = program(function* () {
      const a = yield* enumerate("a", Bernoulli({ probs: 0.5 }))
      yield* sample("m", Normal(a, 1))
      yield* factor("never", Tensor.of([], tf.log(tf.mul(a, 0))))
    })
    const error = await failure(impossible.gibbs({}, { draws: 10, progress: false }), cpu)
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("no place to begin")
  })
})
