import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "../harness.ts"
import { estimates, isUnbiased } from "../moments.ts"

const quiet = { epochs: 1, progress: false, learningRate: 1e-9, objective: Objective.iwae } as const

describe("the importance weighted bound", () => {
  test("of the exact posterior is log p(x), with any number of particles: log N(1.29; 0, √2) = −1.6815", async () => {
    const exact = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) =>
      Normal(Tensor.of([], tf.mul(0.5, x)), Math.SQRT1_2)
    )
    for (const particles of [1, 5]) {
      const { history } = await run(exact.fit(Dataset.of([1.29], []), { ...quiet, particles }), cpu)
      expect(-(history[0]?.train ?? Number.NaN)).toBeCloseTo(-0.5 * Math.log(4 * Math.PI) - 1.29 ** 2 / 4, 5)
    }
  })

  const wide = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(0, 1.5))
  const logEvidence = (x: number): number => -0.5 * Math.log(2 * Math.PI * 1.25) - (0.5 * x * x) / 1.25

  const prior = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(0, 1))

  test.each([
    ["a guide wider than the posterior", wide],
    ["the prior as the guide", prior]
  ])("by %s is the ELBO with one particle, rises with their number, and stays below log p(x)", async (_, guided) => {
    const data = Dataset.of(new Float32Array(500).fill(0.7), [])
    const fitted = await run(guided.fit(data, { epochs: 1, batchSize: 500, learningRate: 1e-9, progress: false }), cpu)
    const bounds = []
    for (const particles of [1, 2, 5, 200]) bounds.push(await run(fitted.logMarginal(data, { particles }), cpu))
    const elbo = await run(fitted.elbo(data), cpu)
    expect(Math.abs((bounds[0] ?? 0) - elbo)).toBeLessThan(1)
    for (const [i, bound] of bounds.entries()) if (i > 0) expect(bound).toBeGreaterThan(bounds[i - 1] ?? 0)
    // 200 weights leave a bias of about −Var(w)/(2·200·E[w]²) = −0.005, and 500 data a standard error of 0.005
    expect(bounds.at(-1)).toBeLessThan(logEvidence(0.7) + 0.02)
    expect(bounds.at(-1)).toBeGreaterThan(logEvidence(0.7) - 0.02)
  })

  test("of a batch is the mean of those of its data: particles are weighed for each datum on its own", async () => {
    const one = async (x: ReadonlyArray<number>) => {
      const fitted = await run(wide.fit(Dataset.of(x, []), { ...quiet, epochs: 1 }), cpu)
      return run(fitted.logMarginal(Dataset.of(x, []), { particles: 20_000 }), cpu)
    }
    const together = await one([-1.5, 0.2, 2])
    const apart = [await one([-1.5]), await one([0.2]), await one([2])].reduce((sum, x) => sum + x / 3, 0)
    expect(Math.abs(together - apart)).toBeLessThan(0.02)
  })

  test("takes no closed KL, and the plan says why", () => {
    const [z] = wide.explain({ objective: Objective.iwae }).sites
    expect(z).toMatchObject({ kl: "sampled", because: expect.stringContaining("IWAE weighs each draw") })
  })
})

