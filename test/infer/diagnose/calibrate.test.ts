import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { fitReplications } from "../../../src/infer/diagnose/replicated.ts"
import { rankTest } from "../../../src/infer/diagnose/uniformity.ts"
import { deriveFor } from "../../../src/infer/fit/deriveFor.ts"
import type { Problem } from "../../../src/infer/fit/Learned.ts"
import { settingsOf } from "../../../src/infer/fit/options.ts"
import { inOwnSpace } from "../../../src/infer/fit/ownSpace.ts"
import { inputName } from "../../../src/infer/joint/names.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { program } from "../../../src/infer/program/program.ts"
import { prepare, shapesOf } from "../../../src/infer/run/prepared.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { fill } from "../../../src/tensor/random.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../harness.ts"

type Scalar = Tensor<readonly []>
const plus = (a: Scalar, b: Scalar | number): Scalar => Tensor.of([], tf.add(a, b))

describe("the test of ranks", () => {
  const uniforms = (n: number, most: number, seed: number): ReadonlyArray<number> => {
    const values = new Float32Array(n)
    fill("uniform", values, { seed, site: "ranks", step: 0, lane: 0 })
    return [...values].map((u) => Math.floor(u * (most + 1)))
  }

  test("has the tails of χ² with ten degrees of freedom", () => {
    // scipy.stats.chi2.sf(x, 10): 11 counts of 20 in which one has moved from the first part to the second
    const moved = (m: number) => Array.from({ length: 220 }, (_, i) => (i < m ? 1 : i < 20 ? 0 : Math.floor(i / 20)))
    expect(rankTest(moved(0), 10).p).toBe(1)
    // χ² = 2 m²/20
    expect(rankTest(moved(10), 10).p).toBeCloseTo(0.4404932850652127, 12)
    expect(rankTest(moved(15), 10).p).toBeCloseTo(0.012750473388814921, 12)
  })

  test("gives uniform ranks standard normal statistics and a uniform p", () => {
    const all = Array.from({ length: 400 }, (_, seed) => rankTest(uniforms(200, 109, seed), 109))
    const moments = (values: ReadonlyArray<number>): readonly [number, number] => {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      return [mean, Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)]
    }
    for (const values of [all.map(({ high }) => high), all.map(({ outside }) => outside)]) {
      const [mean, sd] = moments(values)
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(400))
      expect(Math.abs(sd - 1)).toBeLessThan(4 / Math.sqrt(800))
    }
    const [middle] = moments(all.map(({ p }) => p))
    expect(Math.abs(middle - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 400))
  })

  test("sees ranks from above as those from below", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 21 }), { minLength: 1, maxLength: 100 }), (ranks) => {
        const [one, other] = [
          rankTest(ranks, 21),
          rankTest(
            ranks.map((rank) => 21 - rank),
            21
          )
        ]
        expect(other.high).toBeCloseTo(-one.high, 9)
        expect(other.outside).toBeCloseTo(one.outside, 9)
        expect(other.p).toBeCloseTo(one.p, 9)
      }),
      { seed: 1, numRuns: 100 }
    )
  })
})

const settings = { epochs: 400, learningRate: 0.05, particles: 4, seed: 1 } as const
/** mu ~ N(0, 1), five y ~ N(mu, 1): the posterior is N(Σy/6, 1/6). */
const exact = Math.sqrt(1 / 6)
const normal = (loc: number, scale: () => Scalar | number) =>
  program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  }).guide(() => ({ mu: Normal(param("loc", loc), scale()) }))

