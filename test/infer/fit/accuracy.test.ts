import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { regression } from "../../../bench/accuracy/problems.ts"
import { Dataset } from "../../../src/data/Dataset.ts"
import { stream } from "../../../src/data/stream/RowStream.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import { meanErrors } from "../../../src/infer/diagnose/meanErrors.ts"
import { after, begun, type Descent } from "../../../src/infer/fit/accuracy/descent.ts"
import { averaged } from "../../../src/infer/fit/averaged.ts"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { cpu, failure, onnx, run } from "../harness.ts"

describe("a fit to an accuracy", () => {
  test("of conjugate regressions: each true error is at most the reported one, and that at most what was asked for", async () => {
    for (const seed of [3, 16]) {
      const problem = regression(seed, true)
      const { accuracy, means } = await problem.fit(0.05, onnx)
      expect(accuracy?.isReached).toBe(true)
      expect(accuracy?.k).toBeLessThan(0.7)
      for (const [name, { mean, sd }] of problem.exact()) {
        const reported = accuracy?.numbers.find(({ site, place }) => `${site}${place}` === name)?.error ?? Number.NaN
        expect(reported).toBeLessThan(0.05)
        expect(Math.abs((means.get(name) ?? Number.NaN) - mean) / sd).toBeLessThanOrEqual(reported)
      }
    }
  }, 60_000)

  const conjugate = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  })
  const data = { rows: { y: Dataset.of([1, 2, 4], []) } }

  test("says that it was not reached where its epochs end before, and prints that at the end", async () => {
    const printed: Array<string> = []
    const progress = (event: { readonly _tag: string; readonly accuracy?: object }) => {
      if (event._tag === "Done") printed.push(`${event.accuracy}`)
    }
    const guided = conjugate.autoGuide()
    const { accuracy, stopped } = await run(guided.fit(data, { accuracy: 0.001, epochs: 100, progress }), onnx)
    expect(accuracy?.isReached).toBe(false)
    expect(accuracy?.steps).toBe(100)
    expect(stopped).toBe(false)
    expect(printed.join()).toContain("accuracy 0.001: the largest error of a mean is")
    expect(printed.join()).toContain("Give it more epochs")
  })

  test("reports the guide's own error, which no step takes away", async () => {
    // the guide may not move to the posterior's mean, 7/4, and is as wide as the posterior
    const held = conjugate.guide(() => ({ mu: Normal(1.5, param.positive("scale", 0.5)) }))
    const { accuracy } = await run(held.fit(data, { accuracy: 0.05, progress: false }), onnx)
    const [mu] = accuracy?.numbers ?? []
    expect(accuracy?.isReached).toBe(true)
    expect(mu?.shift).toBeCloseTo(0.5, 1)
    expect(mu?.error).toBeGreaterThanOrEqual(0.5)
    expect(accuracy?.advice.join()).toContain("mu may be off by more than 0.05: that is the guide's own error")
  })

  test.each([
    [{ accuracy: 0 }, "'accuracy'"],
    [{ accuracy: Number.NaN }, "'accuracy'"],
    [{ accuracy: 0.1, optimizer: Optimizer.sgd(0.1) }, "'optimizer'"],
    [{ accuracy: 0.1, checkpoint: { path: "fit.safetensors" } }, "'checkpoint'"]
  ])("is refused with options such as %o", async (options, name) => {
    const error = await failure(conjugate.autoGuide().fit(data, { ...options, progress: false }), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(name)
  })

  test("is refused for a point, which has no standard deviation, and for a stream", async () => {
    const point = conjugate.autoGuide(Guide.delta())
    expect((await failure(point.fit(data, { accuracy: 0.1, progress: false }), cpu)).message).toContain(
      "a point has none"
    )
    const rows = stream({ y: [] }, function* () {
      yield { y: 1 }
    })
    const streamed = await failure(conjugate.autoGuide().fit({ rows }, { accuracy: 0.1, progress: false }), cpu)
    expect(streamed.message).toContain("'rows' is a stream")
  })
})

