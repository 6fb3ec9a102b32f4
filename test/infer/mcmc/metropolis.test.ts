import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { unit } from "../../../src/infer/mcmc/metric.ts"
import { metropolisSettings } from "../../../src/infer/mcmc/metropolisSettings.ts"
import { bestAcceptance, firstWalk, randomWalk } from "../../../src/infer/mcmc/randomWalk.ts"
import { sampleBy } from "../../../src/infer/mcmc/sampleBy.ts"
import { targetOf } from "../../../src/infer/mcmc/target.ts"
import { windowsOf } from "../../../src/infer/mcmc/windows.ts"
import { program } from "../../../src/infer/program/program.ts"
import { prepare } from "../../../src/infer/run/prepared.ts"
import type { AnyProgram } from "../../../src/model/Guided.ts"
import { observe, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run, watched } from "../harness.ts"
import { answered, at, distanceOf, skewed, type Target } from "./answered.ts"
import { zOf } from "./zOf.ts"

describe("a step of a random walk", () => {
  test("leaves a skewed density unchanged, by a Kolmogorov–Smirnov test that a shift of 0.2 fails", () => {
    const numbers = numbersOf(7, 0)
    const n = 4000
    let moved = 0
    const ends = Float64Array.from({ length: n }, () => {
      const first = skewed.draw(numbers)
      const { place } = answered(
        randomWalk(at(skewed.target, [first]), { step: 1.5, metric: unit(1), numbers }),
        skewed.target
      )
      if (place.vector[0] !== first) moved++
      return place.vector[0] ?? Number.NaN
    }).toSorted()
    expect(distanceOf(ends, skewed.cumulative)).toBeLessThan(1)
    expect(distanceOf(ends, skewed.cumulative, 0.2)).toBeGreaterThan(1)
    expect(moved).toBeGreaterThan(n / 4)
    expect(moved).toBeLessThan((3 * n) / 4)
  })

  test("stays where the log density beyond is no number, or −∞", () => {
    const numbers = numbersOf(5, 0)
    for (const beyond of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const wall: Target = (x) => ({ logDensity: (x[0] ?? 0) === 0 ? 0 : beyond, gradient: x })
      const { place, acceptance } = answered(randomWalk(at(wall, [0]), { step: 1, metric: unit(1), numbers }), wall)
      expect([place.vector[0], acceptance]).toEqual([0, 0])
    }
  })
})

const average = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

describe("program.metropolis", () => {
  const x = Tensor.of([], tf.scalar(3))
  const line = program(function* () {
    const a = yield* sample("a", Normal(0, 1))
    const b = yield* sample("b", Normal(a, 0.1))
    yield* observe("x", Normal(b, 0.5))
  })

  test("agrees on a compiled engine with a posterior in closed form whose sites are correlated by 0.98", async () => {
    const options = { warmup: 1500, draws: 3000, progress: false } as const
    const { draws, acceptance, eBfmi, divergences } = await run(line.metropolis({ x }, options), onnx)
    // x = 3 has the variance 1 + 0.01 + 0.25 before a is known
    const [mean, variance] = [3 / 1.26, 1 - 1 / 1.26]
    expect(Math.abs(zOf(draws.a, 4, (a) => a, mean))).toBeLessThan(4)
    expect(Math.abs(zOf(draws.a, 4, (a) => (a - mean) ** 2, variance))).toBeLessThan(4)
    // a length that is not learned, 2.38 / √2, would be accepted in about 0.35
    expect(Math.abs(average(acceptance) - 0.234)).toBeLessThan(0.06)
    expect([eBfmi, divergences]).toEqual([[], 0])
  }, 60_000)

  test("evaluates no gradients, and draws what it drew with them", async () => {
    const options = { chains: 2, warmup: 40, draws: 60, seed: 3, progress: false } as const
    for (const source of [cpu, onnx]) {
      const { engine, sessions } = watched(source)
      const { statistics } = await run(line.metropolis({ x }, options), engine)
      const emitted = new Set(sessions.flatMap(({ calls }) => calls.flatMap((call) => Object.keys(call.emitted))))
      expect([...emitted].filter((name) => name.startsWith("grad:"))).toEqual([])
      const data = prepare({ x })
      const target = targetOf(line.effect as AnyProgram, data, {})
      const settings = { ...metropolisSettings(options), targetAccept: bestAcceptance(2) }
      const walked = { firstStep: () => firstWalk(2), windows: windowsOf(26) }
      const both = await run(sampleBy(randomWalk, target, data, { ...settings, ...walked }), source)
      expect(statistics.logDensity).toEqual(Float64Array.from(both.flatMap(({ logDensity }) => [...logDensity])))
    }
  })

  test("learns steps that are accepted as often as they are asked to be", async () => {
    const options = { warmup: 600, draws: 300, targetAccept: 0.6, progress: false } as const
    const { acceptance } = await run(line.metropolis({ x }, options), cpu)
    expect(Math.abs(average(acceptance) - 0.6)).toBeLessThan(0.06)
  })

  test.each([
    ["maxTreeDepth", { maxTreeDepth: 3 }],
    ["targetAccept", { targetAccept: 1 }],
    ["draws", { draws: 2 }]
  ] as const)("refuses a wrong %s before any work", async (option, options) => {
    const error = await failure(line.metropolis({ x }, options as never), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ option })
  })
})
