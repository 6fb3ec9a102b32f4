import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import type { FitOptions } from "../../../src/infer/fit/options.ts"
import { epochLine } from "../../../src/infer/fit/progress.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { sum } from "../../../src/tensor/ops/reduce.ts"
import { cpu, failure, run } from "../harness.ts"

const wide = model(Normal(0, 1).iid(20), (z) => Normal(sum(z), 1)).guide(() =>
  Normal(param("loc", [20], 1), param.positive("scale", [20], 2))
)
const data = Dataset.of([0.3, -0.2, 1], [])
const still: FitOptions = { optimizer: Optimizer.sgd(0), progress: false, batchSize: 1, epochs: 1 }
const historyOf = async (options: FitOptions) => (await run(wide.fit(data, { ...still, ...options }), cpu)).history
/** ½(2² + 1² − 1 − log 2²) for each of twenty numbers. */
const kl = 26.13706

describe("the ELBO with a weighed KL", () => {
  test("counts KL(N(1, 2)^20 ‖ N(0, 1)^20) = 26.13706 β times, and reports −ELBO beside it", async () => {
    const [none] = await historyOf({ objective: Objective.beta(0) })
    const [plain] = await historyOf({})
    for (const beta of [0.25, 1, 4]) {
      const [epoch] = await historyOf({ objective: Objective.beta(beta) })
      expect((epoch?.train ?? 0) - (none?.train ?? 0)).toBeCloseTo(kl * beta, 3)
      expect(epoch?.bound).toBeCloseTo(plain?.train ?? Number.NaN, 3)
    }
    expect(plain).not.toHaveProperty("bound")
  })

  test("its gradient is that of the KL alone where nothing else depends on the guide", async () => {
    const alone = model(Normal(0, 1), () => Normal(0, 1)).guide(() => Normal(param("loc", 2), 1))
    const fitted = await run(
      alone.fit(data, { ...still, batchSize: 3, optimizer: Optimizer.sgd(0.1), objective: Objective.beta(0.5) }),
      cpu
    )
    // KL = loc²/2, so that loc ← loc − 0.1 · 0.5 · loc
    expect(fitted.parameter("loc")[0]).toBeCloseTo(2 - 0.1 * 0.5 * 2, 6)
  })

  test("rises over some epochs, is no bound before their end, and a bound from then on", async () => {
    const history = await historyOf({ epochs: 6, objective: Objective.beta({ epochs: 3 }) })
    const betas = history.map(({ train, bound = Number.NaN }) => 1 + (train - bound) / kl)
    // three steps in an epoch: β is 0, 1/9, 2/9 in the first one
    ;[1 / 9, 4 / 9, 7 / 9, 1, 1, 1].forEach((beta, i) => {
      expect(betas[i]).toBeCloseTo(beta, 4)
    })
    expect(history.map(({ noBound }) => noBound !== undefined)).toEqual([true, true, true, false, false, false])
    expect(epochLine(history[0] ?? { epoch: 0, train: 0, seconds: 0 })).toMatch(
      /^epoch 1 {2}train [\d.]+ {2}−ELBO [\d.]+ {2}no bound on log p\(x\)/
    )
  })

  test("is a function of the step, too", async () => {
    const history = await historyOf({ epochs: 2, objective: Objective.beta((step, steps) => step / steps) })
    const betas = history.map(({ train, bound = Number.NaN }) => 1 + (train - bound) / kl)
    ;[1 / 6, 4 / 6].forEach((beta, i) => {
      expect(betas[i]).toBeCloseTo(beta, 4)
    })
  })

  test("is no bound in an epoch in whose middle alone it is not 1", async () => {
    // three steps in an epoch: 1, 0, 1 and then 1, 1, 1
    const history = await historyOf({ epochs: 2, objective: Objective.beta((step) => (step === 1 ? 0 : 1)) })
    expect(history.map(({ noBound }) => noBound !== undefined)).toEqual([true, false])
  })

  test("of a warm-up that the fit is too short for is refused before the first step", async () => {
    const error = await failure(wide.fit(data, { ...still, epochs: 300, objective: Objective.beta({ epochs: 400 }) }))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain("a warm-up of β over 400 epochs")
    expect(error.message).toContain("at most 300 epochs")
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("β = %d is refused", (beta) => {
    expect(() => Objective.beta(beta)).toThrow(InvalidOption)
  })

  test("is marked in plan, history and file, and the fitted value has the ELBO", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latent-beta-"))
    const fitted = await run(wide.fit(data, { ...still, objective: Objective.beta(0.5) }), cpu)
    expect(`${fitted.explain()}`).toContain("no bound on log p(x): its KLs count β times, where β is 0.5")
    const path = join(folder, "fit.safetensors")
    await run(fitted.save(path), cpu)
    const loaded = await run(wide.load(path), cpu)
    expect(loaded.history).toEqual(fitted.history)
    expect(loaded.history[0]?.noBound).toEqual(["its KLs count β times, where β is 0.5"])
    const { kl: found } = await run(fitted.elboParts(data), cpu)
    expect(found).toBeCloseTo(kl, 3)
    rmSync(folder, { recursive: true })
  })
})

describe("free nats", () => {
  test("below which a KL costs nothing, and has no gradient", async () => {
    const alone = model(Normal(0, 1), () => Normal(0, 1)).guide(() => Normal(param("loc", 1), 1))
    const fit = (nats: number) =>
      run(
        alone.fit(data, { ...still, batchSize: 3, optimizer: Optimizer.sgd(0.1), objective: Objective.freeBits(nats) }),
        cpu
      )
    const free = await fit(2)
    const [epoch] = free.history
    // KL = loc²/2 = ½ costs two nats
    expect((epoch?.train ?? 0) - (epoch?.bound ?? 0)).toBeCloseTo(1.5, 5)
    expect(free.parameter("loc")[0]).toBe(1)
    const paid = await fit(0.1)
    expect(paid.history[0]?.train).toBeCloseTo(paid.history[0]?.bound ?? Number.NaN, 5)
    expect(paid.parameter("loc")[0]).toBeCloseTo(0.9, 5)
  })

  test("count for the mean of the rows of a step, not for each", async () => {
    const byRow = model(Normal(0, 1), () => Normal(0, 1)).guide((value) => Normal(value, 1))
    const values = [0, 2]
    const fitted = await run(
      byRow.fit(Dataset.of(values, []), { ...still, batchSize: 2, objective: Objective.freeBits(0.5) }),
      cpu
    )
    // KLs of 0 and 2 nats have the mean 1, which is above ½: nothing is free
    const [epoch] = fitted.history
    expect(epoch?.train).toBeCloseTo(epoch?.bound ?? Number.NaN, 5)
  })

  test("below 0 are refused", () => {
    expect(() => Objective.freeBits(-1)).toThrow(InvalidOption)
  })
})
