import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { rebar } from "../../../src/infer/estimator/rebar.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { estimates, isUnbiased, type Moments } from "../moments.ts"

const steps = 2500
const total = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
const ratio = (a: Moments, b: Moments): number => total(a.variance) / total(b.variance)
const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t))
const scalar = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)

/** The derivative of a function of a list by each of its numbers, by central differences. */
const slopes = (f: (at: ReadonlyArray<number>) => number, at: ReadonlyArray<number>, h = 1e-4): ReadonlyArray<number> =>
  at.map((_, i) => {
    const moved = (by: number) => f(at.map((x, j) => (i === j ? x + by : x)))
    return (moved(h) - moved(-h)) / (2 * h)
  })

describe("three coins that one likelihood mixes, against the sum over all states", () => {
  const [at, weights, x] = [[0.3, -0.8, 1.1], [1.5, -2, 0.7], 0.9]
  const states = Array.from({ length: 8 }, (_, s) => [s & 1, (s >> 1) & 1, (s >> 2) & 1])
  const negativeElbo = (logits: ReadonlyArray<number>): number =>
    total(
      states.map((z) => {
        const chance = (odds: number, bit: number): number => (bit === 1 ? sigmoid(odds) : 1 - sigmoid(odds))
        const q = z.map((bit, i) => chance(logits[i] ?? 0, bit)).reduce((a, b) => a * b, 1)
        const mean = Math.sin(total(z.map((bit, i) => bit * (weights[i] ?? 0))))
        return q * (Math.log(q * 8) + 0.5 * ((x - mean) / 0.6) ** 2)
      })
    )
  const coins = model(Bernoulli({ logits: 0 }).iid(3), (z) =>
    Normal(scalar(tf.sin(tf.sum(tf.mul(z, weights)))), 0.6)
  ).guide(() => Bernoulli({ logits: add(param("logits", [3]), Tensor.of([3], tf.tensor1d(at))) }))
  const found = async (estimator: Estimator, particles = 1) =>
    (
      await estimates((options) => coins.fit(Dataset.of(new Float32Array(steps).fill(x), []) as never, options), {
        ...{ batchSize: 1, particles, seed: 2, estimators: { z: estimator } }
      })
    ).of("logits")

  test.each([
    ["as it is", rebar(), 1],
    ["at another temperature and scale", rebar({ temperature: 1.5, scale: 0.6 }), 2],
    ["with four particles", rebar(), 4]
  ])("%s, it is unbiased", async (_, estimator, particles) => {
    isUnbiased(await found(estimator, particles), slopes(negativeElbo, at))
  })

  test("it is refused where log p and log q of the draw are read, or particles mixed", () => {
    const ask = (particles: number) => () =>
      coins.explain({ objective: Objective.iwae, particles, estimators: { z: rebar() } })
    expect(ask(1)).toThrow("a density at its draw is 0 between them. Its prior must have the guide's family")
    expect(ask(2)).toThrow("IWAE mixes the values of all particles")
  })
})

test("one-hot labels, against the sum over all nine states", async () => {
  const [at, x] = [[0.5, -0.4, 0.1, -1, 0.3, 0.8], 0.7]
  const shares = (logits: ReadonlyArray<number>): ReadonlyArray<number> => {
    const all = total(logits.map(Math.exp))
    return logits.map((l) => Math.exp(l) / all)
  }
  const means = [1.2, -0.5, 0.4, 0.3, 1, -0.9]
  const negativeElbo = (logits: ReadonlyArray<number>): number => {
    const [a, b] = [shares(logits.slice(0, 3)), shares(logits.slice(3))]
    return total(
      a.flatMap((p, i) =>
        b.map((q, j) => {
          const mean = Math.tanh((means[i] ?? 0) + (means[3 + j] ?? 0)) + (means[i] ?? 0) * (means[3 + j] ?? 0)
          return p * q * (Math.log(9 * p * q) + 0.5 * ((x - mean) / 0.5) ** 2)
        })
      )
    )
  }
  const labels = model(OneHotCategorical({ logits: Tensor.of([2, 3], tf.zeros([2, 3])) }), (z) => {
    const [a, b] = tf.unstack(tf.sum(tf.mul(z, tf.tensor2d(means, [2, 3])), -1)) as [tf.Tensor, tf.Tensor]
    return Normal(scalar(tf.add(tf.tanh(tf.add(a, b)), tf.mul(a, b))), 0.5)
  }).guide(() =>
    OneHotCategorical({ logits: add(param("logits", [2, 3]), Tensor.of([2, 3], tf.tensor2d(at, [2, 3]))) })
  )
  const found = async (estimator: Estimator) =>
    (
      await estimates((options) => labels.fit(Dataset.of(new Float32Array(steps).fill(x), []) as never, options), {
        ...{ batchSize: 1, particles: 4, seed: 2, estimators: { z: estimator } }
      })
    ).of("logits")
  isUnbiased(await found(rebar()), slopes(negativeElbo, at))
})

