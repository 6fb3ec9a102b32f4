import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { measureValued } from "../../../src/infer/estimator/measureValued.ts"
import { nvil } from "../../../src/infer/estimator/nvil.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { program } from "../../../src/infer/program/program.ts"
import { scale } from "../../../src/model/handler/scale.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { estimates, isUnbiased, type Moments } from "../moments.ts"

/**
 * Data [−0.5, 2], prior N(0, 1), likelihood N(z, 1), guide N(locᵢ, s) at loc 0 and s 1. With the model's log density counted k times the loss is
 * Σᵢ k·½((xᵢ − mᵢ)² + mᵢ² + 2s²) − log s, so that d/dmᵢ = k (2mᵢ − xᵢ) and d/ds = 2 (2k − 1).
 */
const xs = [-0.5, 2] as const
const exact = (k: number) => ({ loc: xs.map((x) => -k * x), scale: [2 * (2 * k - 1)] })

const row = function* (z: string, x: string) {
  const drawn = yield* sample(z, Normal(0, 1))
  yield* observe(x, Normal(drawn, 1))
}
const kinds: ReadonlyArray<readonly [string, Estimator, number, number]> = [
  ["reparameterized", reparameterized, 4, 800],
  ["score function, running baseline", score, 1, 3000],
  ["score function, leave-one-out", score, 8, 1200],
  ["score function, learned baseline", nvil, 4, 1000],
  ["measure-valued", measureValued, 4, 500]
]

describe.each(kinds)("d/dloc = [0.5, −2] k, d/ds = 2 (2k − 1), by %s", (_, estimator, particles, epochs) => {
  describe.each([1, 2])("log p counted %d times", (k) => {
    const copies = 40
    const plated = program(
      scale(
        plate("rows", (_row: object) => Effect.gen(() => row("z", "x"))),
        k
      )
    ).guide((() => ({
      rows: () => ({ z: Normal(param.row("loc", 0), param("scale", 1)) })
    })) as never)
    const x = Dataset.of(Array.from({ length: copies }, () => xs).flat(), [])

    // each copy of the two rows has locations of its own, so that one step is as many estimates
    test.each([
      ["whole", 2 * copies],
      ["in minibatches", copies / 2]
    ])("in a plate, %s", async (_, batchSize) => {
      const options = { epochs: epochs / 20, batchSize, particles, seed: 5, estimators: { z: estimator } }
      const found = await estimates((each) => plated.fit({ rows: { x } } as never, each), options)
      expect(found.steps).toBe((options.epochs * 2 * copies) / batchSize)
      isUnbiased(together(found.of("loc"), copies), exact(k).loc)
      isUnbiased(
        found.of("scale"),
        exact(k).scale.map((slope) => copies * slope)
      )
    })

    test("in a loop", async () => {
      const looped = program(
        scale(
          Effect.gen(function* () {
            for (const i of [0, 1]) yield* Effect.gen(() => row(`z${i}`, `x${i}`))
          }),
          k
        )
      ).guide((() => ({
        z0: Normal(at(param("loc", [2]), 0), param("scale", 1)),
        z1: Normal(at(param("loc", [2]), 1), param("scale", 1))
      })) as never)
      const data = { x0: tf.scalar(xs[0]), x1: tf.scalar(xs[1]) }
      const options = { epochs, particles, seed: 5, estimators: { z0: estimator, z1: estimator } }
      if (estimator === nvil) {
        expect(() => looped.explain(data as never, { estimators: options.estimators })).toThrow("in no plate with data")
        return
      }
      const found = await estimates((each) => looped.fit(data as never, each), options)
      expect(found.steps).toBe(epochs)
      isUnbiased(found.of("loc"), exact(k).loc)
      isUnbiased(found.of("scale"), exact(k).scale)
    })
  })
})

/** The moments of the mean over copies of two numbers, which are independent. */
const together = ({ mean, variance, error }: Moments, copies: number): Moments => {
  const over = (values: ReadonlyArray<number>, by: number) =>
    xs.map((_, i) => values.reduce((sum, v, j) => (j % xs.length === i ? sum + v : sum), 0) / by)
  return {
    mean: over(mean, copies),
    variance: over(variance, copies ** 2),
    error: over(
      error.map((e) => e * e),
      copies ** 2
    ).map(Math.sqrt)
  }
}

test("of two independent sites with a score function the variance of one does not grow with the other's scale", async () => {
  const pair = program(function* () {
    const a = yield* sample("a", Normal(0, 1))
    yield* observe("x", Normal(a, 1))
    const b = yield* sample("b", Normal(0, 1))
    yield* observe("y", Normal(tf.mul(b, param("wide", 1)) as Tensor<readonly []>, 1))
  }).guide(() => ({ a: Normal(param("a", 0), 1), b: Normal(param("b", 0), 1) }))
  const varianceOf = async (wide: number, particles: number) => {
    const found = await estimates(
      (options) =>
        pair.fit({ x: tf.scalar(0.5), y: tf.scalar(-1) } as never, {
          ...options,
          start: { parameters: { wide: Float32Array.of(wide) } }
        }),
      { epochs: 300, particles, seed: 8, estimators: { a: score, b: score } }
    )
    return { a: found.of("a").variance[0] ?? Number.NaN, b: found.of("b").variance[0] ?? Number.NaN }
  }
  for (const particles of [1, 4]) {
    const [narrow, wide] = [await varianceOf(1, particles), await varianceOf(100, particles)]
    expect(wide.b / narrow.b).toBeGreaterThan(1e4)
    // the same noise, and the same cost: the very same numbers
    expect(wide.a).toBeCloseTo(narrow.a, 6)
  }
})
