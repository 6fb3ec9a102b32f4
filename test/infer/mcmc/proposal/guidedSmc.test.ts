import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Data } from "../../../../src/data/Data.ts"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Delta } from "../../../../src/dist/Delta.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { GuideMismatch, InvalidOption } from "../../../../src/Errors.ts"
import { metricEstimateOf } from "../../../../src/infer/mcmc/metric.ts"
import { normalVectors } from "../../../../src/infer/mcmc/proposal/normalOfGuide.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { Optimizer } from "../../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../../src/model/auto/Guide.ts"
import { imputed } from "../../../../src/model/incomplete.ts"
import type { Missing } from "../../../../src/model/missingValue.ts"
import { Net } from "../../../../src/model/net/index.ts"
import { param } from "../../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../../src/model/Site.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"

/** A fit that leaves the guide where it begins. */
const still = { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) } as const
const average = (xs: ArrayLike<number>): number => Array.from(xs).reduce((sum, x) => sum + x, 0) / xs.length
const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, x) => total + x, 0)

test("a normal of vectors has the density, the slope and the draws of its mean and covariance", async () => {
  const estimate = metricEstimateOf("dense", 2)
  for (const draw of [
    [1, 2],
    [2, 1],
    [4, 6],
    [0, 0.5],
    [3, 3.5]
  ])
    estimate.add(Float64Array.from(draw))
  const metric = estimate.metric()
  if (metric === undefined) throw new Error("no covariance")
  const column = (i: number) => metric.velocity(Float64Array.from([0, 1], (_, j) => (i === j ? 1 : 0)))
  const [[a = 0, b = 0], [, c = 0]] = [[...column(0)], [...column(1)]]
  const determinant = a * c - b * b
  const mean = Float64Array.of(1, -2)
  const normal = normalVectors(mean, metric)
  const logDensityAt = (x: number, y: number): number => {
    const [u, v] = [x - 1, y + 2]
    return (
      -(c * u * u - 2 * b * u * v + a * v * v) / (2 * determinant) - Math.log(2 * Math.PI) - Math.log(determinant) / 2
    )
  }
  const { logDensity, gradient } = await Effect.runPromise(
    normal.density(Float32Array.of(1.5, -1, 0, 3)) as Effect.Effect<{
      logDensity: Float32Array
      gradient: Float32Array
    }>
  )
  expect(logDensity[0]).toBeCloseTo(logDensityAt(1.5, -1), 5)
  expect(logDensity[1]).toBeCloseTo(logDensityAt(0, 3), 4)
  expect(gradient[2]).toBeCloseTo((logDensityAt(1e-4, 3) - logDensityAt(-1e-4, 3)) / 2e-4, 3)
  expect(gradient[3]).toBeCloseTo((logDensityAt(0, 3 + 1e-4) - logDensityAt(0, 3 - 1e-4)) / 2e-4, 3)
  const n = 20_000
  const draws = normal.draws(n, 3)
  const [x, y] = [0, 1].map((at) => Array.from({ length: n }, (_, i) => (draws[2 * i + at] ?? 0) - (mean[at] ?? 0)))
  const products = (x ?? []).map((each, i) => each * (y?.[i] ?? 0))
  expect(Math.abs(average(x ?? [])) / Math.sqrt(a / n)).toBeLessThan(4)
  expect(Math.abs(average(products) - b) / Math.sqrt((a * c + b * b) / n)).toBeLessThan(4)
})

