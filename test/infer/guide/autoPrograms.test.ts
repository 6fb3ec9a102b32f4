import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { HalfCauchy } from "../../../src/dist/HalfCauchy.ts"
import { LKJCholesky } from "../../../src/dist/LKJCholesky.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Transformed } from "../../../src/dist/Transformed.ts"
import { Transform } from "../../../src/dist/transform/index.ts"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { DataFormat } from "../../../src/Errors.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../../src/infer/step/Optimizer.ts"
import { type AutoFamily, Guide } from "../../../src/model/auto/Guide.ts"
import { scan } from "../../../src/model/recurrence.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { type Tensor, typed } from "../../../src/tensor/Tensor.ts"
import { engines as all } from "../../engine/engines.ts"
import { cpu, failure, onnx, run } from "../harness.ts"

type Scalar = Tensor<readonly []>

const settings = (epochs: number, particles = 8) =>
  ({ epochs, particles, batchSize: 100, optimizer: Optimizer.adam(Schedule.cosine(0.03)), progress: false }) as const

/** A positive site, a real one of two numbers, and data: log p(y) is known by quadrature (below). */
const scaled = program(
  Effect.gen(function* () {
    const s = yield* sample("s", LogNormal(0, 0.5))
    const w = yield* sample("w", Normal(0, 1).iid(2))
    yield* observe("y", Normal(typed<readonly []>(tf.sum(w)), s))
  })
)
const seen = { y: typed<readonly []>(tf.scalar(1.3)) }

/** log ∫ N(u; 0, 0.5²) N(1.3; 0, 2 + e²ᵘ) du by the midpoint rule: the sum of two standard normals has the variance 2. */
const evidence = (): number => {
  const step = 1e-3
  let total = 0
  for (let u = -4; u < 4; u += step) {
    const variance = 2 + Math.exp(2 * (u + step / 2))
    const prior = Math.exp(-2 * (u + step / 2) ** 2) / Math.sqrt(0.5 * Math.PI)
    total += (prior * Math.exp(-0.845 / variance) * step) / Math.sqrt(2 * Math.PI * variance)
  }
  return Math.log(total)
}

/** Wider than the posterior, so that weights are bounded. */
const scale = 1.6
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x / values.length, 0)

const joint: ReadonlyArray<readonly [string, AutoFamily]> = [
  ["AutoMultivariateNormal", Guide.multivariateNormal({ scale })],
  ["AutoLowRankNormal", Guide.lowRankNormal({ scale })],
  ["AutoFlow of the kind iaf", Guide.flow({ kind: "iaf", hidden: 2, scale })],
  ["AutoFlow of the kind realNvp", Guide.flow({ kind: "realNvp", hidden: 2, scale })],
  ["AutoFlow of the kind spline", Guide.flow({ kind: "spline", hidden: 2, scale })],
  ["AutoStructured", Guide.structured({ scale })],
  ["AutoNormal", Guide.normal({ scale })]
]

