import * as tf from "@tensorflow/tfjs"
import { Effect, Stream } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Mixture } from "../../../src/dist/combine/Mixture.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { type MeasuredEstimator, type Measurement, measurement } from "../../../src/infer/diagnose/Measurement.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { enumerated } from "../../../src/infer/estimator/enumeration.ts"
import { implicit } from "../../../src/infer/estimator/implicit.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { failure, onnx, run } from "../harness.ts"

const row = ({ rows }: Measurement, site: string, estimator: Estimator): MeasuredEstimator => {
  const found = rows.find((each) => each.site === site && each.estimator === estimator)
  if (found === undefined) throw new Error(`no row of ${site} by ${estimator.name}`)
  return found
}
const names = ({ rows }: Measurement): ReadonlyArray<string> =>
  rows.map(({ site, estimator }) => `${site}: ${estimator.name}`)

describe("x = 0, prior N(0, 1), likelihood N(z, 1), guide N(m, 1) at m = 0, whose closed KL has no slope", () => {
  // with z = ε the cost is c = ½ε² + constant, the path is ε, and the score function's estimate (c − b) ε
  const pair = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
  // a hundred rows a step are a hundred estimates, whose mean is nearly normal: a variance from 1,000 steps has a relative standard error of √((2 + κ / 100) / 1,000), with the excess kurtosis κ
  const [rows, steps] = [100, 1000]
  const zeros = Dataset.of(new Float32Array(rows), [])
  const measured = (particles: number, steps: number) =>
    run(pair.measure(zeros, { batchSize: rows, particles, steps, seed: 4 }), onnx)
  const isVariance = (found: Measurement, estimator: Estimator, exact: number, kurtosis: number): void => {
    const error = Math.sqrt((2 + kurtosis / rows) / steps)
    expect(Math.abs((rows * row(found, "z", estimator).variance) / exact - 1)).toBeLessThan(4 * error)
  }

  test("the variances of one particle are those of the closed form: E[ε²] = 1, and ¼E[(ε² − 1)² ε²] = 5/2 less the baseline's", async () => {
    const found = await measured(1, steps)
    expect(found.steps).toBe(steps)
    isVariance(found, reparameterized, 1, 0)
    // the fourth moment is 449. The running mean of 100 costs adds less than a thousandth
    isVariance(found, score, 5 / 2, 449 / 2.5 ** 2 - 3)
    expect(row(found, "z", score).control).toBe("running baseline")
  })

  test("and those of two particles: ½ for the path, 3/2 for leave-one-out", async () => {
    const found = await measured(2, steps)
    isVariance(found, reparameterized, 1 / 2, 0)
    // ¼ (ε₁ − ε₂)² (ε₁ + ε₂), of a difference and a sum with variance 2: E of the fourth power is 4⁻⁴ · 105 · 2⁴ · 3 · 2²
    isVariance(found, score, 3 / 2, (105 * 16 * 12) / 256 / 1.5 ** 2 - 3)
    expect(row(found, "z", score).control).toBe("leave-one-out")
  })

  test("each row is a site and an estimator that applies, the cost is their product, and the table says which is chosen", async () => {
    const found = await measured(1, 100)
    expect(names(found)).toEqual(["z: reparameterized", "z: score function", "z: NVIL", "z: measure-valued"])
    for (const { variance, milliseconds, cost } of found.rows) {
      expect(milliseconds).toBeGreaterThan(0)
      expect(cost).toBe(variance * milliseconds)
    }
    expect(found.rows.map(({ isPlanned }) => isPlanned)).toEqual([true, false, false, false])
    const lines = `${found}`.split("\n")
    expect(lines[0]).toMatch(/^site {2}estimator +variance +ms a step +variance × ms$/)
    expect(lines[1]).toMatch(/^z +reparameterized +\d.* chosen/)
    expect(lines[2]).toMatch(/^z +score function, running baseline +\d/)
  })

  test("the same seed gives the same variances, and far from the optimum the score function varies more, while the path does not", async () => {
    const at = async (m: number) =>
      (
        await run(
          pair.measure(zeros, {
            batchSize: rows,
            steps: 300,
            seed: 4,
            start: { parameters: { m: Float32Array.of(m) } }
          }),
          onnx
        )
      ).rows.map(({ variance }) => variance)
    const [a = [], b = [], far = []] = [await at(0), await at(0), await at(3)]
    expect(a).toEqual(b)
    expect((far[0] ?? 0) / (a[0] ?? 0)).toBeLessThan(1.5)
    expect((far[1] ?? 0) / (a[1] ?? 0)).toBeGreaterThan(5)
  })
})

describe("the best of a site", () => {
  const rows = (costs: ReadonlyArray<readonly [Estimator, number]>) =>
    measurement(
      costs.map(([estimator, cost], i) => ({
        ...{ site: "z", estimator, control: undefined, variance: cost, milliseconds: 1, cost },
        isPlanned: i === 0
      })),
      100
    ).estimators["z"]

  test("is the one of the lowest cost", () => {
    expect(
      rows([
        [score, 5],
        [reparameterized, 4],
        [implicit, 3]
      ])
    ).toBe(implicit)
  })
  test("stays the planned one where no other is better by a tenth", () => {
    expect(
      rows([
        [score, 1.05],
        [reparameterized, 1]
      ])
    ).toBe(score)
    expect(
      rows([
        [score, 1.15],
        [reparameterized, 1]
      ])
    ).toBe(reparameterized)
  })
  test("stays the planned one where both have no variance", () => {
    expect(
      rows([
        [enumerated, 0],
        [reparameterized, 0]
      ])
    ).toBe(enumerated)
  })
})

