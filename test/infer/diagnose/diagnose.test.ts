import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { HalfCauchy } from "../../../src/dist/HalfCauchy.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Diagnosis } from "../../../src/infer/diagnose/Diagnosis.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { masked } from "../../../src/model/incomplete.ts"
import type { Missing } from "../../../src/model/missingValue.ts"
import { param } from "../../../src/model/Param.ts"
import { scan } from "../../../src/model/recurrence.ts"
import { enumerate, factor, observe, plate, sample } from "../../../src/model/Site.ts"
import { add } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, normals, onnx, run } from "../harness.ts"

/** The parameters stay where the program has them. */
const still = { epochs: 1, optimizer: Optimizer.sgd(0), progress: false } as const
const scalar = (x: number) => Tensor.of([], tf.scalar(x))
const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * Math.log(2 * Math.PI) - Math.log(sd) - (x - mean) ** 2 / (2 * sd * sd)

/** mu ~ N(0, 1), five y ~ N(mu, 1): the posterior is N(Σy/6, 1/6), and y ~ N(0, 1 + 11ᵀ). */
const ys = [0.3, 1.9, -0.4, 2.2, 1.1]
const total = ys.reduce((sum, y) => sum + y, 0)
const exact = { mean: total / 6, sd: Math.sqrt(1 / 6) }
const evidence =
  ys.reduce((sum, y) => sum + logNormal(y, exact.mean, 1), 0) +
  logNormal(exact.mean, 0, 1) -
  logNormal(exact.mean, exact.mean, exact.sd)
const data = { rows: { y: Dataset.of(ys, []) } }
const guidedBy = (loc: number, scale: number) =>
  program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  }).guide(() => ({ mu: Normal(param("loc", loc), param.positive("scale", scale)) }))
const diagnosed = async (loc: number, scale: number): Promise<Diagnosis> => {
  const fitted = await run(guidedBy(loc, scale).fit(data, still), onnx)
  return run(fitted.diagnose(data, { draws: 4000, seed: 3 }), onnx)
}

describe("a guide of a conjugate normal model", () => {
  test("that is the posterior is good, and gives the evidence exactly", async () => {
    const told = await diagnosed(exact.mean, exact.sd)
    expect(told.verdict).toBe("good")
    expect(told.tails.k).toBeLessThan(0.5)
    expect(told.tails.effective).toBeCloseTo(4000, -1)
    expect(told.logEvidence.mean).toBeCloseTo(evidence, 4)
    expect(told.elbo.mean).toBeCloseTo(evidence, 4)
    expect(told.numbers.flatMap(({ differences }) => differences)).toEqual([])
    expect(told.advice).toEqual([])
    expect(`${told}`).toMatch(/^good: the guide is close to the posterior/)
  })

  test("of half its sd is too narrow", async () => {
    const told = await diagnosed(exact.mean, exact.sd / 2)
    // the largest weights have the tail shape 1 − (½)² (their density falls as w^(−1/k − 1))
    expect(told.tails.k).toBeGreaterThan(0.5)
    expect(told.numbers[0]?.differences).toEqual(["too narrow"])
    // a single number: there is nothing to depend on
    expect(told.advice[0]).toMatch(/^The guide of 'mu' is too narrow: .* a richer family, such as a Mixture/)
    // KL(q ‖ p) of two normals
    const kl = Math.log(2) + 1 / 8 - 1 / 2
    expect(Math.abs(told.elbo.mean - (evidence - kl))).toBeLessThan(4 * told.elbo.error)
  })

  test("of one and a half times its sd is too wide, and the evidence is within its error", async () => {
    const told = await diagnosed(exact.mean, 1.5 * exact.sd)
    expect(told.verdict).toBe("correctable")
    expect(told.numbers[0]?.differences).toEqual(["too wide"])
    expect(Math.abs(told.logEvidence.mean - evidence)).toBeLessThan(3 * told.logEvidence.error)
    expect(Math.abs((told.numbers[0]?.weighted.sd ?? 0) / exact.sd - 1)).toBeLessThan(0.05)
  })

  test.each([
    ["too low", -1],
    ["too high", 1]
  ] as const)("that lies an sd away is %s", async (word, sign) => {
    const told = await diagnosed(exact.mean + sign * exact.sd, exact.sd)
    expect(told.numbers[0]?.differences).toEqual([word])
    expect(told.numbers[0]?.shift.mean).toBeCloseTo(-sign, 0)
    expect(Math.abs(told.logEvidence.mean - evidence)).toBeLessThan(4 * told.logEvidence.error)
    expect(told.advice.join()).toContain("not where the posterior is")
  })
})

