import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { GuideMismatch, InvalidOption } from "../../../src/Errors.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { cpu, engines, failure, onnx, run } from "../harness.ts"
import { estimates, isUnbiased } from "../moments.ts"
import { copies, elboAt, guided, integral, iwaeLoss, logEvidence, logP, logQ, m, s, slopes, x } from "./gaussian.ts"

/** The mean loss of many data at once, with the parameters as they are. */
const lossOf = async (objective: (typeof Objective)["iwae"], particles: number) => {
  const options = { epochs: 1, batchSize: 500, particles, objective, optimizer: Optimizer.sgd(0), progress: false }
  const fitted = await run(guided.fit(Dataset.of(new Float32Array(2000).fill(x), []), options), onnx)
  return fitted.history[0]?.train ?? Number.NaN
}

describe("the Rényi bound", () => {
  test.each([0, 0.5, 0.9])("of α = %d is the integral, with many particles", async (alpha) => {
    const exact = Math.log(integral((z) => Math.exp(alpha * logQ(z) + (1 - alpha) * logP(z)))) / (1 - alpha)
    expect(Math.abs(-(await lossOf(Objective.renyi(alpha), 300)) - exact)).toBeLessThan(0.02)
  })

  test("of α = 0 is the importance weighted one, to the last digit", async () => {
    expect(await lossOf(Objective.renyi(0), 7)).toBe(await lossOf(Objective.iwae, 7))
  })

  test.each([1, -0.5, Number.NaN])("of α = %d is refused", (alpha) => {
    expect(() => Objective.renyi(alpha)).toThrow(InvalidOption)
  })
})

test("ELBO and χ bound enclose log p(x), and the χ bound is its integral", async () => {
  const upper = 0.5 * Math.log(integral((z) => Math.exp(2 * logP(z) - logQ(z))))
  expect(Math.abs((await lossOf(Objective.cubo(2), 500)) - upper)).toBeLessThan(0.02)
  expect(elboAt(m, s)).toBeLessThan(logEvidence)
  expect(upper).toBeGreaterThan(logEvidence)
})

describe("sticking the landing", () => {
  const landed = model(Normal(0, 1), (z) => Normal(z, 1)).guide((value) =>
    Normal(mul(param("slope", 0.5), value), param("scale", Math.SQRT1_2))
  )
  const data = Dataset.of([1.2, -0.4, 0.3, 2], [])

  test("at the posterior each step's gradient is 0, where that of the ELBO by draws varies", async () => {
    const at = (objective: (typeof Objective)["elbo"]) =>
      estimates((options) => landed.fit(data, options), { batchSize: 4, epochs: 50, seed: 1, objective })
    const stuck = await at(Objective.stickingTheLanding)
    expect(Math.max(...stuck.of("slope").variance, ...stuck.of("scale").variance)).toBeLessThan(1e-9)
    expect(Math.abs(stuck.of("scale").mean[0] ?? Number.NaN)).toBeLessThan(1e-6)
    const plain = await at(Objective.elbo)
    expect(plain.of("slope").variance[0]).toBeGreaterThan(1e-3)
  })

  test("elsewhere its gradient is that of the ELBO", async () => {
    const found = await estimates((options) => guided.fit(copies, options), {
      ...{ batchSize: 1, seed: 2, objective: Objective.stickingTheLanding }
    })
    const exact = slopes((loc, scale) => -elboAt(loc, scale))
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
  })

  test("also for a draw without a path, whose score function keeps its cost", async () => {
    const found = await estimates((options) => guided.fit(copies, options), {
      ...{ batchSize: 1, particles: 8, seed: 2, objective: Objective.stickingTheLanding, estimators: { z: score } }
    })
    const exact = slopes((loc, scale) => -elboAt(loc, scale))
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
  })

  test("samples its KL, and the plan says why", () => {
    const [z] = guided.explain({ objective: Objective.stickingTheLanding }).sites
    expect(z).toMatchObject({ kl: "sampled", because: expect.stringContaining("reads log q at the draw") })
  })
})

describe("the doubly reparameterized gradient", () => {
  const of = (objective: (typeof Objective)["iwae"], particles: number, n = 5000, seed = 3) =>
    estimates((options) => guided.fit(Dataset.of(new Float32Array(n).fill(x), []), options), {
      batchSize: 1,
      particles,
      seed,
      objective
    })

  test("is that of the importance weighted bound with two particles, by quadrature", async () => {
    const exact = slopes(iwaeLoss)
    const found = await of(Objective.doublyReparameterized, 2)
    isUnbiased(found.of("m"), exact.m)
    isUnbiased(found.of("s"), exact.s)
  })

  test("keeps its signal with many particles, where that of the bound drowns", async () => {
    const [twice, plain] = [await of(Objective.doublyReparameterized, 64, 1000), await of(Objective.iwae, 64, 1000)]
    const noise = (found: typeof twice): number => (found.of("m").variance[0] ?? 0) / (found.of("m").mean[0] ?? 0) ** 2
    expect(noise(twice)).toBeLessThan(0.2 * noise(plain))
  })

  test("of reweighted wake-sleep is that of its guide", async () => {
    const [twice, plain] = [
      await of(Objective.wakeSleepReparameterized, 4),
      await of(Objective.reweightedWakeSleep, 4, 5000, 8)
    ]
    for (const name of ["m", "s"]) {
      const [a, b] = [twice.of(name), plain.of(name)]
      const error = Math.hypot(a.error[0] ?? Number.NaN, b.error[0] ?? Number.NaN)
      expect(error).toBeLessThan(Math.abs(b.mean[0] ?? 0) / 8)
      expect(Math.abs((a.mean[0] ?? Number.NaN) - (b.mean[0] ?? Number.NaN))).toBeLessThan(4 * error)
    }
  })

  test("is refused for a draw without a path, in words", async () => {
    const coin = model(Bernoulli({ probs: 0.5 }), (z) => Normal(z, 1)).guide(() =>
      Bernoulli({ logits: param("logit", 0) })
    )
    const error = await failure(coin.fit(copies, { objective: Objective.doublyReparameterized, particles: 4 }))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("differentiates through each draw")
    expect(error.message).toContain("Objective.reweightedWakeSleep")
  })
})