// the weight of a mixture with modes at ±4 moves mass along a path over which the likelihood changes much
const apart = program(function* () {
  const z = yield* sample("z", Normal(0, 4))
  yield* plate("rows", (_row: { readonly x: Tensor<readonly []> }) => observe("x", Normal(z, 4)))
}).guide(() => ({
  z: Mixture({ logits: Tensor.of([2], tf.stack([param("l", 0.3), tf.scalar(0)])) }, [Normal(-4, 0.3), Normal(4, 0.3)])
}))
const xs = { rows: { x: Dataset.of([1, 2, 3], []) } } as never

describe("a mixture guide whose modes lie apart (CASES A8)", () => {
  test("has a path by plan, and a score function of a hundredth of its variance by measure", async () => {
    const found = await run(apart.measure(xs, { steps: 300, seed: 1 }), onnx)
    expect(row(found, "z", implicit).isPlanned).toBe(true)
    expect(row(found, "z", implicit).variance / row(found, "z", score).variance).toBeGreaterThan(100)
    expect(row(found, "z", score).isBest).toBe(true)
    expect(found.estimators).toEqual({ z: score })
  })

  const options = { epochs: 30, learningRate: 0.05, seed: 3, progress: false } as const

  test("a fit that probes takes it: its plan says so, and its numbers are those of the estimator given by hand", async () => {
    const probing = await run(apart.fit(xs, { ...options, probe: true }), onnx)
    const byHand = await run(apart.fit(xs, { ...options, estimators: { z: score } }), onnx)
    expect(probing.explain().sites[0]).toMatchObject({ gradient: "score function" })
    expect(probing.parameters).toEqual(byHand.parameters)
    expect(probing.history.map(({ train }) => train)).toEqual(byHand.history.map(({ train }) => train))
  })

  test("the table is the first event of the fit, and a site that estimators names keeps its own", async () => {
    const stream = apart.fitStream(xs, { ...options, epochs: 1, probe: true, estimators: { z: implicit } })
    const [first, second, ...others] = Array.from(await run(Stream.runCollect(stream), onnx))
    expect(first).toMatchObject({
      _tag: "Probed",
      table: expect.stringMatching(/^site .*\nz +implicit.*chosen, best$/)
    })
    expect(second).toMatchObject({ _tag: "Started", plan: { sites: [{ gradient: "implicit" }, {}] } })
    expect(others.map(({ _tag }) => _tag)).not.toContain("Probed")
  })

  test("without probe nothing is measured", async () => {
    const events = await run(Stream.runCollect(apart.fitStream(xs, { ...options, epochs: 1 })), onnx)
    expect(Array.from(events).map(({ _tag }) => _tag)).not.toContain("Probed")
  })
})

describe("sites are measured one after the other", () => {
  test("a coin and a number in minibatches: sites that no estimator moves are left out", async () => {
    const both = program(function* () {
      const k = yield* sample("k", Bernoulli({ logits: 0 }))
      yield* plate("rows", (_row: { readonly x: Tensor<readonly []> }) =>
        Effect.gen(function* () {
          const z = yield* sample("z", Normal(k, 1))
          yield* observe("x", Normal(z, 1))
        })
      )
    }).guide(() => ({
      k: Bernoulli({ logits: param("l", 0.2) }),
      rows: () => ({ z: Normal(param("m", 0.1), 0.7) })
    }))
    const data = { rows: { x: Dataset.of([0.3, 1.4, 0.8, 2], []) } } as never
    const found = await run(both.measure(data, { steps: 300, batchSize: 2 }), onnx)
    expect(names(found)).toContain("k: enumerated")
    expect(names(found)).toContain("k: DisARM")
    expect(names(found)).toContain("z: reparameterized")
    expect(names(found)).toContain("z: score function")
    expect(row(found, "k", enumerated).isPlanned).toBe(true)
    // the best of the first site stands while the second one is measured: with the plan's choice there the numbers are the same
    const best = found.rows.find(({ site, isBest }) => site === "k" && isBest)
    expect(row(found, "z", reparameterized).variance).toBe(best?.variance)
  })

  test("an estimator that is wrong at a site is not among its rows", async () => {
    const jumping = model(Normal(0, 1), (z) => Normal(Tensor.of([], tf.floor(z)), 1)).guide(() =>
      Normal(param("m", 0), 1)
    )
    expect(names(await run(jumping.measure(Dataset.of([1], []), { steps: 100 }), onnx))).toEqual([
      "z: score function",
      "z: NVIL",
      "z: measure-valued"
    ])
  })
})

describe("what cannot be measured is refused, in words", () => {
  const datum = Dataset.of([0.7], [])
  const pair = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
  test.each([
    ["fewer than 100 steps", { steps: 10 }, "steps"],
    ["an option that it does not know", { epochs: 3 }, "epochs"],
    ["an objective that changes from step to step", { objective: Objective.beta({ epochs: 2 }) }, "objective"],
    ["an objective that takes draws as constants", { objective: Objective.forwardKl }, "objective"]
  ])("%s", async (_, options, option) => {
    expect(await failure(pair.measure(datum, options as never))).toMatchObject({ _tag: "InvalidOption", option })
  })

  test("a probe that is no boolean, and one together with resume", async () => {
    expect(await failure(pair.fit(datum, { probe: 1 as never, progress: false }))).toMatchObject({ option: "probe" })
    const checkpoint = { path: "/nonexistent/fit", every: 100 }
    const resumed = await failure(pair.fit(datum, { probe: true, resume: true, checkpoint, progress: false } as never))
    expect(resumed).toMatchObject({ _tag: "InvalidOption", option: "probe" })
  })
})
