import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import type { Estimator } from "../../src/infer/estimator/Estimator.ts"
import { reparameterized } from "../../src/infer/estimator/reparameterized.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { gradientMoments, onnx, run, watched } from "./harness.ts"
import { estimates, isUnbiased } from "./moments.ts"

/** The same datum again and again, in batches of one: as many steps in one epoch. */
const repeated = (datum: ReadonlyArray<number>, times: number): Dataset<readonly [number], "real"> =>
  Dataset.of(Array.from({ length: times }, () => datum).flat(), [datum.length])

const steps = 4000
const seed = 20

describe("data [−0.5, 2], prior N(0, 1), likelihood N(z, 1), guide N(loc, scale) at loc 0, scale 1", () => {
  // −ELBO = Σᵢ ½((xᵢ − mᵢ)² + s²) + ½(s² + mᵢ²) − log s + constant, so d/dmᵢ = 2mᵢ − xᵢ and d/ds = Σᵢ (2s − 1/s).
  const exact = { loc: [0.5, -2], scale: [2] }
  const data = repeated([-0.5, 2], steps)
  const pair = model(Normal(0, 1).iid(2), (z) => Normal(z, 1)).guide(() => Normal(param("loc", [2]), param("scale", 1)))
  const at = (estimator: Estimator, particles: number) =>
    estimates((options) => pair.fit(data as never, options), {
      batchSize: 1,
      particles,
      seed,
      estimators: { z: estimator }
    })

  test.each([
    ["reparameterized, one particle", reparameterized, 1],
    ["reparameterized, eight particles", reparameterized, 8],
    ["score function with a running baseline", score, 1],
    ["score function with leave-one-out", score, 8],
    ["score function with leave-one-out of two", score, 2]
  ])("%s is unbiased", async (_, estimator, particles) => {
    const found = await at(estimator, particles)
    expect(found.steps).toBe(steps)
    isUnbiased(found.of("loc"), exact.loc)
    isUnbiased(found.of("scale"), exact.scale)
  })

  test("the path varies less than the score function, and leave-one-out of eight less than a running baseline of one", async () => {
    const [path, alone, together] = [await at(reparameterized, 8), await at(score, 1), await at(score, 8)]
    for (const name of ["loc", "scale"]) {
      const [a = Number.NaN] = path.of(name).variance
      const [b = Number.NaN] = together.of(name).variance
      const [c = Number.NaN] = alone.of(name).variance
      expect(b / a).toBeGreaterThan(2)
      expect(c / b).toBeGreaterThan(4)
    }
  })

  test("a running baseline brings the variance down", async () => {
    const without: Estimator = {
      ...score,
      control: () => undefined,
      surrogate: ({ logQ, cost }) => tf.mul(tf.engine().runKernel("StopGradient", { x: cost }) as tf.Tensor, logQ)
    }
    const [bare, controlled] = [await at(without, 1), await at(score, 1)]
    expect((bare.of("loc").variance[0] ?? 0) / (controlled.of("loc").variance[0] ?? 0)).toBeGreaterThan(1.5)
  })

  test("a plate's score function uses each row's own cost: the gradients of a minibatch are per datum", async () => {
    // each datum has its own row; the guide reads the datum, so d/da of loc = a·x is Σ x(2ax − x)/N at a = 0: −mean x²
    const rows = Dataset.of(Array.from({ length: steps }, () => [-0.5, 2, 1, 0]).flat(), [1])
    const amortised = model(Normal(0, 1).iid(1), (z) => Normal(z, 1)).guide((x) =>
      Normal(tf.mul(param("slope", 0), x) as Tensor<readonly [1]>, 1)
    )
    for (const particles of [1, 4]) {
      const found = await estimates((options) => amortised.fit(rows as never, options), {
        batchSize: 4,
        particles,
        seed,
        estimators: { z: score }
      })
      isUnbiased(found.of("slope"), [-(0.25 + 4 + 1 + 0) / 4])
    }
  })
})

