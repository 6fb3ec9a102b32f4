import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { ImproperUniform } from "../../../src/dist/ImproperUniform.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { GuideMismatch } from "../../../src/Errors.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { type AutoFamily, Guide } from "../../../src/model/auto/Guide.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { typed } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../harness.ts"

type Scalar = Tensor<readonly []>
type Matrix = readonly [readonly [number, number], readonly [number, number]]

const settings = (epochs: number, particles = 8) =>
  ({ epochs, particles, batchSize: 100, optimizer: Optimizer.adam(Schedule.cosine(0.03)), progress: false }) as const

/** y = a + b·x + noise of scale σ, with priors N(0, 1) of a and b: the posterior is normal, with a strong correlation of a and b. */
const [xs, ys, sigma] = [[1, 2, 2.5, 3], [1.1, 1.4, 2.1, 2.2], 0.8]
const line = program(
  Effect.gen(function* () {
    const a = yield* sample("a", Normal(0, 1))
    const b = yield* sample("b", Normal(0, 1))
    yield* plate("rows", (row: { readonly x: Scalar }) =>
      observe("y", Normal(typed<readonly []>(tf.add(a, tf.mul(b, row.x))), sigma))
    )
  })
)
const data = { rows: { x: Dataset.of(xs, []), y: Dataset.of(ys, []) } }

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, x) => total + x, 0)
const product = (us: ReadonlyArray<number>, vs: ReadonlyArray<number>): number =>
  sum(us.map((u, i) => u * (vs[i] ?? 0)))
const ones = xs.map(() => 1)
/** the exact posterior: precision I + XᵀX/σ², and its mean */
const precision: Matrix = [
  [1 + product(ones, ones) / sigma ** 2, product(ones, xs) / sigma ** 2],
  [product(ones, xs) / sigma ** 2, 1 + product(xs, xs) / sigma ** 2]
]
const determinant = precision[0][0] * precision[1][1] - precision[0][1] ** 2
const covariance: Matrix = [
  [precision[1][1] / determinant, -precision[0][1] / determinant],
  [-precision[0][1] / determinant, precision[0][0] / determinant]
]
const right = [product(ones, ys) / sigma ** 2, product(xs, ys) / sigma ** 2] as const
const mean = covariance.map((row) => product(row, right))

/** KL of a normal distribution of two numbers from the exact posterior. */
const klFromPosterior = (loc: ReadonlyArray<number>, cov: Matrix): number => {
  const d = loc.map((x, i) => x - (mean[i] ?? 0))
  const trace = product(precision[0], cov[0]) + product(precision[1], cov[1])
  const squares = product(
    d,
    precision.map((row) => product(row, d))
  )
  const logDet = Math.log(cov[0][0] * cov[1][1] - cov[0][1] ** 2) + Math.log(determinant)
  return 0.5 * (trace + squares - 2 - logDet)
}

const numbers = (parameters: Readonly<Record<string, Float32Array>>, name: string): ReadonlyArray<number> =>
  Array.from(parameters[name] ?? [])

/** L Lᵀ of the parameters of AutoMultivariateNormal. */
const fullCovariance = (parameters: Readonly<Record<string, Float32Array>>): Matrix => {
  const [s = 0, t = 0] = numbers(parameters, "auto.scale")
  const below = t * (parameters["auto.below"]?.[2] ?? Number.NaN)
  return [
    [s * s, s * below],
    [s * below, below * below + t * t]
  ]
}