describe("reweighted wake-sleep", () => {
  test("with many particles its guide descends KL(p(z | x) ‖ q)", async () => {
    const mean = x / 1.25
    const posterior = (z: number): number => Math.exp(logP(z) - logEvidence)
    expect(integral((z) => posterior(z) * z)).toBeCloseTo(mean, 6)
    const exact = slopes((loc, scale) => -integral((z) => posterior(z) * logQ(z, loc, scale)))
    for (const objective of [Objective.reweightedWakeSleep, Objective.forwardKl]) {
      const found = await estimates((options) => guided.fit(Dataset.of(new Float32Array(4000).fill(x), []), options), {
        ...{ batchSize: 1, particles: 400, seed: 5, objective }
      })
      // normalised weights are off by about 1/K
      for (const [name, [value = Number.NaN]] of Object.entries(exact)) {
        const { mean: found1, error } = found.of(name)
        expect(Math.abs((found1[0] ?? Number.NaN) - value)).toBeLessThan(4 * (error[0] ?? 0) + 0.02)
      }
    }
  })

  test("the model's gradient is that of the importance weighted bound, to the last digit", async () => {
    const learned = model(Normal(0, 1), (z) => Normal(add(z, param("centre", 0.4)), 0.5)).guide(() => Normal(0.2, 0.9))
    const at = async (objective: (typeof Objective)["iwae"]) =>
      (
        await estimates((options) => learned.fit(Dataset.of([x], []), options), {
          ...{ particles: 5, epochs: 20, seed: 4, objective }
        })
      ).of("centre").mean
    expect(await at(Objective.reweightedWakeSleep)).toEqual(await at(Objective.iwae))
    expect(await at(Objective.forwardKl)).toEqual([0])
  })

  test.each(engines)("fits a discrete posterior, exactly that by Bayes' rule: %s", async (_, engine) => {
    const coin = model(Bernoulli({ probs: 0.3 }), (z) => Normal(mul(2, z), 1)).guide(() =>
      Bernoulli({ logits: param("logit", 0) })
    )
    const fitted = await run(
      coin.fit(Dataset.of([1.4], []), {
        ...{ epochs: 1500, particles: 20, progress: false, objective: Objective.reweightedWakeSleep, seed: 2 },
        optimizer: Optimizer.adam(Schedule.cosine(0.05))
      }),
      engine
    )
    const odds = (0.3 / 0.7) * Math.exp(-0.5 * (1.4 - 2) ** 2 + 0.5 * 1.4 ** 2)
    expect(Math.abs((fitted.parameter("logit")[0] ?? Number.NaN) - Math.log(odds))).toBeLessThan(0.05)
    expect(`${fitted.explain()}`).toContain("the objective takes draws as constants")
  })

  test("needs two particles, and takes no estimators", async () => {
    const alone = await failure(guided.fit(copies, { objective: Objective.reweightedWakeSleep }), cpu)
    expect(alone.message).toContain("a single draw has the weight 1")
    const asked = { objective: Objective.forwardKl, particles: 3, estimators: { z: score } }
    expect((await failure(guided.fit(copies, asked))).message).toContain("forward KL takes draws as constants")
  })
})

describe("a conjugate posterior is found, to 1 %, by", () => {
  const posterior = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() =>
    Normal(param("loc", 0), param.positive("scale", 1))
  )
  test.each([
    ["the ELBO", Objective.elbo, 50, 1],
    ["sticking the landing", Objective.stickingTheLanding, 10, 1],
    // with many particles the bound is tight, whatever the guide is
    ["IWAE", Objective.iwae, 2, 64],
    ["IWAE, doubly reparameterized", Objective.doublyReparameterized, 10, 1],
    ["a Rényi bound", Objective.renyi(0.5), 10, 64],
    ["the χ bound", Objective.cubo(2), 300, 1],
    ["reweighted wake-sleep", Objective.reweightedWakeSleep, 300, 1],
    ["forward KL", Objective.forwardKl, 300, 1]
  ])("%s", async (_, objective, particles, copies) => {
    const fitted = await run(
      posterior.fit(Dataset.of(new Float32Array(copies).fill(x), []), {
        ...{ epochs: 4000, batchSize: copies, particles, progress: false, objective, seed: 6 },
        optimizer: Optimizer.adam(Schedule.cosine(0.03), { beta2: 0.99 })
      }),
      onnx
    )
    expect(Math.abs((fitted.parameter("loc")[0] ?? Number.NaN) / 0.56 - 1)).toBeLessThan(0.01)
    expect(Math.abs((fitted.parameter("scale")[0] ?? Number.NaN) / Math.sqrt(0.2) - 1)).toBeLessThan(0.01)
  })
})

test("verify compares gradients of one function that stays the same, and says so otherwise", async () => {
  const rows = Dataset.of([0.7, 0.1], [])
  for (const objective of [Objective.reweightedWakeSleep, Objective.beta({ epochs: 3 })]) {
    const error = await failure(guided.verify(rows, { objective, particles: 2 }))
    expect(error).toBeInstanceOf(InvalidOption)
  }
  const found = await run(
    guided.verify(rows, { objective: Objective.renyi(0.5), particles: 3, seed: 1, steps: 200 }),
    onnx
  )
  expect(found.ok).toBe(true)
})