describe("a positive latent, HalfNormal(1) prior, N(z, 1) likelihood, LogNormal guide: against quadrature", () => {
  const x = 2
  /** −ELBO at guide parameters, by the trapezoid rule over the standardised noise. */
  const negativeElbo = (m: number, s: number, mean = (z: number): number => z, n = 20_000): number => {
    let sum = 0
    const [from, to] = [-9, 9]
    const width = (to - from) / n
    for (let i = 0; i <= n; i++) {
      const e = from + i * width
      const z = Math.exp(m + s * e)
      const logQ = -0.5 * e * e - Math.log(s) - 0.5 * Math.log(2 * Math.PI) - (m + s * e)
      const logPrior = 0.5 * Math.log(2 / Math.PI) - 0.5 * z * z
      const logLikelihood = -0.5 * (x - mean(z)) ** 2 - 0.5 * Math.log(2 * Math.PI)
      const density = Math.exp(-0.5 * e * e) / Math.sqrt(2 * Math.PI)
      sum += (i === 0 || i === n ? 0.5 : 1) * density * (logQ - logPrior - logLikelihood) * width
    }
    return sum
  }
  const [m, s, h] = [-1.2, 0.5, 1e-4]
  const exact = {
    loc: [(negativeElbo(m + h, s) - negativeElbo(m - h, s)) / (2 * h)],
    scale: [(negativeElbo(m, s + h) - negativeElbo(m, s - h)) / (2 * h)]
  }
  const positive = model(HalfNormal(1), (z) => Normal(z, 1)).guide(() => LogNormal(param("loc", m), param("scale", s)))
  const data = Dataset.of(new Float32Array(steps).fill(x), [])

  test.each([
    ["reparameterized", reparameterized, 4],
    ["score function, running baseline", score, 1],
    ["score function, leave-one-out", score, 4]
  ])("%s is unbiased, although the KL is sampled", async (_, estimator, particles) => {
    const options = { batchSize: 1, particles, seed, estimators: { z: estimator } }
    const found = await estimates((settings) => positive.fit(data as never, settings), options)
    isUnbiased(found.of("loc"), exact.loc)
    isUnbiased(found.of("scale"), exact.scale)
  })

  test("the score function that is chosen because the model jumps is unbiased, too: log q of the draw has no path there", async () => {
    const mean = (z: number): number => Math.floor(5 * z)
    // the grid is much finer than the step, since each jump costs the sum up to one cell of it
    const [step, cells, m, s] = [0.02, 400_000, -0.8, 0.5]
    const slope = (a: readonly [number, number], b: readonly [number, number]): number =>
      (negativeElbo(...b, mean, cells) - negativeElbo(...a, mean, cells)) / (2 * step)
    const jumping = model(HalfNormal(1), (z) => Normal(Tensor.of([], tf.floor(tf.mul(5, z))), 1)).guide(() =>
      LogNormal(param("loc", m), param("scale", s))
    )
    expect(`${jumping.explain()}`).toContain("goes through 'floor', which jumps")
    const found = await estimates((settings) => jumping.fit(data as never, settings), {
      batchSize: 1,
      particles: 16,
      seed
    })
    isUnbiased(found.of("loc"), [slope([m - step, s], [m + step, s])])
    isUnbiased(found.of("scale"), [slope([m, s - step], [m, s + step])])
  })

  test("the running baseline is 0.9 of the last one and 0.1 of the mean cost, from zero on", async () => {
    const { engine, sessions } = watched(onnx)
    const options = { epochs: 1, batchSize: 100, optimizer: gradientMoments, seed, estimators: { z: score } } as const
    await run(positive.fit(data as never, { ...options, progress: false }), engine)
    let baseline = 0
    for (const { emitted, after } of sessions[0]?.calls ?? []) {
      // the KL is sampled, so the draw influences every term: its cost is the loss
      for (const loss of emitted["value"] ?? []) baseline = 0.9 * baseline + 0.1 * loss
      expect(after["baseline:z"]?.[0]).toBeCloseTo(baseline, 4)
    }
    expect(sessions[0]?.calls.length).toBeGreaterThan(1)
    expect(baseline).not.toBe(0)
  })

  test("the reported loss is the same expectation", async () => {
    const { history } = await run(
      positive.fit(data as never, {
        epochs: 1,
        batchSize: 1,
        optimizer: gradientMoments,
        seed,
        particles: 4,
        progress: false
      })
    )
    // the cost of one draw varies by less than one nat here, and there are four in a step
    expect(Math.abs((history[0]?.train ?? Number.NaN) - negativeElbo(m, s))).toBeLessThan(4 / Math.sqrt(4 * steps))
  })
})

