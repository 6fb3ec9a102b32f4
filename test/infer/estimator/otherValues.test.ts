import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { disarm } from "../../../src/infer/estimator/disarm.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { measureValued } from "../../../src/infer/estimator/measureValued.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { unorderedSet } from "../../../src/infer/estimator/unorderedSet.ts"
import type { FitOptions } from "../../../src/infer/fit/options.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { cond } from "../../../src/model/choice.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { add } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { estimates, isUnbiased, type Moments } from "../moments.ts"

const steps = 2500
const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t))
const scalar = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)
const total = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)

/** The derivative of a function of a list by each of its numbers, by central differences. */
const slopes = (f: (at: ReadonlyArray<number>) => number, at: ReadonlyArray<number>, h = 1e-4): ReadonlyArray<number> =>
  at.map((_, i) => {
    const moved = (by: number) => f(at.map((x, j) => (i === j ? x + by : x)))
    return (moved(h) - moved(-h)) / (2 * h)
  })

/** The variances of a list of numbers, from all its values and their chances. */
const moments = (n: number) => {
  const [sum, squares] = [new Float64Array(n), new Float64Array(n)]
  return {
    add: (chance: number, values: ReadonlyArray<number>): void =>
      values.forEach((value, i) => {
        sum[i] = (sum[i] ?? 0) + chance * value
        squares[i] = (squares[i] ?? 0) + chance * value * value
      }),
    variance: (): ReadonlyArray<number> => Array.from(squares, (square, i) => square - (sum[i] ?? 0) ** 2)
  }
}

/** A variance from 2,500 draws has a relative error of some 3 to 5 %; all numbers of a parameter are taken together. */
const hasVariance = (found: Moments, exact: ReadonlyArray<number>): void => {
  expect(total(found.variance) / total(exact)).toBeGreaterThan(0.85)
  expect(total(found.variance) / total(exact)).toBeLessThan(1.15)
}

/** The variance of one estimator beside that of another, over all numbers of a parameter. */
const ratio = (a: Moments, b: Moments): number => total(a.variance) / total(b.variance)

describe("coins that one likelihood mixes, under a prior whose KL is sampled: against the sum over all states", () => {
  const [at, prior, weights, x] = [[0.3, -0.8, 1.1], -0.4, [1.5, -2, 0.7], 0.9]
  const states = Array.from({ length: 8 }, (_, s) => [s & 1, (s >> 1) & 1, (s >> 2) & 1])
  const negativeElbo = (logits: ReadonlyArray<number>): number =>
    total(
      states.map((z) => {
        const chance = (odds: number, bit: number): number => (bit === 1 ? sigmoid(odds) : 1 - sigmoid(odds))
        const q = z.map((bit, i) => chance(logits[i] ?? 0, bit)).reduce((a, b) => a * b, 1)
        const p = z.map((bit) => chance(prior, bit)).reduce((a, b) => a * b, 1)
        const mean = Math.sin(total(z.map((bit, i) => bit * (weights[i] ?? 0))))
        return q * (Math.log(q / p) + 0.5 * ((x - mean) / 0.6) ** 2)
      })
    )
  const exact = slopes(negativeElbo, at)
  const coins = model(Bernoulli({ logits: prior }).iid(3), (z) =>
    Normal(scalar(tf.sin(tf.sum(tf.mul(z, weights)))), 0.6)
  ).guide(() => Bernoulli({ logits: add(param("logits", [3]), Tensor.of([3], tf.tensor1d(at))) }))
  const data = Dataset.of(new Float32Array(steps).fill(x), [])
  const found = async (estimator: Estimator, particles: number, objective: FitOptions["objective"] = Objective.elbo) =>
    (
      await estimates((options) => coins.fit(data as never, options), {
        batchSize: 1,
        particles,
        seed: 2,
        objective,
        estimators: { z: estimator }
      })
    ).of("logits")

  test.each([
    ["DisARM", disarm, 1],
    ["DisARM of four particles", disarm, 4],
    ["measure-valued", measureValued, 1]
  ])("%s is unbiased", async (_, estimator, particles) => isUnbiased(await found(estimator, particles), exact))

  test("their variances are those of their definitions, summed over all draws", async () => {
    const cost = (z: ReadonlyArray<number>): number => {
      const mean = Math.sin(total(z.map((bit, i) => bit * (weights[i] ?? 0))))
      return 0.5 * ((x - mean) / 0.6) ** 2
    }
    const probs = at.map(sigmoid)
    // a coin and its antithetic twin: equal with probability 1 − 2 min(p, 1 − p)
    const twins = (p: number) => {
      const differ = Math.min(p, 1 - p)
      return [
        { z: 1, twin: 0, chance: differ },
        { z: 0, twin: 1, chance: differ },
        { z: p < 0.5 ? 0 : 1, twin: p < 0.5 ? 0 : 1, chance: 1 - 2 * differ }
      ]
    }
    const [antithetic, measured] = [moments(3), moments(3)]
    for (const a of twins(probs[0] ?? 0))
      for (const b of twins(probs[1] ?? 0))
        for (const c of twins(probs[2] ?? 0)) {
          const [z, twin] = [
            [a.z, b.z, c.z],
            [a.twin, b.twin, c.twin]
          ]
          const difference = cost(z) - cost(twin)
          antithetic.add(
            a.chance * b.chance * c.chance,
            at.map((l, i) => 0.5 * difference * ((z[i] ?? 0) - (twin[i] ?? 0)) * sigmoid(Math.abs(l)))
          )
        }
    for (const z of states)
      measured.add(
        z.map((bit, i) => (bit === 1 ? (probs[i] ?? 0) : 1 - (probs[i] ?? 0))).reduce((a, b) => a * b, 1),
        probs.map((p, i) => {
          const with_ = (bit: number): number => cost(z.map((each, j) => (i === j ? bit : each)))
          return p * (1 - p) * (with_(1) - with_(0))
        })
      )
    hasVariance(await found(disarm, 1), antithetic.variance())
    hasVariance(await found(measureValued, 1), measured.variance())
    expect(total(measured.variance())).toBeLessThan(total((await found(score, 1)).variance) / 2)
  })

  test("with a sampled KL the cost has log q at the other values too", async () => {
    // one particle of IWAE is the ELBO, with a sampled KL
    isUnbiased(await found(disarm, 1, Objective.iwae), exact)
    isUnbiased(await found(measureValued, 1, Objective.iwae), exact)
  })

  test("they are refused where an objective mixes particles, in words", () => {
    const ask = () => coins.explain({ objective: Objective.iwae, particles: 2, estimators: { z: disarm } })
    expect(ask).toThrow("the DisARM estimator reads the loss at other values: IWAE mixes the values of all particles")
  })
})