test("a diagnosis is the same on the reference engine, and shows itself in a notebook", async () => {
  const fitted = await run(guidedBy(exact.mean, 1.5 * exact.sd).fit(data, still), onnx)
  // no multiple of the draws that are made together
  const [one, other] = [
    await run(fitted.diagnose(data, { draws: 1033, seed: 1 }), onnx),
    await run(fitted.diagnose(data, { draws: 1033, seed: 1 }), cpu)
  ]
  expect(other.elbo.mean).toBeCloseTo(one.elbo.mean, 4)
  expect(other.numbers[0]?.weighted.sd).toBeCloseTo(one.numbers[0]?.weighted.sd ?? 0, 4)
  expect(other.checks.map(({ tail }) => tail)).toEqual(one.checks.map(({ tail }) => tail))
  const display: unknown = Reflect.get(one, Symbol.for("Jupyter.display"))
  const forms: unknown = typeof display === "function" ? display() : undefined
  expect(forms).toMatchObject({
    "text/plain": `${one}`,
    "text/html": expect.stringMatching(/^<div>correctable: .*<table>/),
    "image/svg+xml": one.picture.svg
  })
})

describe("eight schools by mean field", () => {
  const sigma = [15, 10, 16, 11, 9, 11, 10, 18]
  const schools = { schools: { y: Dataset.of([28, 8, -3, 7, -1, 1, 18, 12], []), sigma: Dataset.of(sigma, []) } }
  test.each([
    ["centred", true],
    ["non-centred", false]
  ] as const)("%s are told that their tau is too narrow", async (_, centred) => {
    const guided = program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfCauchy(5))
      yield* plate("schools", function* (school: { readonly sigma: Tensor<readonly []> }) {
        const z = yield* sample("z", centred ? Normal(mu, tau) : Normal(0, 1))
        const effect = centred ? z : Tensor.of([], tf.add(mu, tf.mul(tau, z)))
        yield* observe("y", Normal(effect, school.sigma))
      })
    }).guide(() => ({
      mu: Normal(param("mu.loc", 4), param.positive("mu.scale", 3)),
      tau: LogNormal(param("tau.loc", 1), param.positive("tau.scale", 0.5)),
      schools: () => ({ z: Normal(param.row("loc", 0), param.row.positive("scale", 1)) })
    }))
    const fitted = await run(
      guided.fit(schools, { epochs: 600, learningRate: 0.04, particles: 4, progress: false }),
      onnx
    )
    for (const seed of [1, 2]) {
      const told = await run(fitted.diagnose(schools, { seed }), onnx)
      expect(told.verdict).not.toBe("good")
      expect(told.numbers.find(({ site }) => site === "tau")?.differences).toContain("too narrow")
      const narrow = told.advice.find((line) => line.includes("too narrow"))
      expect(narrow).toContain("'tau'")
      // what stands in a plate has no part in one vector
      expect(narrow).toContain("Guide.structured() or guideWith")
      expect(narrow).not.toContain("multivariateNormal")
    }
  })
})

