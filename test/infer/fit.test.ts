import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import { fill } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, gradientReader, normals, onnx, run, watched } from "./harness.ts"

type Scalar = Tensor<readonly []>
const quiet = { progress: false } as const

/** Sylvester's construction: columns of ±1 that are orthogonal to each other. */
const hadamard = (i: number, j: number): number => {
  let bits = i & j
  let odd = 0
  for (; bits > 0; bits >>= 1) odd ^= bits & 1
  return odd === 1 ? -1 : 1
}

describe("Bayesian linear regression with known noise and orthogonal columns", () => {
  const [n, noise, priorScale] = [64, 0.5, 2]
  const truth = [0.8, -1.5, 0.3]
  const columnScale = [1, 0.5, 2]
  const x = Float32Array.from(
    { length: n * 3 },
    (_, k) => hadamard(Math.floor(k / 3), 1 + (k % 3)) * (columnScale[k % 3] ?? 1)
  )
  const errors = normals(1, n)
  const y = Float32Array.from(
    { length: n },
    (_, i) => truth.reduce((sum, w, j) => sum + w * (x[3 * i + j] ?? 0), 0) + noise * (errors[i] ?? 0)
  )
  /** Conjugate posterior: the precision matrix is diagonal because the columns are orthogonal. */
  const posterior = truth.map((_, j) => {
    const [xx, xy] = y.reduce<[number, number]>(
      ([a, b], target, i) => [a + (x[3 * i + j] ?? 0) ** 2, b + (x[3 * i + j] ?? 0) * target],
      [0, 0]
    )
    const precision = 1 / priorScale ** 2 + xx / noise ** 2
    return { mean: xy / noise ** 2 / precision, scale: 1 / Math.sqrt(precision) }
  })
  /** log N(y; 0, noise² I + priorScale² X Xᵀ), by the orthogonal columns. */
  const logMarginal = (() => {
    const yy = y.reduce((sum, target) => sum + target * target, 0)
    let [quadratic, logDet] = [yy / noise ** 2, n * Math.log(noise ** 2)]
    truth.forEach((_, j) => {
      const [xx, xy] = y.reduce<[number, number]>(
        ([a, b], target, i) => [a + (x[3 * i + j] ?? 0) ** 2, b + (x[3 * i + j] ?? 0) * target],
        [0, 0]
      )
      const ratio = (priorScale / noise) ** 2
      quadratic -= (ratio * xy * xy) / (1 + ratio * xx) / noise ** 2
      logDet += Math.log(1 + ratio * xx)
    })
    return -0.5 * (quadratic + logDet + n * Math.log(2 * Math.PI))
  })()
  const regression = program(
    Effect.gen(function* () {
      const w = yield* sample("w", Normal(0, priorScale).iid(3))
      yield* plate("rows", (row: { readonly x: Tensor<readonly [3]> }) => observe("y", Normal(dot(row.x, w), noise)))
    })
  ).guide(() => ({ w: Normal(param("loc", [3]), param.positive("scale", [3], 0.3)) }))
  const data = { rows: { x: Dataset.of(x, [3]), y: Dataset.of(y, []) } } as never

  test.each([
    ["all rows in each step", 64, 2500],
    ["minibatches", 16, 2000]
  ])("is fitted to its exact posterior, means and standard deviations to 1 %%: %s", async (_, batchSize, epochs) => {
    const optimizer = Optimizer.adam(Schedule.cosine(0.02))
    const fitted = await run(regression.fit(data, { epochs, batchSize, particles: 16, optimizer, seed: 2, ...quiet }))
    posterior.forEach(({ mean, scale }, j) => {
      expect(Math.abs((fitted.parameter("loc")[j] ?? Number.NaN) / mean - 1)).toBeLessThan(0.01)
      expect(Math.abs((fitted.parameter("scale")[j] ?? Number.NaN) / scale - 1)).toBeLessThan(0.01)
    })
    const particles = 4000
    const elbo = await run(fitted.elbo(data, { particles, seed: 9 }))
    // at the exact posterior log p(y | w) has variance 3/2 under q, to first order, whatever the data
    expect(Math.abs(elbo - logMarginal)).toBeLessThan(5 * Math.sqrt(1.6 / particles) + 0.01)
    const draws = await run(fitted.sample(4000, { seed: 4 }))
    expect(draws.w.shape).toEqual([4000, 3])
    posterior.forEach(({ mean, scale }, j) => {
      const column = Array.from({ length: 4000 }, (_unused, i) => draws.w.values[3 * i + j] ?? Number.NaN)
      const average = column.reduce((sum, value) => sum + value, 0) / 4000
      expect(Math.abs(average - mean)).toBeLessThan((4 * scale * 1.03) / Math.sqrt(4000) + 0.01 * Math.abs(mean))
    })
  })
})

