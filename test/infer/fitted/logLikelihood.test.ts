import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { UnsupportedKernel } from "../../../src/Errors.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { scale } from "../../../src/model/handler/scale.ts"
import { param } from "../../../src/model/Param.ts"
import { deterministic, enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, engines, failure, run } from "../harness.ts"

/** The pointwise log likelihood, against densities written out by hand at the draws of `posterior`. */
const still = { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) } as const
const normal = (x: number, mean: number, scale: number): number =>
  -0.5 * ((x - mean) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
const logSum = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
const at = (rows: { readonly values: ArrayLike<number> }, i: number): number => rows.values[i] ?? Number.NaN

const x = [0.5, -1, 2]
const y = [1, 0.2, -0.3]
const line = program(function* () {
  const slope = yield* sample("slope", Normal(0, 1))
  yield* observe("first", Normal(slope, 2))
  yield* plate("rows", function* (row: { readonly x: Tensor<readonly []> }) {
    const middle = yield* deterministic("middle", mul(slope, row.x))
    yield* observe("y", Normal(middle, 0.5))
  })
}).guide(() => ({ slope: Normal(param("loc", 0.3), param.positive("scale", 0.7)) }))
const lineData = { first: Tensor.of([], tf.scalar(1.5)), rows: { x: Dataset.of(x, []), y: Dataset.of(y, []) } }

describe.each(engines)("log p(y | draw), row by row, on %s", (_, source) => {
  test("is that of the draws of posterior by the same seed, and has no factor N/B", async () => {
    const fitted = await run(line.fit(lineData, { ...still, batchSize: 1 }), source)
    const draws = await run(fitted.posterior(lineData, 4, { seed: 3 }), source)
    const found = await run(fitted.logLikelihood(lineData, 4, { seed: 3 }), source)
    expect(found.rows.y.shape).toEqual([4, 3])
    expect(found.first.shape).toEqual([4])
    const slopes = Array.from({ length: 4 }, (_, d) => at(draws.slope, d))
    expect(new Set(slopes).size).toBe(4)
    slopes.forEach((slope, d) => {
      expect(at(found.first, d)).toBeCloseTo(normal(1.5, slope, 2), 5)
      y.forEach((value, i) => {
        expect(at(found.rows.y, 3 * d + i)).toBeCloseTo(normal(value, slope * (x[i] ?? 0), 0.5), 4)
      })
    })
  })

  test("of a model is [n, N], with latent values of their own for each datum", async () => {
    const pair = model(Normal(0, 1), (z) => Normal(mul(2, z), 1)).guide((datum) => Normal(mul(0.4, datum), 0.3))
    const data = Dataset.of(y, [])
    const fitted = await run(pair.fit(data, still), source)
    const { z } = (await run(fitted.posterior(data, 5), source)).data
    const found = (await run(fitted.logLikelihood(data, 5), source)).data.x
    expect(found.shape).toEqual([5, 3])
    for (let i = 0; i < 15; i++) expect(at(found, i)).toBeCloseTo(normal(y[i % 3] ?? 0, 2 * at(z, i), 1), 4)
  })
})

describe("sites that are summed out", () => {
  test("are summed out of each row", async () => {
    const mixture = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", function* () {
        const group = yield* enumerate("group", Bernoulli({ probs: 0.3 }))
        yield* observe("y", Normal(add(mu, group), 0.5))
      })
    }).guide(() => ({ mu: Normal(0.2, 0.5) }))
    const data = { rows: { y: Dataset.of(y, []) } }
    const fitted = await run(mixture.fit(data, still), cpu)
    const { mu } = await run(fitted.posterior(data, 3), cpu)
    const found = (await run(fitted.logLikelihood(data, 3), cpu)).rows.y
    for (let i = 0; i < 9; i++) {
      const [value, mean] = [y[i % 3] ?? 0, at(mu, Math.floor(i / 3))]
      const exact = logSum(Math.log(0.7) + normal(value, mean, 0.5), Math.log(0.3) + normal(value, mean + 1, 0.5))
      expect(found === undefined ? Number.NaN : at(found, i)).toBeCloseTo(exact, 4)
    }
  })

  test("which latent sites read are weighed by these: log p(y, z) − log p(z)", async () => {
    const read = program(function* () {
      yield* plate("rows", function* () {
        const group = yield* enumerate("group", Bernoulli({ probs: 0.3 }))
        const z = yield* sample("z", Normal(group, 1))
        yield* observe("y", Normal(add(z, mul(2, group)), 0.5))
      })
    }).guide(() => ({ rows: () => ({ z: Normal(0.2, 0.5) }) }))
    const data = { rows: { y: Dataset.of(y, []) } }
    const fitted = await run(read.fit(data, still), cpu)
    const { z } = (await run(fitted.posterior(data, 2), cpu)).rows
    const found = (await run(fitted.logLikelihood(data, 2), cpu)).rows.y
    for (let i = 0; i < 6; i++) {
      const [value, drawn] = [y[i % 3] ?? 0, at(z, i)]
      const prior = [0, 1].map((k) => Math.log(k === 0 ? 0.7 : 0.3) + normal(drawn, k, 1)) as [number, number]
      const both = [0, 1].map((k) => (prior[k] ?? 0) + normal(value, drawn + 2 * k, 0.5)) as [number, number]
      expect(found === undefined ? Number.NaN : at(found, i)).toBeCloseTo(logSum(...both) - logSum(...prior), 4)
    }
  })

  test("over several rows together leave no density of one row, which is refused in words", async () => {
    const shared = program(function* () {
      const group = yield* enumerate("group", Bernoulli({ probs: 0.3 }))
      yield* plate("rows", () => observe("y", Normal(group, 1)))
    }).guide(() => ({}))
    const data = { rows: { y: Dataset.of(y, []) } }
    const fitted = await run(shared.fit(data, still), cpu)
    const error = await failure(fitted.logLikelihood(data, 2))
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain("rows of 'rows' are not independent of each other given the latent sites")
    expect(error.message).toContain("'group' is summed out")
  })
})

test("a scaled likelihood is not scaled in its pointwise values", async () => {
  const half = program(
    scale(
      program(function* () {
        const mu = yield* sample("mu", Normal(0, 1))
        yield* plate("rows", () => observe("y", Normal(mu, 1)))
      }).effect,
      0.5
    )
  ).guide(() => ({ mu: Normal(0.2, 0.5) }))
  const data = { rows: { y: Dataset.of(y, []) } }
  const fitted = await run(half.fit(data, still), cpu)
  const { mu } = await run(fitted.posterior(data, 1), cpu)
  const found = (await run(fitted.logLikelihood(data, 1), cpu)).rows.y
  y.forEach((value, i) => {
    expect(at(found, i)).toBeCloseTo(normal(value, at(mu, 0), 1), 5)
  })
})
