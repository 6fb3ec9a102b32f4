import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Geometric } from "../../../src/dist/Geometric.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { disarm } from "../../../src/infer/estimator/disarm.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { enumerated } from "../../../src/infer/estimator/enumeration.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, onnx, run } from "../harness.ts"

/** A coin for each row, and a number whose closed KL depends on it: ½(z ? 9 : 1) nats. */
const coins = program(
  plate("rows", (_: object) =>
    Effect.gen(function* () {
      const z = yield* sample("z", Bernoulli({ probs: 0.5 }))
      const w = yield* sample("w", Normal(Tensor.of([], tf.sub(tf.mul(4, z), 1)), 1))
      yield* observe("y", Normal(Tensor.of([], tf.mul(0, w)), 1))
    })
  )
).guide(() => ({
  rows: () => ({ z: Bernoulli({ logits: Tensor.of([], tf.add(param("a", 0), 0.5)) }), w: Normal(0, 1) })
}))
const rows = { rows: { y: Dataset.of(new Float32Array(20), []) } } as never
const q = 1 / (1 + Math.exp(-0.5))

describe("free nats of draws without a path", () => {
  const ways: ReadonlyArray<readonly [string, Estimator, number]> = [
    ["score function, one particle", score, 1],
    ["score function, four particles", score, 4],
    ["DisARM", disarm, 4],
    ["enumerated", enumerated, 1]
  ]
  test.each(ways)("have the gradient of the ELBO where each KL is above them: %s", async (_, estimator, particles) => {
    const lr = 1e-6
    const fitted = await run(
      coins.fit(rows, {
        ...{ optimizer: Optimizer.sgd(lr), epochs: 4000, progress: false, particles, seed: 2 },
        objective: Objective.freeBits(0.01),
        estimators: { z: estimator } as never
      }),
      onnx
    )
    // d/da of q log 2q + (1 − q) log 2(1 − q) + 4.5 q + 0.5 (1 − q)
    const exact = q * (1 - q) * (Math.log(q / (1 - q)) + 4)
    const found = (0 - (fitted.parameter("a")[0] ?? Number.NaN)) / (4000 * lr)
    // a sum over rows and steps: the error of the mean of one row is below 2 / √80,000, and a moves by 0.09
    expect(Math.abs(found / 20 - exact)).toBeLessThan(0.04)
  })

  test("are counted of the mean over the values of an enumerated site, not of each value", async () => {
    // the KL of w is 0.5 at one value and 4.5 at the other: its mean is above two nats, and nothing of it is free
    const fitted = await run(
      coins.fit(rows, {
        ...{ optimizer: Optimizer.sgd(0), epochs: 1, progress: false },
        objective: Objective.freeBits(2),
        estimators: { z: enumerated } as never
      }),
      cpu
    )
    const [epoch] = fitted.history
    const free = 2 - (q * Math.log(2 * q) + (1 - q) * Math.log(2 * (1 - q)))
    expect((epoch?.train ?? 0) - (epoch?.bound ?? 0)).toBeCloseTo(20 * free, 3)
  })

  test("leave each particle its own cost where the KL is sampled: its gradient agrees with differences", async () => {
    const counts = program(Effect.asVoid(sample("k", Poisson({ rate: 10 })))).guide(() => ({
      k: Geometric({ logits: param("a", -1) })
    }))
    const found = await run(
      counts.verify({} as never, { objective: Objective.freeBits(0.01), particles: 4, steps: 1000 }),
      onnx
    )
    expect(`${found}`).toMatch(/^the plan's mean gradient agrees/)
    expect(Math.abs(found.rows[0]?.planned.mean ?? 0)).toBeGreaterThan(2)
  })
})