describe("a posterior whose numbers go together", () => {
  // a, b ~ N(0, 1), y ~ N(a + b, ½): precision [[5, 4], [4, 5]], correlation −0.8
  const pair = program(function* () {
    const a = yield* sample("a", Normal(0, 1))
    const b = yield* sample("b", Normal(0, 1))
    yield* observe("y", Normal(Tensor.of([], tf.add(a, b)), 0.5))
  })
  const y = { y: scalar(1) }
  const mean = 4 / 9

  test("is told, with the numbers to correlate", async () => {
    const guided = pair.guide(() => ({
      a: Normal(param("a", mean), Math.sqrt(1 / 5)),
      b: Normal(param("b", mean), Math.sqrt(1 / 5))
    }))
    const fitted = await run(guided.fit(y, still), onnx)
    const told = await run(fitted.diagnose(y, { draws: 10_000 }), onnx)
    expect(told.pairs[0]?.between).toEqual(["a", "b"])
    expect(told.pairs[0]?.weighted).toBeLessThan(-0.6)
    expect(told.numbers.map(({ differences }) => differences[0])).toEqual(["too narrow", "too narrow"])
    expect(told.advice.join()).toContain("Let the guide correlate a with b")
    expect(`${told.picture}`).toMatch(/^<svg .*>a<.*>b<.*<\/svg>$/)
  })

  test("is followed by a guide that can", async () => {
    const fitted = await run(
      pair
        .autoGuide(Guide.multivariateNormal())
        .fit(y, { epochs: 1500, learningRate: 0.02, particles: 20, progress: false }),
      onnx
    )
    const told = await run(fitted.diagnose(y, { draws: 4000 }), onnx)
    expect(told.verdict).toBe("good")
    expect(told.pairs).toEqual([])
    // two sites, one density: KL(q ‖ p) of the posterior, whose covariance is [[5, 4], [4, 5]]/9, to N(0, 1)
    expect(told.use.map(({ site, kl }) => [site, kl === undefined])).toEqual([
      ["a", true],
      ["b", true],
      ["a, b", false]
    ])
    const kl = 0.5 * (10 / 9 + 2 * mean ** 2 - 2 - Math.log(1 / 9))
    expect(Math.abs((told.use[2]?.kl ?? 0) - kl)).toBeLessThan(0.1)
    expect(told.logEvidence.mean).toBeCloseTo(logNormal(1, 0, Math.sqrt(2.25)), 2)
  })
})

describe("the rows of a model", () => {
  // z ~ N(0, 1), x ~ N(z, 1): the posterior is N(x/2, √½)
  const xs = normals(1, 100).map((x) => x * Math.SQRT2)
  const rows = Dataset.of(xs, [])
  const by = (scale: number, weight = 0.5) =>
    model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(Tensor.of([], tf.mul(x, param("w", weight))), scale))

  test("are weighed one by one, and give the evidence of each datum", async () => {
    const fitted = await run(by(Math.SQRT1_2).fit(rows, still), onnx)
    const told = await run(fitted.diagnose(rows, { draws: 1000 }), onnx)
    expect(told.verdict).toBe("good")
    expect(told.tails.rows?.k.length).toBe(100)
    const wanted = xs.reduce((sum, x) => sum + logNormal(x, 0, Math.SQRT2), 0) / 100
    expect(told.logEvidence.mean).toBeCloseTo(wanted, 4)
    const kl = xs.reduce((sum, x) => sum + (0.5 + (x * x) / 4 - 1 - Math.log(0.5)) / 2, 0) / 100
    expect(told.use[0]?.kl).toBeCloseTo(kl, 4)
    expect(told.use[0]?.active).toEqual([0])
    const spread = xs.reduce((sum, x) => sum + (x * x) / 4, 0) / 100
    expect(told.use[0]?.variance?.[0]).toBeCloseTo(spread - (xs.reduce((sum, x) => sum + x / 2, 0) / 100) ** 2, 1)
  })

  test("of which most are too far from their posterior are told", async () => {
    const fitted = await run(by(0.3).fit(rows, still), onnx)
    const told = await run(fitted.diagnose(rows, { draws: 1000 }), onnx)
    expect(told.verdict).toBe("bad")
    expect(told.tails.rows?.bad).toBeGreaterThan(0.5)
    expect(told.numbers[0]?.differences).toContain("too narrow")
    expect(told.advice.join()).toContain("of the rows of 'data' have k above 0.7")
  })

  test("that the guide does not tell apart are not in use", async () => {
    const fitted = await run(by(1, 0).fit(rows, still), onnx)
    const told = await run(fitted.diagnose(rows, { draws: 1000 }), onnx)
    expect(told.use[0]).toMatchObject({ kl: 0, active: [] })
    expect(told.advice.join()).toContain("No number of 'z' is in use")
  })
})