describe("the density of a guide of several sites", () => {
  test.each(joint)("is right as a whole: draws weighed by it give log p(y), %s", async (_, family) => {
    const some = { epochs: 30, learningRate: 0.01, progress: false } as const
    const fitted = await run(scaled.autoGuide(family).fit(seen, some), onnx)
    const estimates = await Promise.all(
      [1, 2, 3, 4].map((seed) => run(fitted.logMarginal(seen, { particles: 20_000, seed }), onnx))
    )
    const found = mean(estimates)
    const error = Math.sqrt(mean(estimates.map((x) => (x - found) ** 2)) / 3)
    expect(error).toBeLessThan(0.02)
    expect(Math.abs(found - evidence())).toBeLessThan(5 * error)
  })

  test.each(joint)("has the gradients that differences of the bound have: %s", async (_, family) => {
    const verification = await run(scaled.autoGuide(family).verify(seen, { steps: 60, particles: 2, seed: 3 }), onnx)
    expect(`${verification}`).toContain("auto.")
    expect(verification.ok).toBe(true)
  })

  test.each(all)("gives the same parameters after five updates on each engine: %s", async (_, engine) => {
    for (const family of [Guide.multivariateNormal(), Guide.structured(), Guide.flow({ hidden: 2 })]) {
      const options = { epochs: 5, learningRate: 0.02, seed: 4, progress: false } as const
      const here = await run(scaled.autoGuide(family).fit(seen, options), engine as never)
      const there = await run(scaled.autoGuide(family).fit(seen, options), cpu)
      for (const [name, values] of Object.entries(there.parameters))
        for (const [i, value] of values.entries())
          expect(Math.abs((here.parameters[name]?.[i] ?? Number.NaN) - value)).toBeLessThan(2e-5)
    }
  })

  test("its sites are drawn together: draws have the correlation that was learned", async () => {
    const fitted = await run(scaled.autoGuide(Guide.multivariateNormal()).fit(seen, settings(2000)), onnx)
    const { w, s } = await run(fitted.sample(4000), onnx)
    expect(s.values.every((x) => x > 0)).toBe(true)
    let [xx, xy, yy] = [0, 0, 0]
    for (let i = 0; i < 4000; i++) {
      const [a, b] = [w.values[2 * i] ?? 0, w.values[2 * i + 1] ?? 0]
      const { 0: m = 0, 1: n = 0 } = fitted.parameters["auto.loc"]?.slice(1) ?? []
      xx += (a - m) ** 2
      xy += (a - m) * (b - n)
      yy += (b - n) ** 2
    }
    const [, t = 0, u = 0] = fitted.parameters["auto.scale"] ?? []
    const below = fitted.parameters["auto.below"] ?? new Float32Array()
    const [p, q, r] = [below[3] ?? 0, below[6] ?? 0, below[7] ?? 0]
    const expected = (p * q + r) / Math.sqrt((p * p + 1) * (q * q + r * r + 1))
    expect(t).toBeGreaterThan(0)
    expect(u).toBeGreaterThan(0)
    expect(Math.abs(expected)).toBeGreaterThan(0.1)
    // the standard error of a correlation of 4000 draws is below 0.016
    expect(Math.abs(xy / Math.sqrt(xx * yy) - expected)).toBeLessThan(0.064)
  })
})

describe("supports", () => {
  test("shares, from counts: the bound comes near to log p(y), and the mean to the exact one", async () => {
    const [prior, counts] = [
      [2, 1, 1.5],
      [7, 3, 5]
    ]
    const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label))
    const shares = program(
      Effect.gen(function* () {
        const p = yield* sample("p", Dirichlet(typed<readonly [3]>(tf.tensor1d(prior))))
        yield* plate("rows", (_row: object) => observe("y", Categorical({ probs: p })))
      })
    )
    const rows = { rows: { y: Dataset.of(labels, []) } } as never
    const fitted = await run(shares.autoGuide(Guide.multivariateNormal()).fit(rows, settings(2000)), onnx)
    // Dirichlet–multinomial: Π Γ(α + n)/Γ(α) · Γ(Σα)/Γ(Σα + N), as rising factorials
    const rising = (a: number, n: number): number =>
      Array.from({ length: n }, (_, i) => Math.log(a + i)).reduce((sum, x) => sum + x, 0)
    const total = prior.reduce((sum, a) => sum + a, 0)
    const exact = prior.reduce((sum, a, i) => sum + rising(a, counts[i] ?? 0), 0) - rising(total, labels.length)
    const elbo = await run(fitted.elbo(rows, { particles: 20_000 }), onnx)
    expect(elbo).toBeLessThan(exact + 0.01)
    expect(elbo).toBeGreaterThan(exact - 0.05)
    const { p } = await run(fitted.sample(4000), onnx)
    for (const i of [0, 1, 2]) {
      const found = mean(Array.from(p.values).filter((_, at) => at % 3 === i))
      expect(Math.abs(found - ((prior[i] ?? 0) + (counts[i] ?? 0)) / (total + labels.length))).toBeLessThan(0.02)
    }
  })

  test("increasing numbers, factors of correlations and angles: draws lie on the support and the bound is finite", async () => {
    const several = program(
      Effect.gen(function* () {
        const cuts = yield* sample("cuts", Transformed(Normal(0, 1).iid(3), Transform.ordered))
        yield* sample("factor", LKJCholesky(3, 2))
        const angle = yield* sample("angle", VonMises(1, 2))
        yield* observe("y", Normal(typed<readonly []>(tf.add(tf.sum(cuts), tf.cos(angle))), 1))
      })
    )
    for (const family of [Guide.normal(), Guide.delta(), Guide.structured(), Guide.multivariateNormal()]) {
      const fitted = await run(several.autoGuide(family).fit(seen, settings(300, 2)), onnx)
      expect(Number.isFinite(await run(fitted.elbo(seen, { particles: 100 }), onnx))).toBe(true)
      const { cuts, factor, angle } = await run(fitted.sample(50), onnx)
      for (let i = 0; i < 50; i++) {
        const [a = 0, b = 0, c = 0] = cuts.values.slice(3 * i, 3 * i + 3)
        expect(a < b && b < c).toBe(true)
        const last = factor.values.slice(9 * i + 6, 9 * i + 9)
        expect(3 * mean(Array.from(last, (x) => x * x))).toBeCloseTo(1, 4)
      }
      expect(angle.values.every((x) => Math.abs(x) <= Math.PI)).toBe(true)
    }
  })
})

