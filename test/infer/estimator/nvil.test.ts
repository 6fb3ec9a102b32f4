import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { nvil } from "../../../src/infer/estimator/nvil.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { normals, run } from "../harness.ts"
import { estimates, isUnbiased, type Moments } from "../moments.ts"

/**
 * Coins z ~ Bernoulli(½) under both, x ~ N(z, 1): the cost of a row is ½ (x − z)², so that rows far from 0 are hard. d/dlogit of its mean over the rows is mean ¼ (½ (x − 1)² − ½ x²) = mean (1 − 2 x) / 8.
 */
const rows = 20
const xs = normals(3, rows).map((x) => 3 * x + 1.5)
const exact = [xs.reduce((sum, x) => sum + (1 - 2 * x) / 8, 0) / rows]
const coins = model(Bernoulli({ logits: 0 }), (z) => Normal(z, 1)).guide(() => Bernoulli({ logits: param("logit", 0) }))
const at = async (estimator: Estimator, particles = 1) =>
  (
    await estimates((options) => coins.fit(Dataset.of(xs, []) as never, options), {
      ...{ batchSize: rows, epochs: 1200, particles, seed: 4, estimators: { z: estimator } }
    })
  ).of("logit")

const ratio = (a: Moments, b: Moments): number => (a.variance[0] ?? Number.NaN) / (b.variance[0] ?? Number.NaN)

test.each([
  ["one particle, which the score function gives a running mean", 1],
  ["three particles, which it gives each other's costs", 3]
])("a baseline that knows which rows are hard is unbiased, and takes out their variance: %s", async (_, particles) => {
  const [plain, learned] = [await at(score, particles), await at(nvil, particles)]
  isUnbiased(learned, exact)
  // a running mean leaves in the variance between rows, and the mean of two others half of that within them
  expect(ratio(plain, learned)).toBeGreaterThan(particles === 1 ? 10 : 1.3)
})

test("the elements of a draw have baselines of their own", async () => {
  // x_i ~ N(z_i, 1) with two coins a row: each has its own cost
  const pairs = model(Bernoulli({ logits: 0 }).iid(2), (z) => Normal(z, 1)).guide(() =>
    Bernoulli({ logits: param("logit", [2]) })
  )
  const moved = xs.map((x) => x + 1)
  const found = await estimates((options) => pairs.fit(Dataset.of(moved, [2]) as never, options), {
    ...{ batchSize: rows / 2, epochs: 500, seed: 4, estimators: { z: nvil } }
  })
  const slope = (column: number): number =>
    (2 / rows) * moved.reduce((sum, x, i) => (i % 2 === column ? sum + (1 - 2 * x) / 8 : sum), 0)
  isUnbiased(found.of("logit"), [slope(0), slope(1)])
})

test("it is no parameter of what is fitted, and the plan names it", async () => {
  const options = { epochs: 2, batchSize: 10, estimators: { z: nvil }, progress: false } as const
  const fitted = await run(coins.fit(Dataset.of(xs, []) as never, options))
  expect(Object.keys(fitted.parameters)).toEqual(["logit"])
  expect(`${coins.explain({ estimators: { z: nvil } })}`).toContain("NVIL, learned baseline")
})

test("a site without a row of data is refused, in words", () => {
  const single = program(function* () {
    const z = yield* sample("z", Bernoulli({ logits: 0 }))
    yield* observe("x", Normal(z, 1))
  }).guide(() => ({ z: Bernoulli({ logits: param("logit", 0) }) }))
  expect(() => single.explain({ x: Tensor.of([], tf.scalar(1)) } as never, { estimators: { z: nvil } })).toThrow(
    "a learned baseline reads the data of the row that a site stands in, and this one stands in no plate with data"
  )
})