describe("a model", () => {
  const normal = (sd: number) =>
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 3))
      yield* plate("rows", () => observe("y", Normal(mu, sd)))
    }).guide(() => ({ mu: Normal(param("loc", 0), 0.14) }))
  const fifty = { rows: { y: Dataset.of(normals(2, 50), []) } }

  test("that makes data like those it was given passes its checks", async () => {
    const fitted = await run(normal(1).fit(fifty, still), onnx)
    const { checks } = await run(fitted.diagnose(fifty, { draws: 1000 }), onnx)
    expect(checks.map(({ statistic }) => statistic)).toEqual(["mean", "sd", "smallest", "largest"])
    expect(checks.filter(({ isUnlikely }) => isUnlikely)).toEqual([])
    // the sd of a mean of 50 draws of sd 1, and of mu
    expect(checks[0]?.replicated.sd).toBeCloseTo(Math.sqrt(1 / 50 + 0.14 ** 2), 1)
  })

  test("whose noise is a third of the data's does not", async () => {
    const fitted = await run(normal(0.33).fit(fifty, still), onnx)
    const told = await run(fitted.diagnose(fifty, { draws: 1000 }), onnx)
    expect(told.checks.find(({ statistic }) => statistic === "sd")).toMatchObject({ tail: 0, isUnlikely: true })
    expect(told.advice.join()).toContain("does not make data like those of 'y'")
  })

  test("is checked by numbers of one's own, and refuses what gives none", async () => {
    const fitted = await run(normal(1).fit(fifty, still), onnx)
    const above = (values: Float32Array): number => values.filter((x) => x > 10).length
    const { checks } = await run(fitted.diagnose(fifty, { draws: 1000, statistics: { above } }), onnx)
    expect(checks.at(-1)).toMatchObject({ statistic: "above", observed: 0, replicated: { mean: 0, sd: 0 }, tail: 0.5 })
    const broken = (statistics: object) => failure(fitted.diagnose(fifty, { draws: 1000, statistics } as never))
    expect((await broken({ mean: above })).message).toContain("names other than mean, sd, smallest, largest")
    expect((await broken({ above: 3 })).message).toContain("'above', which is no function")
    expect((await broken({ above: () => "many" })).message).toContain("'above' that returns many")
    for (const given of [5, null, [above]])
      expect((await broken(given as never)).message).toContain("expected a record of functions by name")
    const lost = await broken({
      above: () => {
        throw new RangeError("there is no tenth number")
      }
    })
    expect(lost).toMatchObject({ _tag: "InvalidOption", option: "statistics" })
    expect(lost.message).toContain("'above' that throws: there is no tenth number")
  })

  test("is not judged by what is no number, and by infinite ones as by others", async () => {
    const fitted = await run(normal(1).fit(fifty, still), onnx)
    const observed = fifty.rows.y.values[0]
    const statistics = {
      ...{ nowhere: () => Number.NaN, drawn: (values: Float32Array) => (values[0] === observed ? 1 : Number.NaN) },
      ...{ least: () => Number.NEGATIVE_INFINITY, most: () => Number.POSITIVE_INFINITY },
      ...{ below: (values: Float32Array) => (values[0] === observed ? Number.NEGATIVE_INFINITY : 1) },
      above: (values: Float32Array) => (values[0] === observed ? Number.POSITIVE_INFINITY : 1)
    }
    const { checks, leftOut } = await run(fitted.diagnose(fifty, { draws: 1000, statistics }), onnx)
    expect(leftOut).toEqual([
      "'nowhere' of 'y': it is not a number, of the data themselves",
      "'drawn' of 'y': it is not a number, of 500 of 500 data that were drawn anew"
    ])
    expect(checks.slice(4).map(({ statistic, tail }) => [statistic, tail])).toEqual([
      ["least", 0.5],
      ["most", 0.5],
      ["below", 1],
      ["above", 0]
    ])
  })

  test("with discrete sites, drawn and summed out, has its evidence by enumeration", async () => {
    const mixed = program(function* () {
      const a = yield* sample("a", Bernoulli({ probs: 0.3 }))
      yield* plate("rows", function* () {
        const k = yield* enumerate("k", Bernoulli({ probs: 0.6 }))
        yield* observe("y", Normal(Tensor.of([], tf.add(a, tf.mul(2, k))), 1))
      })
    }).guide(() => ({ a: Bernoulli({ logits: param("logits", 0) }) }))
    const fitted = await run(mixed.fit(data, still), onnx)
    const told = await run(fitted.diagnose(data, { draws: 4000 }), onnx)
    const given = (a: number): number =>
      ys.reduce(
        (product, y) => product * (0.4 * Math.exp(logNormal(y, a, 1)) + 0.6 * Math.exp(logNormal(y, a + 2, 1))),
        1
      )
    const [p0, p1] = [0.7 * given(0), 0.3 * given(1)]
    expect(Math.abs(told.logEvidence.mean - Math.log(p0 + p1))).toBeLessThan(4 * told.logEvidence.error)
    expect(told.numbers[0]?.weighted.mean).toBeCloseTo(p1 / (p0 + p1), 1)
    expect(told.checks.length).toBe(4)
  })
})

