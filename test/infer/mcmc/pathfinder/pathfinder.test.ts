import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { GuideMismatch, InvalidOption } from "../../../../src/Errors.ts"
import { choleskyOf } from "../../../../src/infer/fit/choleskyOf.ts"
import { mixingOf } from "../../../../src/infer/mcmc/diagnostics.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { observe, plate, sample } from "../../../../src/model/Site.ts"
import { dot } from "../../../../src/tensor/ops/matmul.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"
import { schools, schoolsByQuadrature, schoolsData } from "../schools.ts"

const column = ({ values, size }: Dataset, i = 0): Float64Array =>
  Float64Array.from({ length: size }, (_, d) => values[(d * values.length) / size + i] ?? Number.NaN)
const meanOf = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x, 0) / xs.length
const sdOf = (xs: Float64Array): number => {
  const mean = meanOf(xs)
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - 1))
}

describe("a correlated normal of five numbers", () => {
  const mean = [1, -2, 3, 0, 40]
  const covariance = Array.from({ length: 5 }, (_, i) =>
    Array.from({ length: 5 }, (_, j) => 0.8 ** Math.abs(i - j) * (i + 1) * (j + 1) * 0.3)
  )
  const lower = choleskyOf(covariance) ?? []
  const normal = program(function* () {
    yield* sample(
      "x",
      MultivariateNormal(Tensor.of([5], tf.tensor1d(mean)), {
        scaleTril: Tensor.of([5, 5], tf.tensor2d(lower.map((row) => Array.from({ length: 5 }, (_, j) => row[j] ?? 0))))
      })
    )
  })

  test("is found by one path: exact weights, mean and covariance within Monte Carlo error", async () => {
    const n = 1000
    const found = await run(
      normal.pathfinder({}, { paths: 1, draws: n, resample: false, progress: false, seed: 2 }),
      onnx
    )
    // log p − log q is the same number for each draw of a posterior that is found exactly: the evidence is 1
    expect(Math.abs(found.logEvidence.mean)).toBeLessThan(1e-3)
    expect(found.logEvidence.error).toBeLessThan(1e-4)
    expect(found.paths[0]?.elbo).toBeCloseTo(0, 2)
    const xs = mean.map((_, i) => column(found.draws.x, i))
    for (const [i, xi] of xs.entries()) {
      const variance = covariance[i]?.[i] ?? 1
      expect(Math.abs(meanOf(xi) - (mean[i] ?? 0)) / Math.sqrt(variance / n)).toBeLessThan(4)
      for (const [j, xj] of xs.entries()) {
        const exact = covariance[i]?.[j] ?? 0
        const product = xi.map((x, d) => (x - (mean[i] ?? 0)) * ((xj[d] ?? 0) - (mean[j] ?? 0)))
        const error = Math.sqrt((variance * (covariance[j]?.[j] ?? 1) + exact ** 2) / n)
        expect(Math.abs(meanOf(product) - exact) / error).toBeLessThan(4)
      }
    }
  })

  test("is found by several paths, and the print says so", async () => {
    const found = await run(normal.pathfinder({}, { paths: 4, draws: 500, progress: false }), onnx)
    expect(found.paths).toHaveLength(4)
    expect(found.k).toBeLessThan(0.7)
    expect(found.advice).toEqual([])
    expect(found.summary().draws).toBe(500)
    expect(`${found}`).toContain("4 paths, k = ")
    expect(`${found}`).toContain("x[4]")
  })
})

const inFour = (xs: Float64Array): ReadonlyArray<Float64Array> =>
  [0, 1, 2, 3].map((c) => xs.slice((c * xs.length) / 4, ((c + 1) * xs.length) / 4))

/** The mean of four chains is within four standard errors of an exact one. */
const agrees = (xs: Float64Array, exact: number): void =>
  expect(Math.abs(meanOf(xs) - exact) / mixingOf(inFour(xs)).mcse).toBeLessThan(4)