test("one coin: the measure-valued gradient is exact, without variance", async () => {
  const [x, logit] = [0.7, 0.4]
  const coin = model(Bernoulli({ logits: 0 }), (z) => Normal(z, 1)).guide(() =>
    Bernoulli({ logits: param("logit", logit) })
  )
  const negativeElbo = ([l = 0]: ReadonlyArray<number>): number => {
    const q = sigmoid(l)
    return q * (Math.log(2 * q) + 0.5 * (x - 1) ** 2) + (1 - q) * (Math.log(2 * (1 - q)) + 0.5 * x * x)
  }
  const data = Dataset.of(new Float32Array(100).fill(x), [])
  const options = { batchSize: 1, estimators: { z: measureValued } }
  const { mean, variance } = (await estimates((each) => coin.fit(data as never, { ...options, ...each }), options)).of(
    "logit"
  )
  expect(mean[0]).toBeCloseTo(slopes(negativeElbo, [logit])[0] ?? 0, 4)
  expect(variance[0]).toBeLessThan(1e-8)
})

test("a Normal whose model jumps: the measure-valued gradient against quadrature", async () => {
  const [x, at] = [0.4, [0.3, 0.8]]
  const step = (z: number): number => (z > 0.5 ? 2 : -1) + Math.sin(z)
  const negativeElbo = ([m = 0, s = 1]: ReadonlyArray<number>): number => {
    const n = 40_000
    let sum = 0
    for (let i = 0; i < n; i++) {
      const z = -7 + (14 * (i + 0.5)) / n
      const q = Math.exp(-0.5 * ((z - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI))
      sum += (14 / n) * q * 0.5 * (x - step(z)) ** 2
    }
    return sum + 0.5 * (s * s + m * m) - Math.log(s)
  }
  const jumping = model(Normal(0, 1), (z) =>
    Normal(scalar(tf.add(tf.where(tf.greater(z, 0.5), 2, -1), tf.sin(z))), 1)
  ).guide(() => Normal(param("m", at[0] ?? 0), param("s", at[1] ?? 1)))
  const data = Dataset.of(new Float32Array(steps).fill(x), [])
  const exact = slopes(negativeElbo, at, 1e-3)
  const with_ = (estimator: Estimator) =>
    estimates((options) => jumping.fit(data as never, options), { batchSize: 1, estimators: { z: estimator }, seed: 1 })
  const [measured, scored] = [await with_(measureValued), await with_(score)]
  isUnbiased(measured.of("m"), [exact[0] ?? 0])
  isUnbiased(measured.of("s"), [exact[1] ?? 0])
  expect(ratio(scored.of("m"), measured.of("m"))).toBeGreaterThan(2)
})

test("a Poisson number: the measure-valued gradient against the sum over the first hundred", async () => {
  const [x, rate, prior] = [2.5, 1.7, 3]
  const negativeElbo = ([r = 1]: ReadonlyArray<number>): number => {
    let [sum, q] = [0, Math.exp(-r)]
    for (let z = 0; z < 100; z++) {
      sum += q * 0.5 * (x - 1.5 * Math.sqrt(z)) ** 2
      q *= r / (z + 1)
    }
    return sum + r * Math.log(r / prior) - r + prior
  }
  const counts = model(Poisson({ rate: prior }), (z) => Normal(scalar(tf.mul(1.5, tf.sqrt(z))), 1)).guide(() =>
    Poisson({ logRate: param("log", Math.log(rate)) })
  )
  const data = Dataset.of(new Float32Array(steps).fill(x), [])
  const found = await estimates((options) => counts.fit(data as never, options), {
    batchSize: 1,
    seed: 4,
    estimators: { z: measureValued }
  })
  isUnbiased(
    found.of("log"),
    slopes(([l = 0]) => negativeElbo([Math.exp(l)]), [Math.log(rate)])
  )
})

describe("labels: the unordered set of two against the sum over all labels", () => {
  const at: readonly [ReadonlyArray<number>, ReadonlyArray<number>] = [
    [0.5, -0.3, 1.2, 0],
    [-1, 0.4, 0.1, 0.8]
  ]
  const x = 1.3
  const soft = (row: ReadonlyArray<number>): ReadonlyArray<number> => {
    const sum = total(row.map(Math.exp))
    return row.map((l) => Math.exp(l) / sum)
  }
  const mean = (a: number, b: number): number => Math.cos(a * 1.3 + b * b * 0.4)
  const negativeElbo = (flat: ReadonlyArray<number>): number => {
    const [p, q] = [soft(flat.slice(0, 4)), soft(flat.slice(4))]
    let sum = 0
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 4; b++) {
        const chance = (p[a] ?? 0) * (q[b] ?? 0)
        sum += chance * (Math.log(16 * chance) + 0.5 * ((x - mean(a, b)) / 0.5) ** 2)
      }
    return sum
  }
  const uniform = Categorical({ logits: Tensor.of([2, 4], tf.zeros([2, 4])) })
  const labels = model(uniform, (z) => {
    const [a = z, b = z] = tf.unstack(z)
    return Normal(scalar(tf.cos(tf.add(tf.mul(a, 1.3), tf.mul(tf.square(b), 0.4)))), 0.5)
  }).guide(() =>
    Categorical({ logits: add(param("logits", [2, 4]), Tensor.of([2, 4], tf.tensor2d(at.flat(), [2, 4]))) })
  )
  const data = Dataset.of(new Float32Array(2 * steps).fill(x), [])
  const found = async (estimator: Estimator, particles = 1) =>
    (
      await estimates((options) => labels.fit(data as never, options), {
        batchSize: 1,
        seed: 6,
        particles,
        estimators: { z: estimator }
      })
    ).of("logits")

  test("is unbiased, and its variance is that of its definition, summed over all draws", async () => {
    const set = await found(unorderedSet)
    const exact = slopes(negativeElbo, at.flat())
    exact.forEach((value, i) => {
      expect(Math.abs((set.mean[i] ?? Number.NaN) - value)).toBeLessThan(4 * (set.error[i] ?? 0))
    })
    // the test would see a gradient of 0
    expect(exact.some((value, i) => Math.abs(value) > 16 * (set.error[i] ?? 0))).toBe(true)
    const [p, q] = [soft(at[0]), soft(at[1])]
    const cost = (a: number, b: number): number => 0.5 * ((x - mean(a, b)) / 0.5) ** 2
    /** the estimate by the logits of one label, from the two that were drawn and their costs */
    const ofSet = (probs: ReadonlyArray<number>, [one, two]: readonly [number, number], gap: number) => {
      const inverse = (label: number): number => 1 / (1 - (probs[label] ?? 0))
      const slope = gap / (inverse(one) + inverse(two))
      return probs.map((_, label) => slope * (Number(label === one) - Number(label === two)))
    }
    const definition = moments(8)
    const all = [0, 1, 2, 3]
    for (const a of all)
      for (const b of all)
        for (const c of all.filter((label) => label !== a))
          for (const d of all.filter((label) => label !== b))
            definition.add(
              (((p[a] ?? 0) * (p[c] ?? 0)) / (1 - (p[a] ?? 0))) * (((q[b] ?? 0) * (q[d] ?? 0)) / (1 - (q[b] ?? 0))),
              [...ofSet(p, [a, c], cost(a, b) - cost(c, b)), ...ofSet(q, [b, d], cost(a, b) - cost(a, d))]
            )
    hasVariance(set, definition.variance())
    expect(total(definition.variance())).toBeLessThan(total((await found(score, 2)).variance))
  })
})

