import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { steinDirection } from "../../../../src/infer/mcmc/stein/steinDirection.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { sample } from "../../../../src/model/Site.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, generator, run } from "../../harness.ts"
import { schools, schoolsByQuadrature, schoolsData } from "../schools.ts"

describe("the direction of particles", () => {
  const size = 3
  const uniform = generator(5)
  const points = Float64Array.from({ length: 6 * size }, () => 4 * uniform() - 2)
  const gradient = Float64Array.from(points, () => uniform() - 0.5)
  const { direction, bandwidth } = steinDirection(points, gradient, size)
  const at = (values: Float64Array, i: number) => [...values.subarray(i * size, (i + 1) * size)]
  const square = (x: ReadonlyArray<number>, y: ReadonlyArray<number>) =>
    x.reduce((sum, each, d) => sum + (each - (y[d] ?? 0)) ** 2, 0)

  test("has the bandwidth of the median distance over log n", () => {
    const squares = [0, 1, 2, 3, 4, 5].flatMap((i) =>
      [0, 1, 2, 3, 4, 5].flatMap((j) => (j < i ? [square(at(points, i), at(points, j))] : []))
    )
    expect(bandwidth).toBeCloseTo((squares.toSorted((a, b) => a - b)[7] ?? 0) / Math.log(6), 12)
  })

  test("is the mean of k ∇log p + ∇k, with ∇k by central differences", () => {
    const kernel = (x: ReadonlyArray<number>, y: ReadonlyArray<number>) => Math.exp(-square(x, y) / bandwidth)
    for (let i = 0; i < 6; i++)
      for (let d = 0; d < size; d++) {
        let expected = 0
        for (let j = 0; j < 6; j++) {
          const moved = (by: number) => at(points, j).map((x, k) => (k === d ? x + by : x))
          const slope = (kernel(moved(1e-5), at(points, i)) - kernel(moved(-1e-5), at(points, i))) / 2e-5
          expected += (kernel(at(points, j), at(points, i)) * (gradient[j * size + d] ?? 0) + slope) / 6
        }
        expect(direction[i * size + d]).toBeCloseTo(expected, 8)
      }
  })
})

const moments = (values: ArrayLike<number>, size: number) => {
  const n = values.length / size
  const mean = Array.from({ length: size }, (_, d) => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[i * size + d] ?? 0
    return sum / n
  })
  const covariance = (a: number, b: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++)
      sum += ((values[i * size + a] ?? 0) - (mean[a] ?? 0)) * ((values[i * size + b] ?? 0) - (mean[b] ?? 0))
    return sum / n
  }
  return { mean, covariance }
}

describe("the particles", () => {
  const gaussian = program(function* () {
    const scaleTril = Tensor.of([2, 2], tf.tensor2d([2, 0, 0.8, 0.6], [2, 2]))
    yield* sample("x", MultivariateNormal(Tensor.of([2], tf.tensor1d([1, -2])), { scaleTril }))
  })

  test("have the moments of a correlated normal distribution: variances from below, nearer with more of them", async () => {
    // n particles are nodes of a quadrature, not draws: the same in each run, with no Monte Carlo error. Mean and correlation are those of the distribution but for their number being finite; variances come out too
    // small (Ba et al. 2021), less so with more particles
    const varianceOf = async (particles: number): Promise<number> => {
      const found = await run(gaussian.svgd({}, { particles, iterations: 500 }), cpu)
      const { mean, covariance } = moments(found.draws.x.values, 2)
      expect(Math.abs((mean[0] ?? Number.NaN) - 1) / 2).toBeLessThan(0.02)
      expect(Math.abs((mean[1] ?? Number.NaN) + 2)).toBeLessThan(0.02)
      const [a, b] = [covariance(0, 0), covariance(1, 1)]
      expect(Math.abs(covariance(0, 1) / Math.sqrt(a * b) - 0.8)).toBeLessThan(0.02)
      expect(found.residual).toBeLessThan(0.01)
      // Stein's identity of a normal distribution is the diagonal of Σ̂ Σ⁻¹, with Σ = [[4, 1.6], [1.6, 1]] of determinant 1.44
      const spreads = [(a - 1.6 * covariance(0, 1)) / 1.44, (4 * b - 1.6 * covariance(0, 1)) / 1.44]
      expect(found.spread).toBeCloseTo(Math.min(...spreads), 4)
      expect(found.advice).toEqual([])
      return Math.min(a / 4, b)
    }
    const [few, many] = [await varianceOf(50), await varianceOf(100)]
    expect(few).toBeGreaterThan(0.85)
    expect(many).toBeGreaterThan(0.9)
    expect(many).toBeGreaterThan(few)
    expect(many).toBeLessThan(1)
  })

  test("find the mean of eight schools, and say that they are too narrow for ten numbers", async () => {
    const found = await run(schools.svgd(schoolsData, { particles: 60, iterations: 300 }), cpu)
    const exact = schoolsByQuadrature()
    const mean = moments(found.draws.mu.values, 1).mean[0] ?? Number.NaN
    // in posterior standard deviations (3.3)
    expect(Math.abs(mean - exact.mu) / 3.3).toBeLessThan(0.25)
    expect(found.draws.schools.t.shape).toEqual([60, 8])
    expect(found.spread).toBeLessThan(0.8)
    expect(found.advice.join()).toContain("particles collapse")
    expect(String(found)).toContain("60 particles after 300 iterations")
  })

  test("are the same with the same seed, and begin about the values of init", async () => {
    const options = { particles: 5, iterations: 3, stepSize: 1e-6 }
    const [first, same, other, near] = await Promise.all([
      run(gaussian.svgd({}, options), cpu),
      run(gaussian.svgd({}, options), cpu),
      run(gaussian.svgd({}, { ...options, seed: 1 }), cpu),
      run(gaussian.svgd({}, { ...options, init: { x: 30 } }), cpu)
    ])
    expect(same?.draws.x.values).toEqual(first?.draws.x.values)
    expect(other?.draws.x.values).not.toEqual(first?.draws.x.values)
    for (const x of near?.draws.x.values ?? []) expect(Math.abs(x - 30)).toBeLessThan(0.2)
    expect(near?.advice.join()).toContain("still move")
  })

  test("are refused where a sampler is, and for wrong options, before any work", async () => {
    const coin = program(sample("b", Bernoulli({ probs: 0.4 })))
    expect((await failure(coin.svgd({})))._tag).toBe("GuideMismatch")
    for (const [options, words] of [
      [{ particles: 1 }, "particles repel each other"],
      [{ stepSize: 0 }, "a number above 0"],
      [{ iteration: 3 }, "iteration"]
    ] as const) {
      const error = await failure(program(sample("z", Normal(0, 1))).svgd({}, options as never))
      expect(error._tag).toBe("InvalidOption")
      expect(error.message).toContain(words)
    }
  })
})