describe("the posterior of a regression, which is a normal with a strong correlation", () => {
  test("correlates its two sites", () => {
    expect(Math.abs(covariance[0][1] / Math.sqrt(covariance[0][0] * covariance[1][1]))).toBeGreaterThan(0.8)
  })

  test("AutoMultivariateNormal finds it", async () => {
    const { parameters } = await run(line.autoGuide(Guide.multivariateNormal()).fit(data, settings(3000)), onnx)
    expect(klFromPosterior(numbers(parameters, "auto.loc"), fullCovariance(parameters))).toBeLessThan(5e-3)
  })

  test("AutoLowRankNormal finds it with one column", async () => {
    const { parameters } = await run(line.autoGuide(Guide.lowRankNormal({ rank: 1 })).fit(data, settings(4000)), onnx)
    const [f = 0, g = 0] = numbers(parameters, "auto.factor")
    const [d = 0, e = 0] = numbers(parameters, "auto.scale").map((x) => x * x)
    const found: Matrix = [
      [f * f + d, f * g],
      [f * g, g * g + e]
    ]
    expect(klFromPosterior(numbers(parameters, "auto.loc"), found)).toBeLessThan(5e-3)
  })

  test("AutoStructured finds it, since its second location is linear in the first site", async () => {
    const { parameters } = await run(line.autoGuide(Guide.structured()).fit(data, settings(3000)), onnx)
    const number = (name: string): number => parameters[name]?.[0] ?? Number.NaN
    const [m, s] = [number("auto.a.loc"), number("auto.a.scale")]
    const [w, t] = [number("auto.b.weights"), number("auto.b.scale")]
    const found: Matrix = [
      [s * s, w * s * s],
      [w * s * s, w * w * s * s + t * t]
    ]
    expect(klFromPosterior([m, number("auto.b.loc") + w * m], found)).toBeLessThan(5e-3)
  })

  test("AutoNormal finds its means, and the inverse of the diagonal of its precision as variances", async () => {
    const { parameters } = await run(line.autoGuide().fit(data, settings(3000)), onnx)
    const loc = ["a", "b"].map((site) => parameters[`auto.${site}.loc`]?.[0] ?? Number.NaN)
    const [s = 0, t = 0] = ["a", "b"].map((site) => (parameters[`auto.${site}.scale`]?.[0] ?? Number.NaN) ** 2)
    // Bishop 2006, equation 10.12: the best product of normals
    const best = 0.5 * (Math.log(precision[0][0]) + Math.log(precision[1][1]) - Math.log(determinant))
    const found = klFromPosterior(loc, [
      [s, 0],
      [0, t]
    ])
    expect(found - best).toBeGreaterThan(-1e-6)
    expect(found - best).toBeLessThan(5e-3)
    expect(Math.abs(s * precision[0][0] - 1)).toBeLessThan(0.1)
    expect(Math.abs(t * precision[1][1] - 1)).toBeLessThan(0.1)
  })

  test("AutoDelta finds its mode, which is its mean", async () => {
    const { parameters } = await run(line.autoGuide(Guide.delta()).fit(data, settings(1500, 1)), onnx)
    for (const [i, site] of ["a", "b"].entries())
      expect(Math.abs((parameters[`auto.${site}.loc`]?.[0] ?? Number.NaN) - (mean[i] ?? 0))).toBeLessThan(2e-3)
  })

  test.each([
    ["eager on cpu", cpu],
    ["onnx", onnx]
  ])("AutoLaplace is exact, from an unfinished fit too: %s", async (_, engine) => {
    const { parameters, explain } = await run(line.autoGuide(Guide.laplace()).fit(data, settings(30, 1)), engine)
    for (const [i, each] of mean.entries())
      expect(Math.abs((parameters["auto.loc"]?.[i] ?? Number.NaN) - each)).toBeLessThan(1e-4)
    const found = fullCovariance(parameters)
    for (const i of [0, 1] as const)
      for (const j of [0, 1] as const) expect(Math.abs(found[i][j] / covariance[i][j] - 1)).toBeLessThan(1e-4)
    expect(explain().sites[0]).toMatchObject({
      guide: "AutoLaplace []",
      because: expect.stringContaining("AutoLaplace")
    })
  })

  test("AutoFlow of each kind comes closer than AutoNormal", async () => {
    const elboOf = async (family: AutoFamily): Promise<number> => {
      const fitted = await run(line.autoGuide(family).fit(data, settings(2000)), onnx)
      return run(fitted.elbo(data, { particles: 20_000 }), onnx)
    }
    const normal = await elboOf(Guide.normal())
    const best = 0.5 * (Math.log(precision[0][0]) + Math.log(precision[1][1]) - Math.log(determinant))
    for (const kind of ["iaf", "realNvp", "spline"] as const)
      expect(await elboOf(Guide.flow({ kind, hidden: 8 }))).toBeGreaterThan(normal + best / 2)
  })
})