describe("discrete latents, against exact enumeration", () => {
  test("the score term is there when the KL's gradient is zero: the gradient is −0.0487, not 0", async () => {
    // q = p = Bernoulli(½), so KL' = 0; d/dlogit E_q[−log p(x | z)] = ¼(−log p(x | 1) + log p(x | 0)) = ⅛(1 − 2x)
    const x = 0.6948
    const exact = (1 - 2 * x) / 8
    expect(exact).toBeCloseTo(-0.0487, 5)
    const coin = model(Bernoulli({ logits: 0 }), (z) => Normal(z, 1)).guide(() =>
      Bernoulli({ logits: param("logit", 0) })
    )
    const data = Dataset.of(new Float32Array(steps).fill(x), [])
    for (const particles of [1, 4]) {
      const options = { batchSize: 1, particles, seed, estimators: { z: score } }
      const found = await estimates((each) => coin.fit(data as never, each), options)
      const moments = found.of("logit")
      isUnbiased(moments, [exact])
      expect(Math.abs(moments.mean[0] ?? 0)).toBeGreaterThan(4 * (moments.error[0] ?? Number.NaN))
    }
  })

  test("three coins that one likelihood mixes: equal to the sum over all eight states", async () => {
    const [logits, prior, weights, x] = [[0.3, -0.8, 1.1], -0.4, [1.5, -2, 0.7], 0.9]
    const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t))
    const negativeElbo = (at: ReadonlyArray<number>): number => {
      let sum = 0
      for (let state = 0; state < 8; state++) {
        const z = [state & 1, (state >> 1) & 1, (state >> 2) & 1]
        const q = z.map((bit, i) => (bit === 1 ? sigmoid(at[i] ?? 0) : 1 - sigmoid(at[i] ?? 0)))
        const p = z.map((bit) => (bit === 1 ? sigmoid(prior) : 1 - sigmoid(prior)))
        const mean = Math.sin(z.reduce((total, bit, i) => total + bit * (weights[i] ?? 0), 0))
        const nll = 0.5 * ((x - mean) / 0.6) ** 2 + Math.log(0.6) + 0.5 * Math.log(2 * Math.PI)
        const weight = q.reduce((a, b) => a * b, 1)
        sum += weight * (q.reduce((a, b) => a + Math.log(b), 0) - p.reduce((a, b) => a + Math.log(b), 0) + nll)
      }
      return sum
    }
    const h = 1e-5
    const exact = logits.map(
      (_, i) =>
        (negativeElbo(logits.map((l, j) => (i === j ? l + h : l))) -
          negativeElbo(logits.map((l, j) => (i === j ? l - h : l)))) /
        (2 * h)
    )
    const coins = model(Bernoulli({ logits: prior }).iid(3), (z) =>
      Normal(tf.sin(tf.sum(tf.mul(z, weights))) as Tensor<readonly []>, 0.6)
    ).guide(() => Bernoulli({ logits: Tensor.of([3], tf.stack([param("a", 0.3), param("b", -0.8), param("c", 1.1)])) }))
    const data = Dataset.of(new Float32Array(steps).fill(x), [])
    for (const particles of [1, 4]) {
      const found = await estimates((options) => coins.fit(data as never, options), { batchSize: 1, particles, seed })
      ;["a", "b", "c"].forEach((name, i) => {
        isUnbiased(found.of(name), [exact[i] ?? 0])
      })
    }
  })
})

