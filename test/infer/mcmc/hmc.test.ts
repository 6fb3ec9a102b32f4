import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { cheesLength, slopeOf } from "../../../src/infer/mcmc/chees.ts"
import { hmcTransition, type Proposed } from "../../../src/infer/mcmc/hmc.ts"
import { diagonal, type Metric, unit } from "../../../src/infer/mcmc/metric.ts"
import { program } from "../../../src/infer/program/program.ts"
import { observe, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../harness.ts"
import { answered, at, distanceOf, normal, skewed, type Target } from "./answered.ts"
import { schools, schoolsByQuadrature, schoolsData } from "./schools.ts"
import { zOf } from "./zOf.ts"

describe("a transition of HMC", () => {
  test("leaves a skewed density unchanged at a step size that rejects much: a Kolmogorov–Smirnov test", () => {
    const numbers = numbersOf(7, 0)
    const n = 4000
    let rejected = 0
    const ends = Float64Array.from({ length: n }, () => {
      const first = skewed.draw(numbers)
      const { transition } = answered(
        hmcTransition(at(skewed.target, [first]), 3, { step: 1.2, metric: unit(1), numbers }),
        skewed.target
      )
      if (transition.place.vector[0] === first) rejected++
      return transition.place.vector[0] ?? 0
    }).sort()
    expect(distanceOf(ends, skewed.cumulative)).toBeLessThan(1)
    expect(distanceOf(ends, skewed.cumulative, 0.2)).toBeGreaterThan(1)
    expect(rejected).toBeGreaterThan(n / 20)
  })

  test("diverges and stays where a step is far too large, or leads out of the finite numbers", () => {
    const numbers = numbersOf(5, 0)
    const narrow = normal([1e-4])
    const { transition } = answered(hmcTransition(at(narrow, [0.01]), 5, { step: 1, metric: unit(1), numbers }), narrow)
    expect([transition.isDivergent, transition.place.vector[0], transition.acceptance]).toEqual([true, 0.01, 0])
    const wall: Target = (x) => ({ logDensity: (x[0] ?? 0) === 0 ? 0 : Number.NaN, gradient: x })
    const moved = answered(hmcTransition(at(wall, [0]), 5, { step: 1, metric: unit(1), numbers }), wall)
    expect([moved.transition.isDivergent, moved.transition.leapfrogs]).toEqual([true, 1])
  })
})

/** Trajectories of the exact dynamics of a normal of variance s² per number, all of one time. */
const exactFlows = (time: number, sd: number, metric: Metric, chains: number, seed = 0) => {
  const numbers = numbersOf(seed, 0)
  const target = normal([sd ** 2, sd ** 2])
  const from: Array<Float64Array> = []
  const proposed: Array<Proposed> = []
  for (let i = 0; i < chains; i++) {
    const begin = Float64Array.of(sd * numbers.normal(), sd * numbers.normal())
    // with M⁻¹ = s² a number x and its velocity turn with frequency 1
    const speed = begin.map(() => sd * numbers.normal())
    const vector = begin.map((x, d) => x * Math.cos(time) + (speed[d] ?? 0) * Math.sin(time))
    const velocity = begin.map((x, d) => -x * Math.sin(time) + (speed[d] ?? 0) * Math.cos(time))
    const end = { ...target(vector), vector, velocity, momentum: metric.precision(velocity) }
    const transition = { place: end, acceptance: 1, depth: 0, leapfrogs: 1, isDivergent: false, energy: 0 }
    from.push(begin)
    proposed.push({ transition, end })
  }
  return { from, proposed }
}

describe("the length of a trajectory", () => {
  test.each([1, 100])("has the slope of ChEES in closed form, with a metric that fits (sd %i)", (sd) => {
    const metric = diagonal(Float64Array.of(sd ** 2, sd ** 2))
    // x′ = x cos t + v sin t in two numbers: ¼ E (‖x′‖² − ‖x‖²)² = 2 sin² t
    for (const time of [0.3, 2]) {
      const { from, proposed } = exactFlows(time, sd, metric, 5000)
      expect(Math.abs(slopeOf(from, proposed, metric) - 2 * Math.sin(2 * time))).toBeLessThan(0.2)
    }
  })

  test("climbs to a quarter of a period of a normal, where the criterion is largest", () => {
    const metric = unit(2)
    const length = cheesLength(0.2, () => 1000)
    for (let i = 0; i < 400; i++) {
      const { from, proposed } = exactFlows(length.current(), 1, metric, 64, i)
      length.learn(from, proposed, length.current(), metric)
    }
    expect(Math.abs(length.final() - Math.PI / 2)).toBeLessThan(0.1)
  })

  test("stays within what the step size allows", () => {
    const length = cheesLength(1, () => 0.5)
    const { from, proposed } = exactFlows(1, 1, unit(2), 64)
    length.learn(from, proposed, 1, unit(2))
    expect(length.current()).toBeLessThanOrEqual(0.5 + 1e-12)
    expect(length.final()).toBeLessThanOrEqual(0.5 + 1e-12)
  })
})

const x = Tensor.of([], tf.scalar(3))

describe("program.hmc", () => {
  test("agrees with quadrature on eight schools, with a learned length of trajectories", async () => {
    const chains = 8
    const options = { chains, warmup: 120, draws: 60, progress: false } as const
    const sampled = await run(schools.hmc(schoolsData, options), onnx)
    const exact = schoolsByQuadrature()
    expect(Math.abs(zOf(sampled.draws.mu, chains, (x) => x, exact.mu))).toBeLessThan(4)
    expect(Math.abs(zOf(sampled.draws.tau, chains, Math.log, exact.logTau))).toBeLessThan(4)
    expect(new Set(sampled.stepSizes).size).toBe(1)
    expect(sampled.summary().rows.find(({ name }) => name === "mu")?.essBulk).toBeGreaterThan(100)
  }, 60_000)

  test("agrees with a posterior in closed form, with a given length and a dense metric", async () => {
    const line = program(function* () {
      const a = yield* sample("a", Normal(0, 1))
      const b = yield* sample("b", Normal(a, 0.1))
      yield* observe("x", Normal(b, 0.5))
    })
    const chains = 4
    const options = { chains, warmup: 120, draws: 150, trajectory: 3, metric: "dense", progress: false } as const
    const { draws, trajectory } = await run(line.hmc({ x }, options), cpu)
    // x = 3 has the variance 1 + 0.01 + 0.25 before a is known
    const [mean, variance] = [3 / 1.26, 1 - 1 / 1.26]
    expect(Math.abs(zOf(draws.a, chains, (a) => a, mean))).toBeLessThan(4)
    expect(Math.abs(zOf(draws.a, chains, (a) => (a - mean) ** 2, variance))).toBeLessThan(4)
    expect(trajectory).toBe(3)
  })

  const pair = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* observe("x", Normal(mu, 1))
  })
  const brief = { chains: 2, warmup: 20, draws: 20, trajectory: 2, progress: false } as const

  test("has the same draws with the same seed, and those of a stopped run are its first ones", async () => {
    const drawn = async (seed: number) => [...(await run(pair.hmc({ x }, { ...brief, seed }), cpu)).draws.mu.values]
    const first = await drawn(1)
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
    const stop = new AbortController()
    const progress = ({ transitions }: { readonly transitions: number }) => {
      if (transitions === 2 * (20 + 10)) stop.abort()
    }
    const sampled = await run(pair.hmc({ x }, { ...brief, seed: 1, progress, signal: stop.signal }), cpu)
    expect([sampled.stopped, sampled.drawsPerChain]).toEqual(["aborted", 10])
    expect([...sampled.draws.mu.values]).toEqual([...first.slice(0, 10), ...first.slice(20, 30)])
  })

  test.each([
    [{ chains: 3 }, "chains"],
    [{ warmup: 10 }, "warmup"],
    [{ trajectory: 0 }, "trajectory"],
    [{ trajectory: "nuts" as "chees" }, "trajectory"],
    [{ maxSteps: 0 }, "maxSteps"],
    [{ maxTreeDepth: 3 } as object, "maxTreeDepth"]
  ])("refuses options such as %o", async (options, name) => {
    const error = await failure(pair.hmc({ x }, options), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(`'${name}'`)
  })
})