describe("its gradient with two particles equals that of the bound by quadrature", () => {
  const [x, m, s] = [0.7, 0.2, 0.9]
  const log = (v: number, loc: number, scale: number): number =>
    -0.5 * ((v - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
  /** −E[log ½(w₁ + w₂)] on a grid of the noise. */
  const loss = (loc: number, scale: number): number => {
    const n = 240
    const points = Array.from({ length: n + 1 }, (_, i) => -8 + (16 * i) / n)
    const weights = points.map((e) => {
      const z = loc + scale * e
      return { w: Math.exp(log(z, 0, 1) + log(x, z, 0.5) - log(z, loc, scale)), p: (Math.exp(log(e, 0, 1)) * 16) / n }
    })
    let sum = 0
    for (const a of weights) for (const b of weights) sum -= a.p * b.p * Math.log(0.5 * (a.w + b.w))
    return sum
  }
  const h = 1e-3
  const exact = {
    m: [(loss(m + h, s) - loss(m - h, s)) / (2 * h)],
    s: [(loss(m, s + h) - loss(m, s - h)) / (2 * h)]
  }
  const guided = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(param("m", m), param("s", s)))
  const data = Dataset.of(new Float32Array(20_000).fill(x), [])

  test.each([
    ["along the path", reparameterized],
    ["by the score function, whose cost all particles share", score]
  ])("%s", async (_, estimator) => {
    const found = await estimates((options) => guided.fit(data as never, options), {
      batchSize: 1,
      particles: 2,
      seed: 3,
      objective: Objective.iwae,
      estimators: { z: estimator }
    })
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
  })

  test("a score function under it has no leave-one-out, which would leave nothing, but VIMCO's baseline", () => {
    const controlOf = (particles: number) =>
      guided.explain({ objective: Objective.iwae, particles, estimators: { z: score } }).sites[0]?.control
    expect(controlOf(4)).toBe("VIMCO")
    expect(controlOf(1)).toBe("running baseline")
  })
})

describe("VIMCO's baseline for a coin under a bound of three particles, against the sum over all eight draws", () => {
  const [x, logit, prior, rows] = [0.8, 0.3, 0.35, 6000]
  const coin = model(Bernoulli({ probs: prior }), (z) => Normal(tf.mul(2, z) as Tensor<readonly []>, 0.6)).guide(() =>
    Bernoulli({ logits: param("logit", logit) })
  )
  const logWeight = (z: number, l: number): number => {
    const q = 1 / (1 + Math.exp(-l))
    const prob = z === 1 ? prior / q : (1 - prior) / (1 - q)
    return Math.log(prob) - 0.5 * ((x - 2 * z) / 0.6) ** 2 - Math.log(0.6) - 0.5 * Math.log(2 * Math.PI)
  }
  const draws = Array.from({ length: 8 }, (_, s) => [s & 1, (s >> 1) & 1, (s >> 2) & 1])
  const loss = (l: number): number => {
    const q = 1 / (1 + Math.exp(-l))
    return draws.reduce((sum, zs) => {
      const chance = zs.reduce((all, z) => all * (z === 1 ? q : 1 - q), 1)
      return sum - chance * Math.log(zs.reduce((all, z) => all + Math.exp(logWeight(z, l)), 0) / 3)
    }, 0)
  }
  const h = 1e-5
  const exact = (loss(logit + h) - loss(logit - h)) / (2 * h)
  const data = Dataset.of(new Float32Array(rows).fill(x), [])
  const at = async (estimator: Estimator) =>
    (
      await estimates((options) => coin.fit(data as never, options), {
        batchSize: 1,
        particles: 3,
        seed: 8,
        objective: Objective.iwae,
        estimators: { z: estimator }
      })
    ).of("logit")

  test("it is unbiased, and varies less than a running baseline of the cost that all share", async () => {
    const [vimco, running] = [await at(score), await at({ ...score, control: () => "running baseline" })]
    isUnbiased(vimco, [exact])
    expect((running.variance[0] ?? 0) / (vimco.variance[0] ?? 0)).toBeGreaterThan(1.5)
  })

  test("its variance is that of its definition, summed over all draws", async () => {
    const q = 1 / (1 + Math.exp(-logit))
    const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length
    const logMean = (values: ReadonlyArray<number>): number => Math.log(mean(values.map(Math.exp)))
    const gradients = draws.map((zs) => {
      const weights = zs.map((z) => logWeight(z, logit))
      const credit = zs.reduce((sum, z, k) => {
        const others = mean(weights.filter((_, j) => j !== k))
        const baseline = -logMean(weights.map((w, j) => (j === k ? others : w)))
        return sum + (-logMean(weights) - baseline) * (z - q)
      }, 0)
      // the derivative of the loss at given draws: log q stands in each weight
      const share = weights.map((w) => Math.exp(w) / (3 * mean(weights.map(Math.exp))))
      const direct = zs.reduce((sum, z, k) => sum + (share[k] ?? 0) * (z - q), 0)
      return { chance: zs.reduce((all, z) => all * (z === 1 ? q : 1 - q), 1), value: credit + direct }
    })
    const first = gradients.reduce((sum, { chance, value }) => sum + chance * value, 0)
    const variance = gradients.reduce((sum, { chance, value }) => sum + chance * (value - first) ** 2, 0)
    expect(first).toBeCloseTo(exact, 6)
    const found = (await at(score)).variance[0] ?? 0
    // a variance from 6000 draws has a relative error of some 3 %
    expect(found / variance).toBeGreaterThan(0.9)
    expect(found / variance).toBeLessThan(1.1)
  })
})

test("what is observed beside the plate of the latent sites is no part of the weights: each datum keeps its own", async () => {
  const twoPlates = program(
    Effect.gen(function* () {
      yield* observe("g", Normal(0, 1))
      yield* plate("a", (_row: object) => Effect.flatMap(sample("z", Normal(0, 1)), (z) => observe("y", Normal(z, 1))))
      yield* plate("b", (_row: object) => observe("w", Normal(0, 2)))
    })
  ).guide(() => ({ a: () => ({ z: Normal(0, 1.2) }) }))
  const ys = Array.from({ length: 40 }, (_, i) => (i % 9) / 4 - 1)
  const data = { g: Tensor.of([], tf.scalar(0.5)), a: { y: Dataset.of(ys, []) }, b: { w: Dataset.of([1, -2, 3], []) } }
  const log = (v: number, scale: number): number =>
    -0.5 * (v / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
  const exact = ys.reduce((sum, v) => sum + log(v, Math.SQRT2), log(0.5, 1) + log(1, 2) + log(-2, 2) + log(3, 2))
  const fitted = await run(twoPlates.fit(data as never, { ...quiet, batchSize: 8 }), cpu)
  const found = await run(fitted.logMarginal(data as never, { particles: 20_000 }), cpu)
  // log weights of 40 data with a relative variance of about 1 each: a standard error of √(40 / 20,000) = 0.045
  expect(Math.abs(found - exact)).toBeLessThan(0.2)
})

describe("with a latent site outside of the plate the whole data have one weight", () => {
  const coin = program(
    Effect.gen(function* () {
      const c = yield* sample("c", Bernoulli({ probs: 0.5 }))
      yield* plate("rows", (_row: object) => observe("y", Normal(Tensor.of([], tf.mul(0.3, c)), 1)))
    })
  ).guide(() => ({ c: Bernoulli({ logits: param("logit", 0) }) }))
  const rows = { rows: { y: Dataset.of([0.4, -1, 0.9, 2], []) } }
  const normal = (v: number, loc: number): number => -0.5 * (v - loc) ** 2 - 0.5 * Math.log(2 * Math.PI)

  test("log p of all rows comes out of many particles: a sum over two values of the coin", async () => {
    const fitted = await run(coin.fit(rows, { epochs: 1, learningRate: 1e-9, progress: false }), cpu)
    const sums = [0, 0.3].map((loc) => [0.4, -1, 0.9, 2].reduce((sum, v) => sum + normal(v, loc), Math.log(0.5)))
    const right = Math.log(sums.reduce((total, v) => total + Math.exp(v), 0))
    expect(await run(fitted.logMarginal(rows, { particles: 20_000 }), cpu)).toBeCloseTo(right, 2)
  })

  test("a minibatch is refused: the bound is no sum over rows", async () => {
    const error = await failure(coin.fit(rows, { ...quiet, batchSize: 2 }))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain("at least 4, all rows of 'rows'")
  })
})