describe("a coin and a number that depend on each other in model and guide", () => {
  // model: k ~ Bernoulli, z ~ N(ck, 1), x ~ N(z, 1); guide: k ~ Bernoulli(l), z | k ~ N(a + bk, s)
  const [c, x, priorLogit] = [0.7, 1.3, 0.4]
  const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t))
  const negativeElbo = ({ l, a, b, s }: Readonly<Record<"l" | "a" | "b" | "s", number>>): number =>
    [0, 1].reduce((sum, k) => {
      const [q, p] = [sigmoid(l), sigmoid(priorLogit)].map((one) => (k === 1 ? one : 1 - one)) as [number, number]
      const m = a + b * k
      const kl = 0.5 * (s * s + (m - c * k) ** 2 - 1) - Math.log(s)
      const nll = 0.5 * ((x - m) ** 2 + s * s) + 0.5 * Math.log(2 * Math.PI)
      return sum + q * (Math.log(q / p) + kl + nll)
    }, 0)
  const at = { l: -0.3, a: 0.2, b: 0.6, s: 0.8 }
  const h = 1e-5
  const derivative = (name: keyof typeof at): number =>
    (negativeElbo({ ...at, [name]: at[name] + h }) - negativeElbo({ ...at, [name]: at[name] - h })) / (2 * h)

  const both = program(
    plate("data", (_row: { readonly x: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const k = yield* sample("k", Bernoulli({ logits: priorLogit }))
        const z = yield* sample("z", Normal(tf.mul(k, c) as Tensor<readonly []>, 1))
        yield* observe("x", Normal(z, 1))
      })
    )
  ).guideWith(() =>
    plate("data", (_row: { readonly x: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const k = yield* sample("k", Bernoulli({ logits: param("l", at.l) }))
        const loc = tf.add(param("a", at.a), tf.mul(param("b", at.b), k)) as Tensor<readonly []>
        yield* sample("z", Normal(loc, param("s", at.s)))
      })
    )
  )

  test.each([
    ["what the plan chooses, one particle", {}, 1],
    ["what the plan chooses, four particles", {}, 4],
    ["the path for the number and the score function for the coin", { k: score }, 4],
    ["the score function for both", { z: score }, 4]
  ])("%s gives the exact gradient of the enumerated and integrated ELBO", async (_, estimators, particles) => {
    const data = { data: { x: Dataset.of(new Float32Array(steps).fill(x), []) } } as never
    const found = await estimates((options) => both.fit(data, options), { batchSize: 1, particles, seed, estimators })
    for (const name of ["l", "a", "b", "s"] as const) {
      // a plate's total is N times the cost of one of its rows
      const { mean, error, variance } = found.of(name)
      const scaled = { mean: mean.map((v) => v / steps), error: error.map((v) => v / steps), variance }
      isUnbiased(scaled, [derivative(name)])
    }
  })
})

