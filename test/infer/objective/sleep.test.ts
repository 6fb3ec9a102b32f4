import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import type { LogWeightObjective } from "../../../src/infer/objective/Objective.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { collect } from "../../../src/model/collect.ts"
import { scale } from "../../../src/model/handler/scale.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { factor, observe, plate, sample } from "../../../src/model/Site.ts"
import { add } from "../../../src/tensor/ops/ofTwo.ts"
import { sum } from "../../../src/tensor/ops/reduce.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { run } from "../harness.ts"
import { estimates, isUnbiased } from "../moments.ts"

const scalar = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)
/** Data that the model would hardly give: the sleep phase must not look at them. */
const data = Dataset.of([-3, 1, 4, 2, 0.5, -1, 2.5, 7], [])

/** z ~ N(0, 1), x ~ N(z + m, ½), with m 0.3 at the start: the posterior has the mean (x − m) · 0.8 and the variance 0.2. */
const line = model(Normal(0, 1), (z) => Normal(scalar(tf.add(z, param("m", 0.3))), 0.5)).guide((x) =>
  Normal(scalar(tf.add(tf.mul(x, param("slope", 0.2)), param("shift", 0.4))), param.positive("scale", 1.5))
)

describe("a Normal number with Normal noise, and a guide that is a line", () => {
  // L = log s + E (z − a x − b)² / 2 s² over z, x of the model: E z x = 1, E x = m, E x² = 1.25 + m²
  const [m, a, b, s] = [0.3, 0.2, 0.4, 1.5]
  const [xx, second] = [1.25 + m * m, 1 - 2 * a + a * a * 1.25 + (a * m + b) ** 2]
  const exact = {
    slope: (-1 + a * xx + b * m) / s ** 2,
    shift: (a * m + b) / s ** 2,
    // a positive parameter is trained as its logarithm
    scale: 1 - second / s ** 2
  }
  const moments = (objective: typeof Objective.sleep, particles = 1) =>
    estimates((options) => line.fit(data as never, options), {
      objective,
      particles,
      batchSize: 4,
      epochs: 1000,
      seed: 3
    })

  test.each([1, 3])(
    "the gradient of the sleep phase is that of the forward KL under the model, with %d particles",
    async (particles) => {
      const found = await moments(Objective.sleep, particles)
      isUnbiased(found.of("slope"), [exact.slope])
      isUnbiased(found.of("shift"), [exact.shift])
      expect(found.of("m").mean).toEqual([0])
      isUnbiased(found.of("scale"), [exact.scale])
    }
  )

  test("wake-sleep has the same for the guide, and for the model that of E_q[log p(x, z)] on the data", async () => {
    const found = await moments(Objective.wakeSleep)
    isUnbiased(found.of("slope"), [exact.slope])
    const mean = [...data.values].reduce((sum, x) => sum + x, 0) / data.size
    // d/dm of (x − z − m)² / 2 · 0.25 at z ~ N(a x + b, s)
    isUnbiased(found.of("m"), [-(mean - (a * mean + b) - m) / 0.25])
  })

  test("its fixed point is the posterior, whatever the data are", async () => {
    const fitted = await run(
      line.fit(data as never, {
        ...{
          objective: Objective.sleep,
          particles: 500,
          batchSize: 8,
          epochs: 400,
          optimizer: Optimizer.adam(Schedule.cosine(0.05)),
          seed: 1
        },
        progress: false
      })
    )
    const at = (name: string): number => fitted.parameters[name]?.[0] ?? Number.NaN
    expect(at("slope")).toBeCloseTo(0.8, 2)
    expect(at("shift")).toBeCloseTo(-0.24, 2)
    expect(at("scale")).toBeCloseTo(Math.sqrt(0.2), 2)
    expect(at("m")).toBeCloseTo(0.3, 6)
  })
})

test("coins below coins: the gradient is that of the sum over all values that the model may give", async () => {
  // top ~ Bernoulli(σ(0.5)), low ~ Bernoulli(σ(2 top − 1)), x ~ Bernoulli(σ(3 low − 1)); q(low | x) = σ(a + b x), q(top | low) = σ(c + d low)
  const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t))
  const chance = (odds: number, bit: number): number => (bit === 1 ? sigmoid(odds) : 1 - sigmoid(odds))
  const crossEntropy = ([a = 0, b = 0, c = 0, d = 0]: ReadonlyArray<number>): number => {
    let sum = 0
    for (const top of [0, 1])
      for (const low of [0, 1])
        for (const x of [0, 1]) {
          const p = chance(0.5, top) * chance(2 * top - 1, low) * chance(3 * low - 1, x)
          sum -= p * (Math.log(chance(a + b * x, low)) + Math.log(chance(c + d * low, top)))
        }
    return sum
  }
  const at = [1.6, -0.9, -0.4, -0.6]
  const h = 1e-5
  const exact = at.map((_, i) => {
    const moved = (by: number): number => crossEntropy(at.map((v, j) => (i === j ? v + by : v)))
    return (moved(h) - moved(-h)) / (2 * h)
  })
  const odds = (scale: number, bit: tf.Tensor): Tensor<readonly []> => scalar(tf.sub(tf.mul(scale, bit), 1))
  const layers = program(
    plate("rows", function* (_row: { readonly x: Tensor<readonly []> }) {
      const top = yield* sample("top", Bernoulli({ logits: 0.5 }))
      const low = yield* sample("low", Bernoulli({ logits: odds(2, top) }))
      yield* observe("x", Bernoulli({ logits: odds(3, low) }))
    })
  ).guideWith(() =>
    plate("rows", function* (row: { readonly x: Tensor<readonly []> }) {
      const line = (base: string, slope: string, bit: tf.Tensor, i: number): Tensor<readonly []> =>
        scalar(tf.add(param(base, at[i] ?? 0), tf.mul(param(slope, at[i + 1] ?? 0), bit)))
      const low = yield* sample("low", Bernoulli({ logits: line("a", "b", row.x, 0) }))
      yield* sample("top", Bernoulli({ logits: line("c", "d", low, 2) }))
    })
  )
  const rows = Dataset.of([0, 1, 1, 1], [])
  const found = await estimates((options) => layers.fit({ rows: { x: rows } } as never, options), {
    ...{ objective: Objective.sleep, batchSize: 4, particles: 4, epochs: 800, seed: 3 }
  })
  for (const [i, name] of ["a", "b", "c", "d"].entries()) {
    const { mean, error, variance } = found.of(name)
    // a plate's total is that of its four rows
    isUnbiased({ mean: mean.map((v) => v / 4), error: error.map((v) => v / 4), variance }, [exact[i] ?? 0])
  }
})

