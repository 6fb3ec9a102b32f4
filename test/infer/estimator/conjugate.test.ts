import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { generalized } from "../../../src/infer/estimator/gRep.ts"
import { measureValued } from "../../../src/infer/estimator/measureValued.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { onnx, run } from "../harness.ts"

interface Row {
  readonly x: Tensor<readonly []>
}
const options = {
  epochs: 500,
  particles: 16,
  optimizer: Optimizer.adam(Schedule.cosine(0.05)),
  seed: 1,
  progress: false
}
const data = (xs: ReadonlyArray<number>) => ({ rows: { x: Dataset.of(xs, []) } }) as never

const waits = program(function* () {
  const z = yield* sample("z", Gamma(2, 1))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Exponential(z))
  })
}).guide(() => ({ z: Gamma(param.positive("a", 3), param.positive("b", 2)) }))

const reals = program(function* () {
  const z = yield* sample("z", Normal(0, 1))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Normal(z, 1))
  })
}).guide(() => ({ z: Normal(param("loc", 0), param.positive("scale", 1)) }))

/** The mean to a hundredth of a standard deviation, and the standard deviation to a hundredth of itself. */
const hasMoments = ([mean, sd]: readonly [number, number], [exactMean, exactSd]: readonly [number, number]): void => {
  expect(Math.abs(mean - exactMean) / exactSd).toBeLessThan(0.01)
  expect(Math.abs(sd / exactSd - 1)).toBeLessThan(0.01)
}

describe("a conjugate pair reaches its exact moments to 1 %", () => {
  test("Gamma–Exponential: generalized", async () => {
    const fitted = await run(
      waits.fit(data([0.3, 1.1, 0.6, 0.2]), { ...options, estimators: { z: generalized } }),
      onnx
    )
    const [a, b] = [fitted.parameter("a")[0] ?? 0, fitted.parameter("b")[0] ?? 0]
    hasMoments([a / b, Math.sqrt(a) / b], [6 / 3.2, Math.sqrt(6) / 3.2])
  })

  test.each([
    ["reparameterized", reparameterized],
    ["score function", score],
    ["measure-valued", measureValued]
  ])("Normal–Normal: %s", async (_, estimator) => {
    const more = { epochs: 1000, particles: 1000, estimators: { z: estimator } }
    const fitted = await run(reals.fit(data([-0.5, 2, 1.2, 0.4]), { ...options, ...more }), onnx)
    const moments = [fitted.parameter("loc")[0] ?? Number.NaN, fitted.parameter("scale")[0] ?? Number.NaN] as const
    hasMoments(moments, [3.1 / 5, Math.sqrt(1 / 5)])
  })
})