describe("fitted.smc", () => {
  const y = [0.5, 2, 3]
  const local = program(function* () {
    const noise = param.positive("noise", 0.5)
    const mu = yield* sample("mu", Normal(0, 2))
    const rate = yield* sample("rate", Gamma(2, 1))
    yield* plate("rows", function* () {
      const z = yield* sample("z", Normal(mu, 1))
      yield* observe("y", Normal(z, noise))
    })
    yield* plate("counts", () => observe("n", Poisson({ rate })))
  })
  const data = { rows: { y: Dataset.of(y, []) }, counts: { n: Dataset.of([3, 1, 4], [], "natural") } }
  // y ~ N(0, v I + 4 11ᵀ) with v = 1 + noise², and Γ(10) 4^−10 / (3! 1! 4!)
  const v = 1.25
  const evidence =
    -(3 * Math.log(2 * Math.PI) + 2 * Math.log(v) + Math.log(v + 12)) / 2 -
    (sum(y.map((x) => x * x)) - (4 / (v + 12)) * sum(y) ** 2) / v / 2 +
    Math.log(362_880 / 4 ** 10 / 144)
  const precision = 1 / 4 + 3 / v

  test("has the evidence and the posterior from a guide that is far from it", async () => {
    const guided = local.guide(() => ({
      mu: Normal(-1, 0.3),
      rate: Gamma(20, 20),
      rows: (row) => ({ z: Normal(row.y, 0.5) })
    }))
    const fitted = await run(guided.fit(data, still), onnx)
    const found = await run(fitted.smc(data, { particles: 40, populations: 5, progress: false }), onnx)
    expect(found.temperatures.length).toBeGreaterThan(3)
    const { mean, error } = found.logEvidence
    expect(error).toBeLessThan(0.5)
    expect(Math.abs(mean - evidence) / error).toBeLessThan(4)
    // as if 40 of the 200 draws were independent
    const exact = sum(y) / v / precision
    expect(Math.abs(average(found.draws.mu.values) - exact) / Math.sqrt(1 / precision / 40)).toBeLessThan(4)
    expect(Math.abs(average(found.draws.rate.values) - 2.5) / Math.sqrt(10 / 16 / 40)).toBeLessThan(4)
    expect(found.draws.rows.z.shape).toEqual([200, 3])
  }, 60_000)

  test("takes one step from a guide that follows correlations, whose sites have no densities of their own", async () => {
    const global = program(function* () {
      const a = yield* sample("a", Normal(0, 1))
      const b = yield* sample("b", Normal(a, 0.2))
      yield* observe("x", Normal(b, 0.5))
    }).autoGuide(Guide.multivariateNormal())
    const x = Tensor.of([], tf.scalar(1.5))
    const fitted = await run(global.fit({ x }, { epochs: 1500, learningRate: 0.02, progress: false }), onnx)
    const found = await run(fitted.smc({ x }, { particles: 100, populations: 4, progress: false }), onnx)
    expect(found.temperatures).toEqual([0, 1])
    const { mean, error } = found.logEvidence
    expect(error).toBeLessThan(0.05)
    const variance = 1 + 0.04 + 0.25
    expect(Math.abs(mean + 1.5 ** 2 / variance / 2 + Math.log(2 * Math.PI * variance) / 2) / error).toBeLessThan(4)
    expect(Math.abs(average(found.draws.a.values) - 1.5 / variance)).toBeLessThan(4 * Math.sqrt(0.2248 / 200))
  }, 60_000)

  const single = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* observe("x", Normal(mu, 1))
  })
  const x = Tensor.of([], tf.scalar(1))

  test("keeps the weights of a net of the model, which the guide's own net was named before", async () => {
    const [encoder, decoder] = [Net.mlp([1, 1]), Net.mlp([1, 1])]
    const nets = program(function* () {
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(0, 1).iid(1))
        yield* observe("y", Normal(decoder(z), 0.5))
      })
    }).guide(() => ({ rows: (row) => ({ z: Normal(encoder(row.y), 1) }) }))
    const rows = { rows: { y: Dataset.of(y, [1]) } }
    const fitted = await run(nets.fit(rows, still), onnx)
    const evidenceBy = (net: string): number => {
      const [weight = 0, bias = 0] = ["weight", "bias"].map((of) => fitted.parameter(`${net}.0.${of}`)[0])
      const variance = weight ** 2 + 0.25
      return sum(y.map((x) => -((x - bias) ** 2) / variance / 2 - Math.log(2 * Math.PI * variance) / 2))
    }
    const found = await run(fitted.smc(rows, { particles: 50, populations: 4, moves: 2, progress: false }), onnx)
    const { mean, error } = found.logEvidence
    expect(Math.abs(mean - evidenceBy("mlp2")) / error).toBeLessThan(4)
    expect(Math.abs(mean - evidenceBy("mlp")) / error).toBeGreaterThan(4)
  })

  test("refuses numbers that do not count, along which the density is flat", async () => {
    const holed = program(function* () {
      const mu = yield* sample("mu", Normal(0, 2).iid(2))
      yield* plate("rows", (row: { y: Missing<Tensor<readonly [2]>> }) => imputed("y", Normal(mu, 1), row.y))
    })
    const holes = holed.autoGuide()
    const rows = { rows: { y: Data.missing([1, null, 2, 3], [2]) } }
    const fitted = await run(holes.fit(rows, still), cpu)
    for (const refused of [
      fitted.smc(rows),
      holed.nuts(rows),
      holed.hmc(rows),
      holed.metropolis(rows),
      holed.smc(rows)
    ]) {
      const error = await failure(refused)
      expect(error).toBeInstanceOf(GuideMismatch)
      expect(error.message).toContain("'y.missing': some of its numbers do not count in the density")
    }
  })

  test("refuses a guide that is a point, a discrete site, and a wrong option", async () => {
    const point = await run(single.guide(() => ({ mu: Delta(param("at", 0.5)) })).fit({ x }, still), cpu)
    expect((await failure(point.smc({ x }))).message).toContain("the guide is a point")
    const discrete = program(function* () {
      const flag = yield* sample("flag", Bernoulli({ probs: 0.4 }))
      yield* observe("x", Normal(flag, 1))
    }).guide(() => ({ flag: Bernoulli({ probs: 0.5 }) }))
    const drawn = await run(discrete.fit({ x }, still), cpu)
    expect((await failure(drawn.smc({ x }))).message).toContain("'flag'")
    const fitted = await run(single.guide(() => ({ mu: Normal(0.5, 1) })).fit({ x }, still), cpu)
    expect(await failure(fitted.smc({ x }, { particles: 1 }))).toBeInstanceOf(InvalidOption)
  })
})