test("a value of all rows, by a guide that collects them: the posterior of the mean of five, under covariates", async () => {
  // w ~ N(0, 1), y ~ N(w t, 1) at five t: the posterior has the precision 1 + Σ t², and the mean Σ t y over it
  const ts = [0.5, -1, 1.5, 1, -0.5]
  const precision = 1 + ts.reduce((sum, t) => sum + t * t, 0)
  type Row = { readonly t: Tensor<readonly []>; readonly y: Tensor<readonly []> }
  const regression = program(function* () {
    const w = yield* sample("w", Normal(0, 1))
    yield* plate("rows", function* (row: Omit<Row, "y">) {
      yield* observe("y", Normal(scalar(tf.mul(w, row.t)), 1))
    })
  }).guideWith(function* () {
    const products = yield* collect("rows", (row: Row) => Effect.succeed(scalar(tf.mul(row.t, row.y))))
    yield* sample("w", Normal(scalar(tf.mul(param("slope", 0), tf.sum(products))), param.positive("scale", 1)))
  })
  const data = { rows: { t: Dataset.of(ts, []), y: Dataset.of([9, 9, 9, 9, 9], []) } } as never
  const fitted = await run(
    regression.fit(data, {
      ...{ objective: Objective.sleep, particles: 500, batchSize: 5, epochs: 500, learningRate: 0.02, seed: 1 },
      progress: false
    })
  )
  expect(fitted.parameters["slope"]?.[0]).toBeCloseTo(1 / precision, 2)
  expect(fitted.parameters["scale"]?.[0]).toBeCloseTo(1 / Math.sqrt(precision), 2)
})

describe("what a sleep phase cannot learn from is refused, in words", () => {
  type Row = { readonly x: Tensor<readonly []> }
  const data = { rows: { x: Dataset.of([1, 2], []) } } as never
  const pair = model(Normal(0, 1), (z) => Normal(z, 1))
  const plated = plate("rows", function* (_row: Row) {
    const z = yield* sample("z", Normal(0, 1))
    yield* observe("x", Normal(z, 1))
  })
  const pairs = program(plated)
  const byRow = () => ({ rows: (row: Row) => ({ z: Normal(row.x, 1) }) })
  const explain = (objective: LogWeightObjective) => ({
    "a guide that reads no data": () => pair.guide(() => Normal(param("m", 0), 1)).explain({ objective }),
    "an automatic guide": () => pairs.autoGuide().explain(data, { objective }),
    "a guide with numbers for each row": () =>
      pairs
        .guide(() => ({ rows: (row: Row) => ({ z: Normal(add(param.row("m", 0), row.x), 1) }) }))
        .explain(data, { objective }),
    "data that the model reads beside observing them": () =>
      program(
        plate("rows", function* (row: Row) {
          const z = yield* sample("z", Normal(row.x, 1))
          yield* observe("x", Normal(z, 1))
        })
      )
        .guide(byRow)
        .explain(data, { objective }),
    "a factor": () =>
      program(
        plate("rows", function* (_row: Row) {
          const z = yield* sample("z", Normal(0, 1))
          yield* factor("f", z)
          yield* observe("x", Normal(z, 1))
        })
      )
        .guide(byRow)
        .explain(data, { objective }),
    "a scaled program": () => program(scale(plated, 2)).guide(byRow).explain(data, { objective }),
    "a net that is made in the program": () =>
      pairs
        .guide(() => ({
          rows: (row: Row) => ({ z: Normal(sum(Net.mlp([1, 1])(Tensor.of([1], tf.reshape(row.x, [1])))), 1) })
        }))
        .explain(data, { objective }),
    "soft targets": () =>
      model(Normal(0, 1), (z) => Bernoulli({ logits: z, soft: true }))
        .guide((x) => Normal(x, 1))
        .explain({ objective })
  })
  test.each([
    ["a guide that reads no data", "its guide reads no data"],
    ["an automatic guide", "the guide has 'auto.z.loc' for each row of the data"],
    [
      "a guide with numbers for each row",
      "the guide has 'm' for each row of the data, and rows that are drawn have none"
    ],
    ["data that the model reads beside observing them", "the data of 'x' are read beside being observed"],
    ["a factor", "a factor is a log density that nothing draws"],
    ["a scaled program", "its log density is scaled, while a draw is not"],
    ["a net that is made in the program", "this net is made anew in each run. Make it outside of the program"],
    ["soft targets", "not a density on [0,1]"]
  ] as const)("%s", (kind, words) => {
    expect(explain(Objective.wakeSleep)[kind]).toThrow(words)
    // the same program is none that could not be fitted
    expect(explain(Objective.iwae)[kind]).not.toThrow()
  })
})