describe("a coin in front of another site", () => {
  // k ~ Bernoulli, z ~ N(0.7 k, 1), x ~ N(z, 1); guide: k ~ Bernoulli(l), z | k ~ N(0.2 + 0.6 k, 0.8)
  const [c, x, priorLogit] = [0.7, 1.3, 0.4]
  const at = { l: -0.3, a: 0.2, b: 0.6, s: 0.8 }
  const negativeElbo = ([l = 0, a = 0, b = 0, s = 1]: ReadonlyArray<number>): number =>
    total(
      [0, 1].map((k) => {
        const [q, p] = [l, priorLogit].map((odds) => (k === 1 ? sigmoid(odds) : 1 - sigmoid(odds))) as [number, number]
        const m = a + b * k
        const kl = 0.5 * (s * s + (m - c * k) ** 2 - 1) - Math.log(s)
        return q * (Math.log(q / p) + kl + 0.5 * ((x - m) ** 2 + s * s))
      })
    )
  const exact = slopes(negativeElbo, Object.values(at))
  const both = program(function* () {
    yield* plate("data", function* (_row: { readonly x: Tensor<readonly []> }) {
      const k = yield* sample("k", Bernoulli({ logits: priorLogit }))
      const z = yield* sample("z", Normal(scalar(tf.mul(k, c)), 1))
      yield* observe("x", Normal(z, 1))
    })
  }).guideWith(function* () {
    yield* plate("data", function* (_row: { readonly x: Tensor<readonly []> }) {
      const k = yield* sample("k", Bernoulli({ logits: param("l", at.l) }))
      const loc = scalar(tf.add(param("a", at.a), tf.mul(param("b", at.b), k)))
      yield* sample("z", Normal(loc, param("s", at.s)))
    })
  })
  const data = { data: { x: Dataset.of(new Float32Array(steps).fill(x), []) } } as never

  test.each([
    ["DisARM, the path behind it", { k: disarm }, 1],
    ["measure-valued for the coin, the score function behind it", { k: measureValued, z: score }, 8],
    ["measure-valued for both", { k: measureValued, z: measureValued }, 1]
  ])("%s: later draws are made anew at the other value", async (_, estimators, particles) => {
    const options = { batchSize: 1, seed: 7, estimators, particles }
    const found = await estimates((each) => both.fit(data, each), options)
    Object.keys(at).forEach((name, i) => {
      const { mean, error, variance } = found.of(name)
      const n = steps
      isUnbiased({ mean: mean.map((v) => v / n), error: error.map((v) => v / n), variance }, [exact[i] ?? 0])
    })
  })

  test("a coin that chooses for all rows, in minibatches", async () => {
    const xs = [0.4, 0.9, 1.2, -0.1, 0.6]
    const slope = 0.25 * total(xs.map((v) => 0.5 * ((v - 1) ** 2 - v * v)))
    const switched = program(function* () {
      const k = yield* sample("k", Bernoulli({ logits: 0 }))
      yield* plate("rows", (_row: { readonly x: Tensor<readonly []> }) => observe("x", Normal(k, 1)))
    }).guide(() => ({ k: Bernoulli({ logits: param("logit", 0) }) }))
    for (const estimator of [disarm, measureValued]) {
      const found = await estimates((options) => switched.fit({ rows: { x: Dataset.of(xs, []) } } as never, options), {
        batchSize: 2,
        epochs: 1000,
        seed: 9,
        estimators: { k: estimator }
      })
      const { mean, error } = found.of("logit")
      expect(Math.abs((mean[0] ?? Number.NaN) - slope)).toBeLessThan(4 * (error[0] ?? 0))
      expect(Math.abs(slope)).toBeGreaterThan(8 * (error[0] ?? 0))
    }
  })
})

test("a site in a branch cannot be read at other values, and the refusal says so", () => {
  const branching = program(function* () {
    const c = yield* sample("c", Normal(0, 1))
    const z = yield* cond(
      tf.greater(c, 0),
      () => sample("k", Bernoulli({ logits: 0 })),
      () => sample("j", Bernoulli({ logits: 1 }))
    )
    yield* observe("x", Normal(z, 1))
  }).guide(() => ({
    c: Normal(param("m", 0), 1),
    k: Bernoulli({ logits: param("k", 0) }),
    j: Bernoulli({ logits: param("j", 0) })
  }))
  const ask = () => branching.explain({ x: tf.scalar(1) } as never, { estimators: { k: disarm } })
  expect(ask).toThrow("it stands in a branch or in a recurrence")
})

test("a family that an estimator is not made for is refused, in words", () => {
  const pair = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
  expect(() => pair.explain({ estimators: { z: disarm } })).toThrow(
    "the DisARM estimator is made for Bernoulli, and the guide is Normal"
  )
})
