import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Gumbel } from "../../src/dist/Gumbel.ts"
import { MultivariateNormal } from "../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { DataFormat, GuideMismatch } from "../../src/Errors.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { imputed, marginal, masked } from "../../src/model/incomplete.ts"
import type { Missing } from "../../src/model/missingValue.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import { sum } from "../../src/tensor/ops/reduce.ts"
import { fill } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { failure, onnx, run } from "./harness.ts"

type Row = { readonly y: Missing<Tensor<readonly [3]>> }

/** y = mu + load f + 0.5 e, so that its covariance is load loadᵀ + 0.25 I: the same rows for all three ways. */
const load = [1, -0.8, 0.6]
const centre = [1, -2, 0.5]
const spread = 0.5
const covariance = load.map((a, i) => load.map((b, j) => a * b + (i === j ? spread ** 2 : 0)))
const size = 40
const draws = (kind: "normal" | "uniform", n: number): Float32Array => {
  const values = new Float32Array(n)
  fill(kind, values, { seed: 7, owner: "library", site: `missing ${kind}`, step: 0, lane: 0 })
  return values
}
const [noise, uniform] = [draws("normal", 4 * size), draws("uniform", 3 * size)]
const rows = Array.from({ length: size }, (_, i) =>
  load.map((weight, j) =>
    (uniform[3 * i + j] ?? 0) < 0.3
      ? null
      : (centre[j] ?? 0) + weight * (noise[4 * i] ?? 0) + spread * (noise[4 * i + j + 1] ?? 0)
  )
)

/** Solves A x = b by elimination; A is positive definite. */
const solve = (a: ReadonlyArray<ReadonlyArray<number>>, b: ReadonlyArray<number>): ReadonlyArray<number> => {
  const m = a.map((row, i) => [...row, b[i] ?? 0])
  for (const [i, pivot] of m.entries())
    for (const [j, row] of m.entries()) {
      if (i === j) continue
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1)
      for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0)
    }
  return m.map((row, i) => (row[b.length] ?? 0) / (row[i] ?? 1))
}

/** mu ~ N(0, 4 I): precision I/4 + Σ Σ_ss⁻¹ of each row's seen numbers, and its mean. */
const posterior = (() => {
  const precision: ReadonlyArray<Array<number>> = load.map((_, i) => load.map((_, j) => (i === j ? 0.25 : 0)))
  const weighted = load.map(() => 0)
  for (const row of rows) {
    const seen = row.flatMap((value, i) => (value === null ? [] : [i]))
    const part = seen.map((i) => seen.map((j) => covariance[i]?.[j] ?? 0))
    for (const [at, j] of seen.entries()) {
      const column = solve(
        part,
        seen.map((_, i) => (i === at ? 1 : 0))
      )
      for (const [k, i] of seen.entries()) {
        const line = precision[i] ?? []
        line[j] = (line[j] ?? 0) + (column[k] ?? 0)
        weighted[i] = (weighted[i] ?? 0) + (column[k] ?? 0) * (row[j] ?? 0)
      }
    }
  }
  const variances = load.map(
    (_, i) =>
      solve(
        precision,
        load.map((_, j) => (i === j ? 1 : 0))
      )[i] ?? 0
  )
  return { mean: solve(precision, weighted), sd: variances.map(Math.sqrt) }
})()

const sigma = () => Tensor.of([3, 3], tf.tensor2d(covariance))
const vector = (values: ReadonlyArray<number>): Tensor<readonly [3]> => Tensor.of([3], tf.tensor1d([...values]))
const mean = () => Normal(param("mu", [3]), param.positive("sd", [3], 0.2))
const prior = () => sample("mu", Normal(0, 2).iid(3))

const imputing = program(function* () {
  const mu = yield* prior()
  yield* plate("rows", (row: Row) => imputed("y", MultivariateNormal(mu, { covariance: sigma() }), row.y))
})

const ways = {
  masked: program(function* () {
    const mu = yield* prior()
    yield* plate("rows", function* (row: Row) {
      const f = yield* sample("f", Normal(0, 1))
      yield* masked("y", Normal(add(mu, mul(vector(load), f)), spread), row.y)
    })
  }).guide(() => ({
    mu: mean(),
    rows: () => ({ f: Normal(param.row("f", 0), param.row.positive("f.sd", 0.5)) })
  })),
  marginal: program(function* () {
    const mu = yield* prior()
    yield* plate("rows", (row: Row) => marginal("y", MultivariateNormal(mu, { covariance: sigma() }), row.y))
  }).guide(() => ({ mu: mean() })),
  imputed: imputing.guide(() => ({
    mu: mean(),
    rows: () => ({ "y.missing": Normal(param.row("z", [3]), param.row.positive("z.sd", [3], 0.5)) })
  })),
  "imputed, guided automatically": imputing.autoGuide()
}