describe("what is not checked is said", () => {
  const reasons = async (diagnosed: Promise<Diagnosis>): Promise<string> => {
    const { checks, leftOut, ...told } = await diagnosed
    expect(checks).toEqual([])
    expect(`${told}`.length).toBeGreaterThan(0)
    return leftOut.join()
  }
  const own = () => Normal(param.row("loc", 0), param.row.positive("scale", 1))

  test("missing numbers", async () => {
    const guided = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", (row: { readonly y: Missing<Tensor<readonly []>> }) => masked("y", Normal(mu, 1), row.y))
    }).autoGuide()
    const holes = { rows: { y: Data.missing([1, null, 0.5], []) } }
    const fitted = await run(guided.fit(holes, still), onnx)
    expect(await reasons(run(fitted.diagnose(holes, { draws: 100 }), onnx))).toContain("'y': its values have holes")
  })

  test("a recurrence", async () => {
    const guided = program(function* () {
      yield* scan("years", { level: 0 }, function* (before) {
        const level = yield* sample("level", Normal(before.level, 1))
        yield* observe("flow", Normal(level, 1))
        return { level }
      })
    }).guide(() => ({ years: () => ({ level: own() }) }))
    const years = { years: { flow: Dataset.of(ys, []) } }
    const fitted = await run(guided.fit(years, still), onnx)
    expect(await reasons(run(fitted.diagnose(years, { draws: 100 }), onnx))).toContain(
      "'flow': site 'flow': a recorded"
    )
  })

  test("plates inside of each other, whose outer rows are weighed", async () => {
    const guided = program(function* () {
      yield* plate("a", function* () {
        const m = yield* sample("m", Normal(0, 1))
        yield* plate("b", () => observe("y", Normal(m, 1)))
      })
    }).guide(() => ({ a: () => ({ m: own() }) }))
    const two = { a: 3, b: { y: Dataset.of(ys, []) } }
    const fitted = await run(guided.fit(two, still), onnx)
    const told = run(fitted.diagnose(two, { draws: 1000 }), onnx)
    expect(await reasons(told)).toBe("'y': it stands in two plates")
    // three rows, each of which meets the same five numbers
    expect(Math.abs((await told).logEvidence.mean - 3 * evidence)).toBeLessThan(5 * (await told).logEvidence.error)
    expect((await told).tails.rows?.k.length).toBe(3)
  })
})

