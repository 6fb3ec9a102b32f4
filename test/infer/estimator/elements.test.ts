import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { estimates, isUnbiased } from "../moments.ts"

const steps = 2000
const coins = 20
const xs = Float32Array.from({ length: coins }, (_, i) => 2 + 0.1 * i)
const weight = 3

/** x_i ~ N(3 z_i, 1), z_i ~ Bernoulli(½) under both: d/dlogit_i E[−log p(x_i | z_i)] = ¼ (½(x_i − 3)² − ½ x_i²), and the KL has no slope. */
const exact = Array.from(xs, (x) => 0.125 * ((x - weight) ** 2 - x * x))

/** The score function with one cost for all coins, as if the graph did not show theirs. */
const together: Estimator = {
  ...score,
  surrogate: ({ cost, ...estimand }) => {
    const all = (x: tf.Tensor): tf.Tensor => tf.add(tf.zeros([coins]), tf.sum(x))
    return score.surrogate({ ...estimand, cost: all(cost) })
  }
}

describe("twenty coins with twenty costs", () => {
  const independent = model(Bernoulli({ logits: 0 }).iid(coins), (z) => Normal(mul(z, weight), 1)).guide(() =>
    Bernoulli({ logits: param("logits", [coins]) })
  )
  const data = Dataset.of(Array.from({ length: steps }, () => [...xs]).flat(), [coins])
  const at = (estimator: Estimator, particles: number) =>
    estimates((options) => independent.fit(data as never, options), {
      batchSize: 1,
      particles,
      seed: 3,
      estimators: { z: estimator }
    })

  test.each([
    ["a running baseline for each coin", 1],
    ["leave-one-out", 4]
  ])("the gradient of each is that of its own cost, with %s", async (_, particles) => {
    const found = (await at(score, particles)).of("logits")
    isUnbiased(found, exact)
    const mixed = (await at(together, particles)).of("logits")
    const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length
    // the costs of the other nineteen are nineteen times as much variance
    expect(mean(mixed.variance) / mean(found.variance)).toBeGreaterThan(8)
  })

  test("a cost that all coins share counts for each of them, beside its own", async () => {
    const shared = model(Bernoulli({ logits: 0 }).iid(3), (z) =>
      Normal(tf.add(mul(z, 2), tf.square(tf.sum(z))) as Tensor<readonly [3]>, 1)
    ).guide(() => Bernoulli({ logits: param("logits", [3]) }))
    const x = [1, 2, 3]
    const nll = (z: ReadonlyArray<number>): number => {
      const sum = z.reduce((a, b) => a + b, 0) ** 2
      return z.reduce((all, b, i) => all + 0.5 * ((x[i] ?? 0) - 2 * b - sum) ** 2, 0)
    }
    const states = Array.from({ length: 8 }, (_, s) => [s & 1, (s >> 1) & 1, (s >> 2) & 1])
    const slopes = x.map((_, i) => states.reduce((all, z) => all + ((z[i] === 1 ? 1 : -1) * nll(z)) / 16, 0))
    const rows = Dataset.of(Array.from({ length: steps }, () => x).flat(), [3])
    const options = { batchSize: 1, particles: 4, seed: 4, estimators: { z: score } }
    const found = await estimates((each) => shared.fit(rows as never, each), options)
    isUnbiased(found.of("logits"), slopes)
  })

  test("global coins, each of which is read in every row of a plate", async () => {
    const rows = [
      [0.5, 2],
      [1.5, 1],
      [2, 2.5]
    ]
    const switched = program(function* () {
      const k = yield* sample("k", Bernoulli({ logits: 0 }).iid(2))
      yield* plate("rows", (_row: { readonly x: Tensor<readonly [2]> }) => observe("x", Normal(mul(k, weight), 1)))
    }).guide(() => ({ k: Bernoulli({ logits: param("logits", [2]) }) }))
    const slopes = [0, 1].map((i) =>
      rows.reduce((sum, row) => sum + 0.125 * (((row[i] ?? 0) - weight) ** 2 - (row[i] ?? 0) ** 2), 0)
    )
    const x = Dataset.of(rows.flat(), [2])
    // minibatches of two of the three rows: the third step of an epoch is a row alone
    for (const particles of [1, 4]) {
      const found = await estimates((options) => switched.fit({ rows: { x } } as never, options), {
        batchSize: 3,
        epochs: steps,
        particles,
        seed: 5,
        estimators: { k: score }
      })
      isUnbiased(found.of("logits"), slopes)
    }
  })
})