describe("beside nuts", () => {
  const quick = { chains: 4, warmup: 60, draws: 100, progress: false } as const

  test("logistic regression: a log density with one mode, which is no normal's", async () => {
    const regression = program(function* () {
      const w = yield* sample("w", Normal(0, 1.5).iid(3))
      yield* plate("rows", (row: { readonly x: Tensor<[3]> }) => observe("y", Bernoulli({ logits: dot(row.x, w) })))
    })
    const n = 40
    const x = Array.from({ length: n }, (_, i) => [1, Math.sin(1.7 * i), Math.cos(2.3 * i) + Math.sin(1.7 * i)])
    const y = x.map(([, a = 0, b = 0], i) => (0.5 + 1.5 * a - b + 1.5 * Math.sin(12.9 * i) > 0 ? 1 : 0))
    const data = { rows: { x: Dataset.of(x.flat(), [3]), y: Dataset.of(y, [], "boolean") } }
    const found = await run(regression.pathfinder(data, { paths: 4, progress: false }), onnx)
    const sampled = await run(regression.nuts(data, { ...quick, start: "pathfinder" }), onnx)
    expect(found.k).toBeLessThan(0.7)
    for (const i of [0, 1, 2]) {
      const [ours, theirs] = [column(found.draws.w, i), column(sampled.draws.w, i)]
      // draws with replacement by weights are worth less than as many: half of them at the least, with weights as even as here
      const error = Math.hypot(sdOf(ours) * Math.sqrt(2 / ours.length), mixingOf(inFour(theirs)).mcse)
      expect(Math.abs(meanOf(ours) - meanOf(theirs)) / error).toBeLessThan(4)
      expect(sdOf(ours) / sdOf(theirs)).toBeCloseTo(1, 0)
    }
  }, 30_000)

  test("eight schools, non-centred: no normal follows tau, which it says; chains that begin there agree with quadrature", async () => {
    const found = await run(schools.pathfinder(schoolsData, { paths: 4, draws: 400, progress: false }), onnx)
    expect(found.k).toBeGreaterThan(0.7)
    expect(found.advice.join()).toContain('{ start: "pathfinder" }')
    expect((await run(found.logLikelihood(), onnx)).schools.y?.shape).toEqual([400, 8])
    const { draws } = await run(schools.nuts(schoolsData, { ...quick, start: "pathfinder" }), onnx)
    const exact = schoolsByQuadrature()
    agrees(column(draws.mu), exact.mu)
    agrees(column(draws.tau).map(Math.log), exact.logTau)
  }, 30_000)
})

test("log p(data) of a conjugate model, which the weights know", async () => {
  const pair = program(function* () {
    const mu = yield* sample("mu", Normal(0, 2))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  })
  const found = await run(
    pair.pathfinder({ rows: { y: Dataset.of([1, 2.5], []) } }, { paths: 2, draws: 100, progress: false }),
    cpu
  )
  // y ~ N(0, I + 4·11ᵀ): |Σ| = 9, Σ⁻¹ = I − (4/9)·11ᵀ
  const square = 1 + 2.5 ** 2 - (4 / 9) * 3.5 ** 2
  expect(found.logEvidence.mean).toBeCloseTo(-(square + Math.log(9)) / 2 - Math.log(2 * Math.PI), 3)
})

test("a posterior far away, with scales and a correlation: paths reach it, and a warm-up from there is short", async () => {
  const wide = program(function* () {
    const a = yield* sample("a", Normal(1000, 100))
    yield* sample("b", Normal(a, 10))
  })
  const taken = async (start: "uniform" | "pathfinder") => {
    let evaluations = 0
    const options = { start, metric: "dense", warmup: 40, draws: 100, chains: 4 } as const
    const progress = (event: { readonly evaluations: number }) => {
      evaluations = event.evaluations
    }
    const { draws } = await run(wide.nuts({}, { ...options, progress }), onnx)
    agrees(column(draws.a), 1000)
    agrees(
      column(draws.b).map((b, i) => b - (draws.a.values[i] ?? 0)),
      0
    )
    return evaluations
  }
  expect(await taken("pathfinder")).toBeLessThan(0.8 * (await taken("uniform")))
})

describe("a run", () => {
  const pair = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* observe("x", Normal(mu, 1))
  })
  const x = Tensor.of([], tf.scalar(3))
  const brief = { paths: 2, draws: 20, progress: false } as const

  test("has the same numbers with the same seed, leaves no tensors, and tells its progress", async () => {
    const told: Array<number> = []
    const drawn = async (seed: number) => [
      ...(await run(pair.pathfinder({ x }, { ...brief, seed, progress: ({ ended }) => told.push(ended) }), cpu)).draws
        .mu.values
    ]
    const first = await drawn(1)
    const before = tf.memory().numTensors
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
    expect(tf.memory().numTensors).toBe(before)
    expect(told.at(-1)).toBe(2)
  })

  test.each([
    [{ paths: 0 }, "paths"],
    [{ draws: 0.5 }, "draws"],
    [{ resample: "psis" as unknown as boolean }, "resample"],
    [{ chains: 3 } as object, "chains"]
  ])("refuses options such as %o", async (options, name) => {
    const error = await failure(pair.pathfinder({ x }, options), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(`'${name}'`)
  })

  test("refuses a beginning that nuts does not know, and a discrete site", async () => {
    const start = "prior" as "uniform"
    expect((await failure(pair.nuts({ x }, { start }), cpu)).message).toContain("'start'")
    const coin = program(function* () {
      yield* sample("coin", Bernoulli({ probs: 0.5 }))
    })
    expect(await failure(coin.pathfinder({}, brief), cpu)).toBeInstanceOf(GuideMismatch)
  })
})