describe("a diagnosis refuses", () => {
  test("a guide that is a point", async () => {
    const point = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", () => observe("y", Normal(mu, 1)))
    }).autoGuide(Guide.delta())
    const fitted = await run(point.fit(data, still), onnx)
    const refused = await failure(fitted.diagnose(data), onnx)
    expect(refused).toMatchObject({ _tag: "GuideMismatch", site: "mu" })
  })

  test("a log density that is not a number at some draw", async () => {
    const broken = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* factor("root", Tensor.of([], tf.sqrt(mu)))
    }).guide(() => ({ mu: Normal(param("loc", 2), 1) }))
    const fitted = await run(broken.fit({}, { ...still, seed: 3 }), onnx)
    const refused = await failure(fitted.diagnose({}, { draws: 1000 }), onnx)
    expect(refused).toMatchObject({ _tag: "NonFiniteLoss", value: Number.NaN })
  })

  test("few draws, unknown options and other data", async () => {
    const fitted = await run(guidedBy(0, 1).fit(data, still), onnx)
    expect(await failure(fitted.diagnose(data, { draws: 50 }), onnx)).toMatchObject({
      _tag: "InvalidOption",
      option: "draws"
    })
    const many = await failure(fitted.diagnose(data, { draws: 1e12 }), onnx)
    expect(many).toMatchObject({ _tag: "InvalidOption", option: "draws" })
    expect(many.message).toContain("fewer rows of data")
    const wrong = { drws: 1 } as object
    expect(await failure(fitted.diagnose(data, wrong), onnx)).toMatchObject({ _tag: "InvalidOption", option: "drws" })
    const other = { rows: { y: Dataset.of([1, 2, 3, 4], [2]) } } as unknown as typeof data
    expect(await failure(fitted.diagnose(other), onnx)).toHaveProperty("_tag")
  })
})

describe("the variance of the gradient by site", () => {
  const coins = program(function* () {
    const c = yield* sample("c", Bernoulli({ probs: 0.5 }))
    const z = yield* sample("z", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(add(z, c), 1)))
  }).guide(() => ({
    c: Bernoulli({ logits: param("logit", 0.3) }),
    z: Normal(param("loc", 0.2), 0.5)
  }))

  test("is that of the score function and of the path, in closed form", async () => {
    const fitted = await run(coins.fit(data, { ...still, estimators: { c: score } }), onnx)
    const told = await run(fitted.diagnose(data, { draws: 1000 }), onnx)
    // the slope of the likelihood along loc is Σ(z + c − y), and that of the KL has no draws in it
    const q = 1 / (1 + Math.exp(-0.3))
    const [c, z] = told.gradients
    expect(told.gradients.map(({ site }) => site)).toEqual(["c", "z"])
    expect(z?.estimator).toBe("reparameterized")
    expect(c?.estimator).toBe("score function, running baseline")
    expect(Math.abs((z?.variance ?? 0) / (25 / 4 + 25 * q * (1 - q)) - 1)).toBeLessThan(0.3)
    expect((c?.share ?? 0) + (z?.share ?? 0)).toBeCloseTo(1, 6)
    expect(`${told}`).toMatch(/^z +reparameterized +1\d\.\d+ +\d+ %$/m)
  })

  test("is not told where the objective changes from step to step", async () => {
    const warming = { ...still, objective: Objective.beta((step: number) => Math.min(1, step)) }
    const fitted = await run(guidedBy(exact.mean, exact.sd).fit(data, warming), onnx)
    expect((await run(fitted.diagnose(data, { draws: 1000 }), onnx)).gradients).toEqual([])
  })
})