describe.each(engines)("minibatches: %s", (_, source) => {
  // no noise in the loss: the draw of z does not reach the likelihood, and the KL is analytic
  const noiseless = model(Normal(0, 1), () => Normal(param("mu", 0.3), 1)).guide((x) =>
    Normal(Tensor.of([], tf.mul(0.1, x)), 1)
  )
  const values = [...normals(3, 11)]
  const exact =
    values.reduce((sum, x) => sum + 0.5 * (x - 0.3) ** 2 + 0.5 * Math.log(2 * Math.PI) + 0.5 * (0.1 * x) ** 2, 0) /
    values.length

  test.each([1, 2, 3, 4, 7, 10, 11, 50])(
    "of %d among eleven rows report the full-data loss of an epoch when nothing moves",
    async (batchSize) => {
      const fitted = await run(
        noiseless.fit(Dataset.of(values, []), { epochs: 2, batchSize, optimizer: gradientReader, ...quiet }),
        source
      )
      for (const { train } of fitted.history) expect(Math.abs(train - exact)).toBeLessThan(1e-5 * exact)
    }
  )

  test.each([1, 3, 4, 11])("of %d in a program weigh a plate N/B and a global term once", async (batchSize) => {
    const total = program(
      Effect.gen(function* () {
        yield* sample("w", Normal(0, 1))
        yield* plate("rows", (_row: { readonly x: Scalar }) => observe("x", Normal(param("mu", 0.3), 1)))
      })
    ).guide(() => ({ w: Normal(0.5, 1) }))
    const data = { rows: { x: Dataset.of(values, []) } } as never
    const expected = values.reduce((sum, x) => sum + 0.5 * (x - 0.3) ** 2 + 0.5 * Math.log(2 * Math.PI), 0) + 0.5 * 0.25
    const fitted = await run(total.fit(data, { epochs: 1, batchSize, optimizer: gradientReader, ...quiet }), source)
    expect(Math.abs((fitted.history[0]?.train ?? 0) - expected)).toBeLessThan(1e-5 * expected)
    expect(Math.abs((await run(fitted.elbo(data), source)) + expected)).toBeLessThan(1e-5 * expected)
  })

  test("see every row once an epoch, in another order each time", async () => {
    const { engine, sessions } = watched(source)
    await run(noiseless.fit(Dataset.of(values, []), { epochs: 3, batchSize: 4, seed: 6, ...quiet }), engine)
    const calls = sessions[0]?.calls ?? []
    const rows = calls.flatMap(({ feeds }) => Array.from(feeds["indices:data"] ?? []))
    const weights = calls.flatMap(({ feeds }) => Array.from(feeds["weights:data"] ?? []))
    expect(rows).toHaveLength(36)
    const epochs = [0, 1, 2].map((epoch) =>
      rows.slice(12 * epoch, 12 * epoch + 12).filter((_row, i) => weights[12 * epoch + i] !== 0)
    )
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual(values.map((_value, i) => i))
    expect(new Set(epochs.map((epoch) => epoch.join())).size).toBe(3)
    // within each step the weights of a mean add up to 1
    for (let step = 0; step < 9; step++) {
      expect(weights.slice(4 * step, 4 * step + 4).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6)
    }
  })

  test("of two plates of different size count each row of both once, in a fit's epoch and in an evaluation", async () => {
    const two = program(
      Effect.gen(function* () {
        yield* sample("w", Normal(0, 1))
        yield* plate("many", (_row: { readonly x: Scalar }) => observe("x", Normal(param("a", 0), 1)))
        yield* plate("few", (_row: { readonly y: Scalar }) => observe("y", Normal(param("b", 1), 1)))
      })
    ).guide(() => ({ w: Normal(0, 1) }))
    const [xs, ys] = [[...normals(4, 1203)], [...normals(5, 7)]]
    const nll = (values: ReadonlyArray<number>, mu: number): number =>
      values.reduce((sum, x) => sum + 0.5 * (x - mu) ** 2 + 0.5 * Math.log(2 * Math.PI), 0)
    const expected = nll(xs, 0) + nll(ys, 1)
    const data = { many: { x: Dataset.of(xs, []) }, few: { y: Dataset.of(ys, []) } } as never
    const fitted = await run(two.fit(data, { epochs: 1, batchSize: 2000, optimizer: gradientReader, ...quiet }), source)
    expect(Math.abs((fitted.history[0]?.train ?? 0) - expected)).toBeLessThan(1e-5 * expected)
    expect(Math.abs((await run(fitted.elbo(data), source)) + expected)).toBeLessThan(1e-5 * expected)
  })

  test("of crossed plates meet every pair of rows once in an evaluation", async () => {
    const table = program(
      Effect.gen(function* () {
        yield* sample("w", Normal(0, 1))
        yield* plate("people", (person: { readonly a: Scalar }) =>
          plate("tasks", (task: { readonly b: Scalar; readonly y: Scalar }) =>
            observe("y", Normal(Tensor.of([], tf.mul(person.a, task.b)), 1))
          )
        )
      })
    ).guide(() => ({ w: Normal(0, 1) }))
    const [a, b, y] = [[...normals(7, 510)], [...normals(8, 520)], [...normals(9, 520)]]
    const nll = (mu: number, value: number): number => 0.5 * (value - mu) ** 2 + 0.5 * Math.log(2 * Math.PI)
    const expected = a.reduce(
      (sum, age) => sum + b.reduce((inner, level, j) => inner + nll(age * level, y[j] ?? 0), 0),
      0
    )
    const data = { people: { a: Dataset.of(a, []) }, tasks: { b: Dataset.of(b, []), y: Dataset.of(y, []) } } as never
    const fitted = await run(table.fit(data, { epochs: 1, batchSize: 8, optimizer: gradientReader, ...quiet }), source)
    // 265,200 float32 terms in sums of sums
    expect(Math.abs((await run(fitted.elbo(data), source)) + expected)).toBeLessThan(1e-5 * expected)
  })
})