const data = { rows: { y: Data.missing(rows.flat(), [3]) } }

describe("a multivariate normal with holes gives its exact posterior mean", () => {
  test("of which about 30 % are missing", () => {
    const holes = rows.flat().filter((value) => value === null).length / (3 * size)
    expect(holes).toBeGreaterThan(0.22)
    expect(holes).toBeLessThan(0.38)
  })

  test.each(Object.entries(ways))("%s", async (_, guided) => {
    const epochs = 3000
    const options = {
      epochs,
      optimizer: Optimizer.adam(Schedule.cosine(0.05)),
      particles: 4,
      seed: 3,
      progress: false
    } as const
    const { parameters } = await run(guided.fit(data, { ...options, batchSize: size }), onnx)
    for (const values of Object.values(parameters)) expect(values.every(Number.isFinite)).toBe(true)
    const mu = parameters["mu"] ?? parameters["auto.mu.loc"]
    for (const [i, wanted] of posterior.mean.entries())
      expect(Math.abs((mu?.[i] ?? Number.NaN) - wanted)).toBeLessThan(0.05 * (posterior.sd[i] ?? 0))
  })
})

describe("a bound with imputed numbers", () => {
  const known = program(function* () {
    yield* plate("rows", (row: Row) => imputed("y", MultivariateNormal(0, { covariance: sigma() }), row.y))
  })
  const one = { rows: { y: Data.missing([1.5, null, null], [3]) } }
  const variance = covariance[0]?.[0] ?? 1
  const evidence = -0.5 * (1.5 ** 2 / variance + Math.log(2 * Math.PI * variance))
  const options = { epochs: 3000, particles: 4, seed: 5, progress: false } as const

  test("is the evidence of what is seen where the guide holds the posterior of the holes", async () => {
    const guided = known.guide(() => ({
      rows: () => ({ "y.missing": MultivariateNormal(param("z", [3]), { scaleTril: param.cholesky("root", 3) }) })
    }))
    const fitted = await run(guided.fit(one, { ...options, optimizer: Optimizer.adam(Schedule.cosine(0.05)) }), onnx)
    expect(Math.abs((await run(fitted.elbo(one, { particles: 200, seed: 1 }), onnx)) - evidence)).toBeLessThan(2e-3)
  })

  test("and below it by the divergence of independent numbers from them, by hand", async () => {
    const guided = known.guide(() => ({
      rows: () => ({ "y.missing": Normal(param("z", [3]), param.positive("spread", [3], 0.5)) })
    }))
    const fitted = await run(guided.fit(one, { ...options, optimizer: Optimizer.adam(Schedule.cosine(0.05)) }), onnx)
    // of a normal pair with correlation r the nearest independent one is away by -log(1 - r²)/2
    const [b, c] = [1, 2].map((i) => (covariance[i]?.[i] ?? 0) - (covariance[0]?.[i] ?? 0) ** 2 / variance)
    const both = (covariance[1]?.[2] ?? 0) - ((covariance[0]?.[1] ?? 0) * (covariance[0]?.[2] ?? 0)) / variance
    const gap = -0.5 * Math.log(1 - both ** 2 / ((b ?? 1) * (c ?? 1)))
    const elbo = await run(fitted.elbo(one, { particles: 40_000, seed: 1 }), onnx)
    expect(Math.abs(elbo - (evidence - gap))).toBeLessThan(gap / 5)
  })
})

describe("a sequence with holes", () => {
  test("is observed in a recurrence as in a plate, and not imputed there", async () => {
    type Step = { readonly y: Missing<Tensor<readonly []>> }
    const y = Data.missing([1, null, 0.5, null, 2], [])
    const guide = () => ({ mu: Normal(param("mu", 0.3), param.positive("sd", 0.5)) })
    const along = program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      yield* scan("rows", { t: 0 }, function* ({ t }, row: Step) {
        yield* masked("y", Normal(mu, 1), row.y)
        return { t: add(t, 1) }
      })
    }).guide(guide)
    const across = program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      yield* plate("rows", (row: Step) => masked("y", Normal(mu, 1), row.y))
    }).guide(guide)
    const options = { epochs: 20, learningRate: 0.05, seed: 2, progress: false } as const
    const [one, other] = [
      await run(along.fit({ rows: { y } }, options), onnx),
      await run(across.fit({ rows: { y } }, options), onnx)
    ]
    expect(one.parameters["mu"]?.[0]).toBeCloseTo(other.parameters["mu"]?.[0] ?? Number.NaN, 5)
    const imputing = program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      yield* scan("rows", { t: 0 }, function* ({ t }, row: Step) {
        yield* imputed("y", Normal(mu, 1), row.y)
        return { t: add(t, 1) }
      })
    }).guide(() => ({ ...guide(), rows: () => ({ "y.missing": Normal(param.row("z", 0), 1) }) }))
    const error = await failure(imputing.fit({ rows: { y } }, options), onnx)
    expect(error.message).toContain("a recurrence has no latent values for missing numbers yet")
  })
})