describe("a rate of counts, whose posterior is a gamma distribution", () => {
  const counts = [2, 0, 5, 3, 1, 4]
  // of concentration α = 3 + Σy and rate β = 1 + n
  const [alpha, beta] = [3 + sum(counts), 1 + counts.length]
  const rates = program(
    Effect.gen(function* () {
      const rate = yield* sample("rate", Gamma(3, 1))
      yield* plate("rows", (_row: object) => observe("y", Poisson({ rate })))
    })
  )
  const rows = { rows: { y: Dataset.of(counts, []) } } as never

  test("AutoNormal finds the best log-normal distribution, whose mean is the exact one", async () => {
    const { parameters } = await run(rates.autoGuide().fit(rows, settings(3000)), onnx)
    const loc = parameters["auto.rate.loc"]?.[0] ?? Number.NaN
    const variance = (parameters["auto.rate.scale"]?.[0] ?? Number.NaN) ** 2
    // the bound is α m − β exp(m + s²/2) + log s and a constant: its maximum is at s² = 1/α, exp(m + s²/2) = α/β
    expect(Math.abs(variance * alpha - 1)).toBeLessThan(0.08)
    expect(Math.abs((Math.exp(loc + variance / 2) * beta) / alpha - 1)).toBeLessThan(0.02)
  })

  test("AutoDelta finds the mode of the rate itself, AutoLaplace that of its logarithm and the curvature there", async () => {
    const delta = await run(rates.autoGuide(Guide.delta()).fit(rows, settings(1500, 1)), onnx)
    const rate = Math.exp(delta.parameters["auto.rate.loc"]?.[0] ?? Number.NaN)
    expect(Math.abs((rate * beta) / (alpha - 1) - 1)).toBeLessThan(2e-3)
    const laplace = await run(rates.autoGuide(Guide.laplace()).fit(rows, settings(300, 1)), onnx)
    expect(Math.abs((laplace.parameters["auto.loc"]?.[0] ?? Number.NaN) - Math.log(alpha / beta))).toBeLessThan(1e-4)
    const scale = laplace.parameters["auto.scale"]?.[0] ?? Number.NaN
    expect(Math.abs(scale * Math.sqrt(alpha) - 1)).toBeLessThan(1e-4)
  })

  test("AutoLaplace counts how the logarithm stretches a density: an exponential one of rate 2 has its mode at 1/2 there", async () => {
    const prior = program(sample("rate", Exponential(2)))
    const { parameters } = await run(prior.autoGuide(Guide.laplace()).fit({}, settings(200, 1)), onnx)
    expect(Math.abs((parameters["auto.loc"]?.[0] ?? Number.NaN) - Math.log(0.5))).toBeLessThan(1e-4)
  })

  test("AutoLaplace fails in words where there is no mode", async () => {
    const flat = program(
      Effect.gen(function* () {
        const a = yield* sample("a", ImproperUniform("real", []))
        const b = yield* sample("b", ImproperUniform("real", []))
        yield* plate("rows", (_row: object) => observe("y", Normal(typed<readonly []>(tf.add(a, b)), 1)))
      })
    )
    const error = await failure(
      flat.autoGuide(Guide.laplace()).fit({ rows: { y: Dataset.of(counts, []) } } as never, settings(300, 1))
    )
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain(
      "AutoLaplace needs the mode, and where the fit ended the curvature there is not positive in each direction"
    )
  })
})