describe("the errors of means", () => {
  const n = 2000
  const { normal } = numbersOf(9, 0)
  const draws = Float32Array.from({ length: n }, () => normal())
  /** draws of q = N(0, 1), weighed for a normal p */
  const weighed = (mean: number, sd: number, from = draws) => {
    const site = { name: "x" } as Parameters<typeof meanErrors>[0]["sites"][number]["site"]
    const event: ReadonlyArray<number> = [1]
    const logWeights = Float64Array.from(from, (x) => x ** 2 / 2 - ((x - mean) / sd) ** 2 / 2)
    const dataset = Object.assign(Dataset.of([...from], [1]), { event })
    return { n, shared: [], beside: 0, logWeights: [logWeights], sites: [{ site, draws: dataset, gap: undefined }] }
  }

  test("are 0 for a guide that is the posterior, whatever was drawn", () => {
    const { k, numbers } = meanErrors(weighed(0, 1))
    expect(k).toBe(0)
    expect(numbers[0]?.error).toBeLessThan(1e-9)
  })

  test("cover the distance to another posterior, and are not much larger", () => {
    for (const mean of [-0.3, 0.1, 0.5]) {
      const [{ shift = Number.NaN, error = Number.NaN } = {}] = meanErrors(weighed(mean, 0.9)).numbers
      const exact = mean / 0.9
      expect(error).toBeGreaterThan(Math.abs(exact))
      expect(error).toBeLessThan(Math.abs(exact) + 0.2)
      expect(Math.sign(shift)).toBe(Math.sign(mean))
    }
  })

  test("cover it also where weights have no variance: k between ½ and 0.7", () => {
    // sd² = 1/(1 − k) for k = 0.6
    const told = Array.from({ length: 40 }, (_, i) => {
      const { normal } = numbersOf(100 + i, 0)
      const { k, numbers } = meanErrors(
        weighed(
          0.5,
          Math.sqrt(2.5),
          Float32Array.from({ length: n }, () => normal())
        )
      )
      return { k, error: numbers[0]?.error ?? Number.NaN }
    }).filter(({ k }) => k > 0.5 && k <= 0.7)
    expect(told.length).toBeGreaterThan(10)
    const held = told.filter(({ error }) => error >= 0.5 / Math.sqrt(2.5))
    expect(held.length / told.length).toBeGreaterThanOrEqual(0.95)
  })

  test("are not known where the weights say nothing", () => {
    expect(meanErrors(weighed(6, 3)).numbers[0]?.error).toBeNaN()
  })
})

/** Runs a descent on the means of blocks, points of one number whose distances are in units. */
const descend = (blockOf: (phase: number, block: number) => number, accuracy: number, most = 2000) => {
  let descent: Descent<number> = begun()
  let blocks = 0
  const phases: Array<number> = []
  const mean = (points: ReadonlyArray<number>, weights: ReadonlyArray<number>) =>
    points.reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0)
  while (!descent.isOver && blocks < most) {
    const asking = after(descent, blockOf(descent.phase, blocks++), accuracy, { mean })
    let next = asking.next()
    while (next.done !== true) next = asking.next(Math.abs(next.value[0] - next.value[1]))
    if (next.value.phase > descent.phase) phases.push(blocks)
    descent = next.value
  }
  return { descent, blocks, phases }
}

describe("a descent", () => {
  test("of iterates at rest: two phases, the second with blocks of twice the length", () => {
    const { descent, blocks, phases } = descend(() => 3, 0.01)
    expect(descent.average).toBe(3)
    expect(phases).toEqual([8])
    expect(blocks).toBe(8 + 16)
  })

  test("waits while they move, and ends where they come to rest", () => {
    // to 5 with a time constant of 40 blocks
    const { descent } = descend((_, i) => 5 - 5 * Math.exp(-i / 40), 0.02)
    expect(descent.isOver).toBe(true)
    expect(Math.abs((descent.average ?? 0) - 5)).toBeLessThan(0.02)
  })

  test("halves the step size until its bias is small", () => {
    // a bias of half a unit, halved in each phase
    const { descent } = descend((phase) => 1 + 0.5 / 2 ** phase, 0.05)
    expect(descent.isOver).toBe(true)
    expect(Math.abs((descent.average ?? 0) - 1)).toBeLessThan(0.05)
    expect(descent.moved).toBeLessThanOrEqual(0.05)
  })

  test("goes on under noise until the average is good enough", () => {
    const { normal } = numbersOf(4, 0)
    const loud = descend((phase) => normal() / 2 ** (phase / 2), 0.05)
    const quiet = descend((phase) => (0.1 * normal()) / 2 ** (phase / 2), 0.05)
    expect(Math.abs(loud.descent.average ?? Number.NaN)).toBeLessThan(0.05)
    expect(loud.blocks).toBeGreaterThan(2 * quiet.blocks)
  })

  test("does not end while nothing comes to rest", () => {
    expect(descend((_, i) => i, 0.05).descent.isOver).toBe(false)
    expect(descend(() => Number.NaN, 0.05, 200).descent.isOver).toBe(false)
  })
})

test("an averaged optimizer moves as before and carries the mean of its iterates, which begins anew at the weight 1", () => {
  const [plain, both] = [Optimizer.sgd(0.1), averaged(Optimizer.sgd(0.1), (step) => 1 / ((step % 3) + 1))]
  expect(both.slots).toEqual(["mean"])
  let [theta, mean]: [tf.Tensor, tf.Tensor] = [tf.scalar(1), tf.scalar(0)]
  const iterates: Array<number> = []
  for (let step = 0; step < 5; step++) {
    const scalars = both.scalars(step, 5)
    const scalar = (name: string) => tf.scalar(scalars[name] ?? Number.NaN)
    const gradient = tf.mul(theta, 2)
    const alone = plain.update(theta, gradient, [], scalar)
    const next = both.update(theta, gradient, [mean], scalar)
    expect(next.parameter.dataSync()[0]).toBe(alone.parameter.dataSync()[0])
    theta = next.parameter
    mean = next.slots[0] ?? mean
    iterates.push(theta.dataSync()[0] ?? Number.NaN)
  }
  expect(mean.dataSync()[0]).toBeCloseTo(((iterates[3] ?? 0) + (iterates[4] ?? 0)) / 2, 6)
})