test("twenty units behind a net: less than a thirtieth of the variance of the score function", async () => {
  const [decoder, encoder] = [Net.mlp([20, 30, 25]), Net.mlp([25, 30, 20])]
  const units = model(Bernoulli({ logits: 0 }).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
    Bernoulli({ logits: encoder(x) })
  )
  const data = Dataset.of(
    Array.from({ length: 250 }, (_, i) => (Math.sin(i * 12.9898) > 0.2 ? 1 : 0)),
    [25]
  )
  const encoderOf = async (estimator: Estimator) =>
    (
      await estimates((options) => units.fit(data as never, options), {
        ...{ batchSize: 10, epochs: 300, seed: 2, estimators: { z: estimator } }
      })
    ).of("mlp.0.weight")
  expect(ratio(await encoderOf(score), await encoderOf(rebar()))).toBeGreaterThan(30)
})

test("five coins that have a cost each: the relaxed draw of a coin is read in its own cost", async () => {
  const xs = Float32Array.from({ length: 5 }, (_, i) => 2 + 0.4 * i)
  const own = model(Bernoulli({ logits: 0 }).iid(5), (z) => Normal(mul(z, 3), 1)).guide(() =>
    Bernoulli({ logits: param("logits", [5]) })
  )
  const data = Dataset.of(Array.from({ length: steps }, () => [...xs]).flat(), [5])
  const found = await estimates((options) => own.fit(data as never, options), {
    ...{ batchSize: 1, seed: 3, estimators: { z: rebar() } }
  })
  isUnbiased(
    found.of("logits"),
    Array.from(xs, (x) => 0.125 * ((x - 3) ** 2 - x * x))
  )
})

describe("a program that may not read a relaxed value is refused, in words", () => {
  const coin = (read: (z: tf.Tensor) => tf.Tensor) =>
    model(Bernoulli({ logits: 0 }), (z) => Normal(scalar(read(z)), 1)).guide(() =>
      Bernoulli({ logits: param("logit", 0) }).via(rebar())
    )
  test.each([
    ["a comparison", "'greater', which jumps", (z: tf.Tensor) => tf.cast(tf.greater(z, 0.5), "float32")],
    ["an index", "cast to int32", (z: tf.Tensor) => tf.gather(tf.tensor1d([0.3, 2]), tf.cast(z, "int32"))],
    ["a pole", "may jump at", (z: tf.Tensor) => tf.div(1, tf.sub(z, 0.5))]
  ])("%s", (_, words, read) => {
    expect(() => coin(read).explain()).toThrow(words.replace(", which jumps", ""))
    expect(() => coin(read).explain()).toThrow("REBAR reads the loss between the values of a draw")
  })

  test("a later discrete draw that depends on it", () => {
    const layers = program(
      plate("rows", function* (_row: { readonly x: Tensor<readonly []> }) {
        const top = yield* sample("top", Bernoulli({ logits: 0 }))
        const low = yield* sample("low", Bernoulli({ logits: top }))
        yield* observe("x", Normal(low, 1))
      })
    ).guideWith(() =>
      plate("rows", function* () {
        const top = yield* sample("top", Bernoulli({ logits: param("top", 0) }))
        yield* sample("low", Bernoulli({ logits: add(top, param("low", 0)) }))
      })
    )
    const data = { rows: { x: Dataset.of([1, 2], []) } } as never
    expect(() => layers.explain(data, { estimators: { top: rebar(), low: rebar() } })).toThrow(
      "'low' is drawn by a distribution that depends on it, and its gradient stops at that draw"
    )
    expect(layers.explain(data, { estimators: { low: rebar() } }).sites[1]).toMatchObject({ gradient: "REBAR" })
  })

  test("a label that is a number, and options that mean nothing", () => {
    const label = model(Categorical({ logits: Tensor.of([3], tf.zeros([3])) }), (k) => Normal(k, 1)).guide(() =>
      Categorical({ logits: param("k", [3]) })
    )
    expect(() => label.explain({ estimators: { z: rebar() } })).toThrow(
      "the REBAR estimator is made for Bernoulli, OneHotCategorical, and the guide is Categorical"
    )
    expect(() => rebar({ temperature: 0 })).toThrow("a number above 0")
    expect(() => rebar({ scale: Number.NaN })).toThrow("a finite number")
  })
})