describe("a linear-Gaussian model, whose evidence is known", () => {
  // x = R(angle)·diag(a, b)·z + s·noise, so in the rotated frame each coordinate stands alone
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
  const settings = fc.record({
    angle: between(0, Math.PI),
    stretch: fc.tuple(between(0.2, 2), between(0.2, 2)),
    s: between(0.3, 2),
    x: fc.array(between(-3, 3), { minLength: 2, maxLength: 6 }).filter(({ length }) => length % 2 === 0),
    shift: between(-0.5, 0.5),
    widen: between(0.6, 1.5)
  })
  type Setting = typeof settings extends fc.Arbitrary<infer T> ? T : never

  const rotated = ({ angle, x }: Setting, i: number): readonly [number, number] => {
    const [c, sn] = [Math.cos(angle), Math.sin(angle)]
    const [u = 0, v = 0] = [x[2 * i], x[2 * i + 1]]
    return [c * u + sn * v, -sn * u + c * v]
  }
  /** Per coordinate of each datum: the scale a of z, and the rotated datum r. */
  const coordinates = (setting: Setting) =>
    Array.from({ length: setting.x.length / 2 }, (_, i) =>
      rotated(setting, i).map((r, j) => ({ a: setting.stretch[j] ?? 1, r }))
    ).flat()
  const logEvidence = (setting: Setting): number =>
    coordinates(setting).reduce((sum, { a, r }) => {
      const variance = a * a + setting.s ** 2
      return sum - 0.5 * Math.log(2 * Math.PI * variance) - (r * r) / (2 * variance)
    }, 0) /
    (setting.x.length / 2)

  /** The exact posterior of z has mean a·r/(a² + s²) and variance s²/(a² + s²); moved and widened it is another guide. */
  const fitAt = (setting: Setting, shift: number, widen: number) => {
    const [c, sn] = [Math.cos(setting.angle), Math.sin(setting.angle)]
    const [a, b] = setting.stretch
    const s2 = setting.s ** 2
    const [g, h] = [a / (a * a + s2), b / (b * b + s2)]
    const times = (matrix: ReadonlyArray<ReadonlyArray<number>>, v: tf.Tensor): tf.Tensor =>
      tf.sum(tf.mul(tf.tensor2d(matrix.map((row) => [...row])), v), 1)
    const gaussian = model(Normal(0, 1).iid(2), (z) =>
      Normal(
        Tensor.of(
          [2],
          times(
            [
              [c * a, -sn * b],
              [sn * a, c * b]
            ],
            z
          )
        ),
        setting.s
      )
    ).guide((x) =>
      Normal(
        Tensor.of(
          [2],
          tf.add(
            times(
              [
                [c * g, sn * g],
                [-sn * h, c * h]
              ],
              x
            ),
            shift
          )
        ),
        Tensor.of([2], tf.mul(tf.sqrt(tf.tensor1d([s2 / (a * a + s2), s2 / (b * b + s2)])), widen))
      )
    )
    return gaussian.fit(Dataset.of(setting.x, [2]), { epochs: 1, optimizer: gradientReader, ...quiet })
  }

  /** ELBO of such a guide in closed form, and the variance over draws of its sampled part, log p(x | z). */
  const exactElbo = (setting: Setting, shift: number, widen: number) => {
    const s2 = setting.s ** 2
    const rows = setting.x.length / 2
    return coordinates(setting).reduce(
      ({ elbo, variance }, { a, r }) => {
        const m = (a * r) / (a * a + s2) + shift
        const v = (widen * widen * s2) / (a * a + s2)
        const [bias, spread] = [a * m - r, a * a * v]
        const likelihood = -0.5 * Math.log(2 * Math.PI * s2) - (bias * bias + spread) / (2 * s2)
        const kl = 0.5 * (v + m * m - 1 - Math.log(v))
        return {
          elbo: elbo + (likelihood - kl) / rows,
          variance: variance + (2 * spread * spread + 4 * spread * bias * bias) / (4 * s2 * s2) / (rows * rows)
        }
      },
      { elbo: 0, variance: 0 }
    )
  }

  test("the ELBO of any guide is its closed form and lies below the evidence, with equality at the exact posterior", async () => {
    const particles = 1000
    await fc.assert(
      fc.asyncProperty(settings, async (setting) => {
        const evidence = logEvidence(setting)
        for (const [shift, widen] of [
          [0, 1],
          [setting.shift, setting.widen]
        ] as const) {
          const fitted = await run(fitAt(setting, shift, widen), cpu)
          const { elbo, variance } = exactElbo(setting, shift, widen)
          const allowed = 5 * Math.sqrt(variance / particles) + 1e-4
          const found = await run(fitted.elbo(Dataset.of(setting.x, [2]), { particles, seed: 3 }), cpu)
          expect(Math.abs(found - elbo)).toBeLessThan(allowed)
          expect(elbo).toBeLessThanOrEqual(evidence + 1e-9)
          if (widen === 1 && shift === 0) expect(Math.abs(found - evidence)).toBeLessThan(allowed)
        }
      }),
      { seed: 17, numRuns: 20 }
    )
  })

  test("importance weighting gives the evidence exactly at the posterior, and no less than the ELBO elsewhere", async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (setting) => {
        const data = Dataset.of(setting.x, [2])
        const best = await run(fitAt(setting, 0, 1), cpu)
        const exact = await run(best.logMarginal(data, { particles: 7, seed: 3 }), cpu)
        expect(Math.abs(exact - logEvidence(setting))).toBeLessThan(1e-3)

        const worse = await run(fitAt(setting, setting.shift, setting.widen), cpu)
        const { elbo, variance } = exactElbo(setting, setting.shift, setting.widen)
        const weighted = await run(worse.logMarginal(data, { particles: 200, seed: 3 }), cpu)
        expect(weighted).toBeGreaterThan(elbo - 5 * Math.sqrt(variance / 200) - 1e-4)
      }),
      { seed: 18, numRuns: 20 }
    )
  })

  test("importance weighting tightens with the number of draws", async () => {
    const setting: Setting = {
      angle: 0.4,
      stretch: [1, 0.7],
      s: 0.8,
      x: [1, -2, 0.3, 0.4, 2, 2],
      shift: 0.5,
      widen: 1.5
    }
    const fitted = await run(fitAt(setting, 0.5, 1.5), onnx)
    const at = (x: ReadonlyArray<number>, particles: number) =>
      run(fitted.logMarginal(Dataset.of(x, [2]), { particles, seed: 8 }), onnx)
    const particles = 20_000
    const many = await at(setting.x, particles)
    expect(await at(setting.x, 10)).toBeGreaterThan(exactElbo(setting, 0.5, 1.5).elbo)
    // with widened proposals the weights' relative variance is below 2 for each of the three data
    expect(Math.abs(many - logEvidence(setting))).toBeLessThan(5 * Math.sqrt(2 / (3 * particles)))
  })

  test("importance weighting is a logarithm of a mean over the draws of each datum on its own, draw by draw", async () => {
    const [particles, xs] = [7, [...normals(11, 23)]]
    const narrow = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(Tensor.of([], tf.mul(0.3, x)), 0.9))
    const fitted = await run(narrow.fit(Dataset.of(xs, []), { epochs: 1, ...quiet }), cpu)
    const noise = new Float32Array(particles * xs.length)
    fill("normal", noise, { seed: 5, site: "z", step: 0, lane: 0 })
    const logNormal = (x: number, m: number, s: number): number =>
      -0.5 * ((x - m) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI)
    const each = xs.map((x, i) => {
      const weights = Array.from({ length: particles }, (_, p) => {
        const z = 0.3 * x + 0.9 * (noise[p * xs.length + i] ?? Number.NaN)
        return Math.exp(logNormal(z, 0, 1) + logNormal(x, z, 1) - logNormal(z, 0.3 * x, 0.9))
      })
      return Math.log(weights.reduce((sum, w) => sum + w, 0) / particles)
    })
    const expected = each.reduce((sum, x) => sum + x, 0) / xs.length
    for (const source of [cpu, onnx]) {
      const found = await run(fitted.logMarginal(Dataset.of(xs, []), { particles, seed: 5 }), source)
      expect(Math.abs(found / expected - 1)).toBeLessThan(1e-5)
    }
  })
})