describe("a calibration", () => {
  test("passes a right guide: one with the posterior's sd, and one that learns it", async () => {
    for (const scale of [() => exact, () => param.positive("scale", 1)]) {
      const told = await run(normal(0, scale).calibrate({ rows: 5 }, settings), onnx)
      expect(told).toMatchObject({ ok: true, simulations: 200, failed: 0, draws: 109, advice: [] })
      expect(Math.abs((told.numbers[0]?.spread ?? 0) - 1)).toBeLessThan(4 / Math.sqrt(400))
      expect(`${told}`).toMatch(/^calibrated: no number of 1 differs/)
    }
  })

  test.each([
    ["too narrow", exact / 2, 2],
    ["too wide", 1.6 * exact, 1 / 1.6]
  ])("says what is %s", async (word, scale, spread) => {
    const told = await run(normal(0, () => scale).calibrate({ rows: 5 }, settings), onnx)
    expect(told.ok).toBe(false)
    expect(told.numbers[0]?.differences).toEqual([word])
    expect(Math.abs((told.numbers[0]?.spread ?? 0) / spread - 1)).toBeLessThan(0.2)
    expect(told.advice.join()).toContain(`The guide of 'mu' is ${word}`)
    expect(`${told.picture}`).toContain(`mu – ${word}`)
  })

  test.each([
    ["too low", -2],
    ["too high", 2]
  ])("says what is %s, because its fits stopped on the way", async (word, start) => {
    // the distance from the posterior's mean falls by 1 − 6 · 0.05 each step
    const early = { epochs: 6, optimizer: Optimizer.sgd(0.05), particles: 8, seed: 1 }
    const told = await run(normal(start, () => exact).calibrate({ rows: 5 }, early), onnx)
    expect(told.numbers[0]?.differences).toEqual([word])
    const { mean = 0, error = 1 } = told.numbers[0]?.bias ?? {}
    expect(Math.abs(mean + (0.7 ** 6 * start) / exact)).toBeLessThan(4 * error)
    expect(told.advice.join()).toContain("The guide of 'mu' is biased")
  })

  // a, b ~ N(0, 1), y ~ N(a + b, ½): the posterior's correlation is −0.8
  const pair = program(function* () {
    const a = yield* sample("a", Normal(0, 1))
    const b = yield* sample("b", Normal(0, 1))
    yield* observe("y", Normal(plus(a, b), 0.5))
  })

  test("names the sites to correlate, and passes a guide that correlates them", async () => {
    const apart = await run(pair.autoGuide().calibrate({}, settings), onnx)
    expect(apart.numbers.map(({ differences }) => differences)).toEqual([["too narrow"], ["too narrow"]])
    expect(apart.pairs[0]?.between).toEqual(["a", "b"])
    expect(Math.abs((apart.pairs[0]?.weighted ?? 0) + 0.8)).toBeLessThan(0.15)
    expect(apart.advice.join()).toContain("Let the guide correlate a with b")
    const joint = pair.autoGuide(Guide.multivariateNormal())
    const together = await run(joint.calibrate({}, { ...settings, epochs: 1000 }), onnx)
    expect(together).toMatchObject({ ok: true, pairs: [] })
  })

  test("ranks discrete values, whose ties are broken at random", async () => {
    const coin = program(function* () {
      const z = yield* sample("z", Bernoulli({ probs: 0.4 }))
      yield* observe("y", Normal(z, 0.7))
    }).guide(() => ({ z: Bernoulli({ logits: param("logits", 0) }) }))
    const told = await run(coin.calibrate({}, { ...settings, epochs: 300 }), onnx)
    expect(told.ok).toBe(true)
    expect(new Set(told.numbers[0]?.ranks).size).toBeGreaterThan(60)
  })

  test("costs less than twenty fits", async () => {
    const guided = normal(0, () => param.positive("scale", 1))
    const data = { rows: { y: Dataset.of([1, 2, 0, 1, 0], []) } }
    const timed = async (f: () => Promise<unknown>): Promise<number> => {
      const from = performance.now()
      await f()
      return performance.now() - from
    }
    const long = { ...settings, epochs: 2000 }
    const one = await timed(() => run(guided.fit(data, { ...long, progress: false }), onnx))
    const all = await timed(() => run(guided.calibrate({ rows: 5 }, long), onnx))
    console.info(`200 fits at once take ${(all / one).toFixed(1)} times one fit`)
    expect(all / one).toBeLessThan(20)
  })
})