describe("sites in a plate", () => {
  const local = program(
    plate("rows", (_row: object) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 2))
        yield* observe("y", Normal(z, 1))
      })
    )
  )
  const ys = Array.from({ length: 20 }, (_, i) => 4 * Math.sin(i) + i / 10)
  const rows = { rows: { y: Dataset.of(ys, []) } }

  test.each([
    ["AutoNormal", Guide.normal()],
    ["AutoStructured", Guide.structured()]
  ])(
    "have parameters for each of 20 rows when 3 are read at a time, and find each row's posterior: %s",
    async (_, family) => {
      const options = {
        epochs: 1500,
        batchSize: 3,
        particles: 4,
        optimizer: Optimizer.adam(Schedule.cosine(0.05)),
        progress: false
      } as const
      const { parameters } = await run(local.autoGuide(family).fit(rows, options), onnx)
      expect(parameters["auto.z.loc"]).toHaveLength(20)
      // N(0.8 y, 0.8)
      for (const [i, y] of ys.entries()) {
        expect(Math.abs((parameters["auto.z.loc"]?.[i] ?? Number.NaN) - 0.8 * y)).toBeLessThan(0.05)
        expect(Math.abs((parameters["auto.z.scale"]?.[i] ?? Number.NaN) / Math.sqrt(0.8) - 1)).toBeLessThan(0.05)
      }
    }
  )

  test("AutoDelta finds each row's mode, and draws come for each row", async () => {
    const fitted = await run(local.autoGuide(Guide.delta()).fit(rows, { ...settings(1500, 1), batchSize: 7 }), onnx)
    for (const [i, y] of ys.entries())
      expect(Math.abs((fitted.parameters["auto.z.loc"]?.[i] ?? Number.NaN) - 0.8 * y)).toBeLessThan(0.01)
    const draws = await run(fitted.posterior(rows, 2), onnx)
    expect(draws.rows.z.shape).toEqual([2, 20])
  })
})