describe("holes and minibatches", () => {
  test("bring no NaN into a loss or a parameter", async () => {
    for (const guided of Object.values(ways)) {
      const fitted = await run(guided.fit(data, { epochs: 2, batchSize: 7, seed: 1, progress: false }), onnx)
      for (const values of Object.values(fitted.parameters)) expect(values.every(Number.isFinite)).toBe(true)
    }
  })
})

type Vectors = Dist<readonly [3], "real", "reparameterized", "MultivariateNormal">
/** As in plain JavaScript, where the compiler does not see the family. */
const hidden = (mu: Tensor<readonly [3]>): Dist<readonly [3], "real"> => MultivariateNormal(mu, { covariance: sigma() })

describe("refuses in words", () => {
  const given = () => ({ mu: mean() })
  test("data without holes where a program asks for holes, and holes where it observes numbers", async () => {
    const full = { rows: { y: Data.of([1, 2, 3], [3]) } }
    const wrong = await failure(ways.marginal.fit(full as never, { epochs: 1, progress: false }), onnx)
    expect(wrong).toBeInstanceOf(DataFormat)
    expect(wrong.message).toContain("Data.missing(values, event)")
    const plain = program(function* () {
      const mu = yield* prior()
      yield* plate("rows", (_: object) => observe("y", Normal(mu, 1)))
    }).guide(given)
    const holes = await failure(plain.fit(data as never, { epochs: 1, progress: false }), onnx)
    expect(holes.message).toContain("the observed site 'y' would read numbers of which some are missing")
  })

  test.each<[string, (y: never) => Tensor, string]>([
    ["an operation", (y) => mul(2, y) as Tensor, "option 'mul' is a value with holes"],
    ["a reduction", (y) => sum(y as Tensor), "option 'sum' is a value with holes"],
    ["a distribution", (y) => Normal(y, 1).mean(), "option 'Normal.loc' is a value with holes"]
  ])("a value with holes that %s is given, and how it is read", async (_, reads, words) => {
    const reading = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1).iid(3))
      yield* plate("rows", (row: Row) => masked("y", Normal(add(mu, reads(row.y as never)), 1), row.y as never))
    }).guide(() => ({ mu: mean() }))
    const holes = Data.missing([1, null, 3], [3])
    const error = await failure(reading.fit({ rows: { y: holes } } as never, { epochs: 1, progress: false }), onnx)
    expect(error.message).toContain(words)
    expect(error.message).toContain("filled(x, 0)")
  })

  test("two fields of which one has the name of what is seen of the other", async () => {
    const y = Data.of([1, 2, 3], [3])
    const error = await failure(ways.marginal.fit({ rows: { y, "\0seen:y": y } } as never, { progress: false }), onnx)
    expect(error.message).toContain("another field is called")
  })

  test("families whose numbers go together, and a guide for holes without a gradient", async () => {
    const together = program(function* () {
      const mu = yield* prior()
      yield* plate("rows", (row: Row) => masked("y", hidden(mu), row.y))
    }).guide(given)
    const error = await failure(together.fit(data, { epochs: 1, progress: false }), onnx)
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("Use marginal for a MultivariateNormal, or imputed")
    const other = program(function* () {
      const mu = yield* prior()
      yield* plate("rows", (row: Row) => marginal("y", Gumbel(mu, 1) as unknown as Vectors, row.y))
    }).guide(given)
    expect((await failure(other.fit(data, { epochs: 1, progress: false }), onnx)).message).toContain("Use marginal for")
    const counts = program(function* () {
      yield* plate("rows", (row: { readonly k: Missing<Tensor<readonly []>> }) =>
        imputed("k", Poisson({ rate: 2 }), row.k)
      )
    }).guide(() => ({ rows: () => ({ "k.missing": Poisson({ rate: param.row.positive("rate", 1) }) }) }))
    const discrete = await failure(
      counts.fit({ rows: { k: Data.missing([1, null], []) } }, { epochs: 1, progress: false }),
      onnx
    )
    expect(discrete.message).toContain("Poisson has no gradient through its draws")
  })
})