describe("a coin whose odds depend on the draw of a number", () => {
  // model: z ~ N(0, 1), k ~ Bernoulli(dz), x ~ N(ck + z, 1); guide: z ~ N(m, s), k | z ~ Bernoulli(a + bz)
  const [c, d, x] = [1.1, 0.8, 0.9]
  const softplus = (t: number): number => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)))
  const negativeElbo = ({ m, s, a, b }: Readonly<Record<"m" | "s" | "a" | "b", number>>): number => {
    const step = 0.01
    let total = 0
    for (let e = -8; e <= 8; e += step) {
      const z = m + s * e
      const [odds, prior] = [a + b * z, d * z]
      for (const k of [0, 1]) {
        const logQ = k * odds - softplus(odds)
        const cost = logQ - (k * prior - softplus(prior)) + 0.5 * (x - c * k - z) ** 2 + 0.5 * Math.log(2 * Math.PI)
        total += ((step * Math.exp(-0.5 * e * e)) / Math.sqrt(2 * Math.PI)) * Math.exp(logQ) * cost
      }
    }
    return total + 0.5 * (s * s + m * m - 1) - Math.log(s)
  }
  const at = { m: 0.3, s: 0.7, a: -0.2, b: 0.9 }
  const h = 1e-4
  const derivative = (name: keyof typeof at): number =>
    (negativeElbo({ ...at, [name]: at[name] + h }) - negativeElbo({ ...at, [name]: at[name] - h })) / (2 * h)
  const scalar = (t: tf.Tensor): Tensor<readonly []> => t as Tensor<readonly []>

  const both = program(
    plate("data", (_row: { readonly x: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        const k = yield* sample("k", Bernoulli({ logits: scalar(tf.mul(z, d)) }))
        yield* observe("x", Normal(scalar(tf.add(tf.mul(k, c), z)), 1))
      })
    )
  ).guideWith(() =>
    plate("data", (_row: { readonly x: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(param("m", at.m), param("s", at.s)))
        yield* sample("k", Bernoulli({ logits: scalar(tf.add(param("a", at.a), tf.mul(param("b", at.b), z))) }))
      })
    )
  )
  const data = { data: { x: Dataset.of(new Float32Array(steps).fill(x), []) } } as never

  test("leaves the number its path: the jump lies in the coin's own draw, which has a score function", () => {
    const plan = both.explain(data, { estimators: { k: score } })
    expect(plan.sites.map(({ site, gradient }) => [site, gradient])).toEqual([
      ["z", "reparameterized"],
      ["k", "score function"],
      ["x", undefined]
    ])
  })

  test.each([
    ["what the plan chooses, one particle", {}, 1],
    ["what the plan chooses, four particles", {}, 4],
    ["the path for the number and the score function for the coin", { k: score }, 4],
    ["the score function for both", { z: score }, 4]
  ])(
    "%s gives the exact gradient of the enumerated ELBO, integrated by quadrature",
    async (_, estimators, particles) => {
      const found = await estimates((options) => both.fit(data, options), { batchSize: 1, particles, seed, estimators })
      for (const name of ["m", "s", "a", "b"] as const) {
        const { mean, error, variance } = found.of(name)
        const scaled = { mean: mean.map((v) => v / steps), error: error.map((v) => v / steps), variance }
        isUnbiased(scaled, [derivative(name)])
      }
    }
  )
})

test("a global discrete site gets the cost of every row that it influences, scaled to all rows", async () => {
  // k ~ Bernoulli(½) chooses the mean of all rows; minibatches of two among six
  const xs = [0.4, 0.9, 1.2, -0.1, 0.6, 0.3]
  const exact = 0.25 * xs.reduce((sum, x) => sum + 0.5 * ((x - 1) ** 2 - x * x), 0)
  const switched = program(
    Effect.gen(function* () {
      const k = yield* sample("k", Bernoulli({ logits: 0 }))
      yield* plate("rows", (_row: { readonly x: Tensor<readonly []> }) => observe("x", Normal(k, 1)))
    })
  ).guide(() => ({ k: Bernoulli({ logits: param("logit", 0) }) }))
  const data = { rows: { x: Dataset.of(Array.from({ length: 500 }, () => xs).flat(), []) } } as never
  for (const particles of [1, 4]) {
    const found = await estimates((options) => switched.fit(data, options), {
      batchSize: 6,
      epochs: 8,
      particles,
      seed
    })
    expect(found.steps).toBe(4000)
    const { mean, error, variance } = found.of("logit")
    isUnbiased({ mean: mean.map((v) => v / 500), error: error.map((v) => v / 500), variance }, [exact])
  }
})

test("a vector of coins in a dot product is as exact as scalars", async () => {
  const coins = model(Bernoulli({ logits: 0 }).iid(2), (z) =>
    Normal(dot(z, Tensor.of([2], tf.tensor1d([1, -1])) as never), 1)
  ).guide(() => Bernoulli({ logits: param("logits", [2]) }))
  // E over four states of ½(x − (z₁ − z₂))², differentiated by each logit at ½: ¼ of the difference of conditional means
  const x = 0.5
  const nll = (a: number, b: number): number => 0.5 * (x - (a - b)) ** 2
  const exact = [
    0.25 * (0.5 * (nll(1, 0) + nll(1, 1)) - 0.5 * (nll(0, 0) + nll(0, 1))),
    0.25 * (0.5 * (nll(0, 1) + nll(1, 1)) - 0.5 * (nll(0, 0) + nll(1, 0)))
  ]
  const data = Dataset.of(new Float32Array(steps).fill(x), [])
  const found = await estimates((options) => coins.fit(data as never, options), { batchSize: 1, particles: 4, seed })
  isUnbiased(found.of("logits"), exact)
})