describe("sites in a recurrence", () => {
  // a local level: z' ~ N(z, 0.5²), y ~ N(z', 1), from z = 0
  const level = program(function* () {
    yield* scan("steps", { z: 0 }, function* ({ z }) {
      const next = yield* sample("z", Normal(z, 0.5))
      yield* observe("y", Normal(next, 1))
      return { z: next }
    })
  })
  const ys = [0.4, 1.1, 0.9, 2.2, 1.4, 2.8]
  const data = { steps: { y: Dataset.of(ys, []) } }

  test("have parameters for each position: AutoNormal finds the exact means, and the inverse of the diagonal of the precision", async () => {
    const { parameters } = await run(level.autoGuide().fit(data as never, settings(3000)), onnx)
    // the precision is tridiagonal: 1 + 2/0.25, at the end 1 + 1/0.25, and −1/0.25 beside it
    const diagonal = ys.map((_, i) => (i < ys.length - 1 ? 9 : 5))
    const means: Array<number> = ys.map(() => 0)
    for (let sweep = 0; sweep < 500; sweep++)
      for (const [i, y] of ys.entries())
        means[i] = (y + 4 * (means[i - 1] ?? 0) + 4 * (means[i + 1] ?? 0)) / (diagonal[i] ?? 1)
    for (const [i, exact] of means.entries()) {
      expect(Math.abs((parameters["auto.z.loc"]?.[i] ?? Number.NaN) - exact)).toBeLessThan(0.03)
      const scale = parameters["auto.z.scale"]?.[i] ?? Number.NaN
      expect(Math.abs(scale * Math.sqrt(diagonal[i] ?? 1) - 1)).toBeLessThan(0.06)
    }
  })
})

describe("eight schools (Rubin 1981)", () => {
  const schools = program(
    Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfCauchy(5))
      yield* plate("schools", (row: { readonly sigma: Scalar }) =>
        Effect.gen(function* () {
          const eta = yield* sample("eta", Normal(0, 1))
          yield* observe("y", Normal(typed<readonly []>(tf.add(mu, tf.mul(tau, eta))), row.sigma))
        })
      )
    })
  )
  const data = {
    schools: {
      y: Dataset.of([28, 8, -3, 7, -1, 1, 18, 12], []),
      sigma: Dataset.of([15, 10, 16, 11, 9, 11, 10, 18], [])
    }
  }

  test("run with AutoNormal and AutoStructured; the second bound is no worse, and the mean of mu near the exact one", async () => {
    const elboOf = async (family: AutoFamily): Promise<readonly [elbo: number, mu: number]> => {
      const fitted = await run(schools.autoGuide(family).fit(data, settings(2000)), onnx)
      const { mu } = await run(fitted.sample(4000), onnx)
      return [await run(fitted.elbo(data, { particles: 20_000 }), onnx), mean(mu.values)]
    }
    const [normal, structured] = [await elboOf(Guide.normal()), await elboOf(Guide.structured())]
    expect(structured[0]).toBeGreaterThan(normal[0] - 0.05)
    // 4.4 by long runs of Hamiltonian Monte Carlo (posteriordb), with a standard deviation of 3.3
    for (const [, mu] of [normal, structured]) expect(Math.abs(mu - 4.4)).toBeLessThan(1)
  })
})

describe("a fitted automatic guide", () => {
  test.each([
    ["AutoNormal", Guide.normal()],
    ["AutoMultivariateNormal", Guide.multivariateNormal()],
    ["AutoLaplace", Guide.laplace()],
    ["AutoFlow", Guide.flow()]
  ])("is saved and loaded: %s", async (_, family) => {
    const folder = await mkdtemp(join(tmpdir(), "auto-"))
    try {
      const path = join(folder, "fit.safetensors")
      const guided = scaled.autoGuide(family)
      const fitted = await run(guided.fit(seen, settings(100, 1)), onnx)
      await run(fitted.save(path), onnx)
      const loaded = await run(guided.load(path), onnx)
      expect(loaded.parameters).toEqual(fitted.parameters)
      expect(await run(loaded.elbo(seen, { seed: 5 }), onnx)).toBe(await run(fitted.elbo(seen, { seed: 5 }), onnx))
      expect((await run(loaded.sample(3, { seed: 1 }), onnx)).w.values).toEqual(
        (await run(fitted.sample(3, { seed: 1 }), onnx)).w.values
      )
      const other = await failure(scaled.autoGuide(Guide.lowRankNormal()).load(path))
      expect(other).toBeInstanceOf(DataFormat)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test("its plan and its Joint name the guide", () => {
    const plan = `${scaled.autoGuide(Guide.multivariateNormal()).explain(seen)}`
    expect(plan).toContain("AutoMultivariateNormal: one vector with w")
    expect(`${scaled.autoGuide().explain(seen)}`).toContain("; AutoNormal")
  })
})