describe("replicated fits", () => {
  const source = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", function* (row: { readonly x: Scalar }) {
      const z = yield* sample("z", Normal(plus(mu, row.x), 0.5))
      yield* observe("y", Normal(z, 0.5))
    })
  })
  const local = (y: Scalar) =>
    Normal(plus(Tensor.of([], tf.mul(y, param("w", 0.3))), param.row("own", 0)), param.row.positive("s", 1))
  const globals = () => Normal(param("loc", 0), param.positive("scale", 1))
  const x = Dataset.of([-1, 0, 2], [])
  const options = { epochs: 60, learningRate: 0.05, particles: 2, seed: 5, clipNorm: 3 } as const

  test("have the parameters of fits one by one: local sites, an amortised guide, per-row parameters", async () => {
    const data = { rows: { x, y: Dataset.of([0.5, -1, 3], []) } }
    const guided = source.guide(() => ({ mu: globals(), rows: (row) => ({ z: local(row.y) }) }))
    const fitted = await run(guided.fit(data, { ...options, progress: false }), onnx)
    const shared = prepare(data)
    const problem: Problem = {
      per: "total",
      guided: () => ({
        model: source.effect,
        guide: {
          kind: "record",
          make: () => ({
            mu: globals(),
            rows: ({ y }) => ({ z: local(Tensor.of([], y instanceof tf.Tensor ? y : tf.scalar(0))) })
          })
        }
      })
    }
    const settings = settingsOf(options)
    const derived = deriveFor(problem, shapesOf(shared), settings)
    const ys = Float32Array.of(0.5, -1, 3, 9, 9, 9, -4, 0, 1)
    const parameters = await run(
      fitReplications(derived, settings, { count: 3, shared, own: { [inputName("y", "rows")]: ys } }),
      onnx
    )
    const first = Object.fromEntries(
      Object.entries(parameters).map(([name, values]) => [name, values.slice(0, values.length / 3)])
    )
    const learnt = inOwnSpace(derived.joint.parameters, first)
    expect(Object.keys(learnt).sort()).toEqual(Object.keys(fitted.parameters).sort())
    for (const [name, values] of Object.entries(fitted.parameters))
      for (const [i, value] of values.entries()) expect(learnt[name]?.[i]).toBeCloseTo(value, 4)
  })

  test("are the same on the reference engine", async () => {
    const guided = source.guide(() => ({ mu: globals(), rows: (row) => ({ z: local(row.y) }) }))
    const how = { ...options, epochs: 30, simulations: 50, draws: 21 }
    const [one, other] = [
      await run(guided.calibrate({ rows: { x } }, how), onnx),
      await run(guided.calibrate({ rows: { x } }, how), cpu)
    ]
    expect(one.numbers.map(({ site, place }) => site + place)).toEqual(["mu", "z[0]", "z[1]", "z[2]"])
    for (const [i, { bias, ranks }] of one.numbers.entries()) {
      expect(other.numbers[i]?.bias.mean).toBeCloseTo(bias.mean, 3)
      expect(other.numbers[i]?.ranks.filter((rank, j) => rank !== ranks[j]).length).toBeLessThan(3)
    }
  })
})

describe("a calibration refuses", () => {
  const guided = normal(0, () => 1)

  test("a model with parameters of its own, which have no prior", async () => {
    const learning = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* observe("y", Normal(mu, param.positive("noise", 1)))
    }).guide(() => ({ mu: Normal(param("loc", 0), 1) }))
    expect(await failure(learning.calibrate({}), onnx)).toMatchObject({ _tag: "GuideMismatch", site: "noise" })
  })

  test("a guide that a step of its own concludes", async () => {
    const laplace = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* observe("y", Normal(mu, 1))
    }).autoGuide(Guide.laplace())
    expect(await failure(laplace.calibrate({}), onnx)).toMatchObject({ _tag: "GuideMismatch" })
  })

  test.each([
    ["simulations", { simulations: 10 }],
    ["draws", { draws: 2 }],
    ["level", { level: 0 }],
    ["epochs", { epochs: 0 }],
    ["batchSize", { batchSize: 10 } as object],
    ["objective", { epochs: 5, objective: Objective.beta({ epochs: 10 }) }]
  ])("a wrong %s", async (option, options) => {
    expect(await failure(guided.calibrate({ rows: 5 }, options), onnx)).toMatchObject({ _tag: "InvalidOption", option })
  })

  test("fits none of which ends with numbers", async () => {
    const steep = normal(0, () => param.positive("scale", 1))
    const options = { epochs: 50, optimizer: Optimizer.sgd(1e6), simulations: 50 }
    expect(await failure(steep.calibrate({ rows: 5 }, options), onnx)).toMatchObject({ _tag: "NonFiniteLoss" })
  })
})