test("a positive scale with a HalfNormal prior is learned as wide as its posterior", async () => {
  // with 400 rows the posterior of log sigma is normal around the data's deviation, with standard deviation 1/√(2N), up to terms of order 1/N
  const y = normals(6, 400).map((value) => 1.7 * value)
  const deviation = Math.sqrt(y.reduce((sum, value) => sum + value * value, 0) / 400)
  const spread = program(
    Effect.gen(function* () {
      const sigma = yield* sample("sigma", HalfNormal(5))
      yield* plate("rows", (_row: { readonly y: Scalar }) => observe("y", Normal(0, sigma)))
    })
  ).guide(() => ({ sigma: LogNormal(param("loc", 0), param.positive("scale", 0.2)) }))
  const optimizer = Optimizer.adam(Schedule.cosine(0.03))
  const data = { rows: { y: Dataset.of(y, []) } } as never
  const fitted = await run(spread.fit(data, { epochs: 2000, batchSize: 400, particles: 16, optimizer, ...quiet }))
  const width = 1 / Math.sqrt(2 * 400)
  expect(Math.abs((fitted.parameter("loc")[0] ?? Number.NaN) - Math.log(deviation))).toBeLessThan(0.1 * width)
  expect(Math.abs((fitted.parameter("scale")[0] ?? Number.NaN) / width - 1)).toBeLessThan(0.02)
})

test("a model without a single parameter is evaluated, not refused", async () => {
  const fixed = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(Tensor.of([], tf.div(x, 2)), Math.SQRT1_2))
  for (const source of [cpu, onnx]) {
    const fitted = await run(fixed.fit(Dataset.of([1, -1], []), { epochs: 2, ...quiet }), source)
    expect(fitted.parameters).toEqual({})
    const evidence = -0.5 * Math.log(4 * Math.PI) - 0.25
    expect(Math.abs((await run(fitted.logMarginal(Dataset.of([1, -1], [])), source)) - evidence)).toBeLessThan(1e-5)
  }
})
