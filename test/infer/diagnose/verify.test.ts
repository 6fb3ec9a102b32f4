import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { StraightThroughBernoulli } from "../../../src/dist/StraightThroughBernoulli.ts"
import { type Verification, type VerifiedSlope, verification } from "../../../src/infer/diagnose/Verification.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { reparameterized } from "../../../src/infer/estimator/reparameterized.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { failure, normals, onnx, run } from "../harness.ts"
import { vae } from "../smallVae.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)
const verified = (effect: Parameters<typeof run>[0]): Promise<Verification> =>
  run(effect, onnx) as Promise<Verification>

/** The path, whatever stands in its way: a user's own estimator that claims to be right everywhere. */
const forced: Estimator = { ...reparameterized, applies: () => ({ applies: true, because: "forced" }) }
const datum = Dataset.of([0.7], [])
/** z ~ N(0, 1), x ~ N(f(z), ½), guided by N(m, 0.8) */
const through = (f: (z: Scalar) => tf.Tensor) =>
  model(Normal(0, 1), (z) => Normal(scalar(f(z)), 0.5)).guide(() => Normal(param("m", 0.3), 0.8))

describe("verify finds a path through a jump, and names the op", () => {
  const cases: ReadonlyArray<readonly [string, (z: tf.Tensor) => tf.Tensor, Estimator | undefined, string]> = [
    ["sigmoid(1e9·z), which the plan takes for smooth", (z) => tf.sigmoid(tf.mul(z, 1e9)), undefined, "'sigmoid'"],
    ["tanh(1/z)", (z) => tf.tanh(tf.div(1, z)), reparameterized, "'realDiv' (its denominator may be 0)"],
    ["tanh(1e7·z)", (z) => tf.tanh(tf.mul(z, 1e7)), undefined, "'tanh'"],
    ["atan2(z, −1)", (z) => tf.atan2(z, -1), forced, "'atan2'"],
    ["sign(z)", (z) => tf.sign(z), forced, "'sign'"],
    ["floor(z)", (z) => tf.floor(z), forced, "'floor'"],
    ["z mod 1", (z) => tf.mod(z, 1), forced, "'mod'"],
    ["where(z > 1, 2, −1)", (z) => tf.where(tf.greater(z, 1), 2, -1), forced, "'greater'"]
  ]
  test.each(cases)("%s", async (_, f, estimator, op) => {
    const pair = through(f)
    const estimators = estimator === undefined ? {} : { z: estimator }
    const found = await verified(pair.verify(datum, { estimators }))
    expect(found.ok).toBe(false)
    const suspect = { site: "z", op, line: expect.stringMatching(/verify\.test\.ts:\d+$/) }
    expect(found.rows.map(({ by }) => by)).toEqual(["central differences", "score function"])
    for (const row of found.rows) expect(row).toMatchObject({ parameter: "m", agrees: false, suspect })
    expect(`${found}`).toContain(`suspect ${op} at ${found.rows[0]?.suspect?.line} behind the draw of 'z'`)
  })

  test.each(cases.filter(([, , estimator]) => estimator !== undefined))(
    "%s is right as the plan has it",
    async (_, f) => {
      const found = await verified(through(f).verify(datum, { particles: 4 }))
      // no path is taken that may jump, so there is no other estimator
      expect(found.rows.map(({ by }) => by)).toEqual(["central differences"])
      expect(`${found}`).toContain("agrees")
    }
  )

  test("a straight-through gradient, which is biased", async () => {
    const pair = model(Bernoulli({ probs: 0.5 }), (z) => Normal(scalar(tf.mul(3, tf.pow(z, 3))), 0.5)).guide(() =>
      StraightThroughBernoulli(0.5, { logits: param("logits", 0.3) })
    )
    const found = await verified(pair.verify(datum))
    expect(found.rows[0]?.suspect).toMatchObject({ site: "z", op: expect.stringContaining("straight-through") })
    expect(found.rows[0]?.suspect?.line).toBeUndefined()
  })
})

const pixels = Dataset.of(
  Float32Array.from(normals(4, 120), (x) => (x > 0 ? 1 : 0)),
  [6]
) as never

const eightSchools = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    const tau = yield* sample("tau", HalfNormal(5))
    yield* plate("schools", (row: { readonly sigma: Scalar }) =>
      Effect.gen(function* () {
        const theta = yield* sample("theta", Normal(mu, tau))
        yield* observe("y", Normal(theta, row.sigma))
      })
    )
  })
).guide(() => ({
  mu: Normal(param("mu.loc", 0), param.positive("mu.scale", 1)),
  tau: LogNormal(param("tau.loc", 0), param.positive("tau.scale", 0.5)),
  schools: () => ({ theta: Normal(param.row("theta.loc", 0), param.row.positive("theta.scale", 1)) })
}))
const schools = {
  schools: {
    y: Dataset.of([28, 8, -3, 7, -1, 1, 18, 12], []),
    sigma: Dataset.of([15, 10, 16, 11, 9, 11, 10, 18], [])
  }
} as never

const mixture = program(
  Effect.gen(function* () {
    const shift = yield* sample("shift", Normal(0, 1))
    yield* plate("rows", (_row: object) =>
      Effect.gen(function* () {
        const k = yield* sample("k", Categorical({ probs: Tensor.of([3], tf.tensor([0.2, 0.3, 0.5])) }))
        yield* observe("y", Normal(scalar(tf.add(shift, tf.mul(k, 2))), 0.5))
      })
    )
  })
).guide(() => ({
  shift: Normal(param("loc", 0.2), 0.5),
  rows: () => ({ k: Categorical({ logits: param("logits", [3]) }) })
}))
const rows = { rows: { y: Dataset.of([0.1, 2.2, 4, 1.9, 0.3], []) } } as never

describe("verify passes plans that are right", () => {
  const steps = 200
  const cases: ReadonlyArray<readonly [string, () => Parameters<typeof run>[0]]> = [
    ["a VAE in minibatches", () => vae.verify(pixels, { batchSize: 8, steps })],
    [
      "a VAE with the importance weighted bound",
      () => vae.verify(pixels, { particles: 5, objective: Objective.iwae, steps })
    ],
    ["eight schools with per-row parameters", () => eightSchools.verify(schools, { steps })],
    ["eight schools in minibatches of 3", () => eightSchools.verify(schools, { batchSize: 3, particles: 2, steps })],
    ["discrete latents in a plate", () => mixture.verify(rows, { particles: 4, steps })],
    ["discrete latents with a running baseline, in minibatches", () => mixture.verify(rows, { batchSize: 2, steps })]
  ]
  test.each(cases)("%s", async (_, verify) => {
    const found = await verified(verify())
    expect(`${found}`).toMatch(/^the plan's mean gradient agrees/)
    expect(found.ok).toBe(true)
  })
})

describe("each slope is held against another estimator too, where each site that its parameter moves has one", () => {
  const by = async (effect: Parameters<typeof verified>[0]) =>
    (await verified(effect)).rows.map(({ parameter, by }) => `${parameter}: ${by}`)

  test("a path against the score function, a score function that was asked for against the path", async () => {
    const smooth = through((z) => tf.tanh(z))
    expect(await by(smooth.verify(datum, { steps: 50 }))).toEqual(["m: central differences", "m: score function"])
    expect(await by(smooth.verify(datum, { steps: 50, estimators: { z: score } }))).toEqual([
      "m: central differences",
      "m: reparameterized"
    ])
  })

  test("not a parameter of the model alone, nor one that a discrete draw depends on", async () => {
    const pair = program(
      Effect.gen(function* () {
        const w = yield* sample("w", Normal(0, 1))
        const k = yield* sample("k", Bernoulli({ probs: 0.4 }))
        yield* observe("x", Normal(scalar(tf.add(w, k)), param.positive("sigma", 1)))
      })
    ).guide(() => ({ w: Normal(param("w.loc", 0.1), 1), k: Bernoulli({ logits: param("k.logits", 0.2) }) }))
    const data = { x: Tensor.of([], tf.scalar(0.7)) } as never
    expect((await by(pair.verify(data, { steps: 100, particles: 4 }))).toSorted()).toEqual([
      "k.logits: central differences",
      "sigma: central differences",
      "w.loc: central differences",
      "w.loc: score function"
    ])
  })
})

test("alarms where there is nothing to find are as rare as the level says", async () => {
  const seeds = Array.from({ length: 24 }, (_, seed) => seed)
  const falseAlarms = new Set<number>()
  for (const seed of seeds) {
    const found = await verified(mixture.verify(rows, { seed, steps: 150, level: 0.05, batchSize: 3 }))
    if (!found.ok) falseAlarms.add(seed)
  }
  // Binomial(24, 0.05): more than 5 in one of a thousand such tests
  console.info(`${falseAlarms.size} of ${seeds.length} at level 0.05`)
  expect(falseAlarms.size).toBeLessThanOrEqual(5)
})

test("a plan whose error hides any difference is said to be no evidence", () => {
  const slope = (error: number): Omit<VerifiedSlope, "agrees" | "suspect"> => ({
    ...{ parameter: "m", along: "", by: "central differences", z: -1.1 },
    planned: { mean: -2294, error },
    independent: { mean: 1.3, error: 0.2 }
  })
  const table = (error: number) =>
    `${verification([slope(error)], { steps: 100, level: 1e-3, suspect: () => undefined })}`
  expect(table(2043)).toContain("no evidence: the plan's error is 1.0e+4 times the other's")
  expect(table(5)).not.toContain("no evidence")
})

test("a table prints, and is plain data", async () => {
  const found = await verified(through((z) => tf.sigmoid(tf.mul(z, 1e9))).verify(datum))
  expect(`${found}`.replaceAll(/at \S+verify.test.ts:\d+/g, "at FILE:LINE")).toMatchInlineSnapshot(`
    "the plan's mean gradient DIFFERS from an independent one in 2 of 2 slopes (2000 steps, |z| > 3.48)
    parameter  along  plan            independent       by                   z
    m                 0.3000 ± 0.001  -0.06800 ± 0.03   central differences  14.2  differs: suspect 'sigmoid' at FILE:LINE behind the draw of 'z'
    m                 0.3000 ± 0.001  -0.08019 ± 0.009  score function       44.3  differs: suspect 'sigmoid' at FILE:LINE behind the draw of 'z'"
  `)
  expect(JSON.parse(JSON.stringify(found))).toMatchObject({
    ok: false,
    steps: 2000,
    rows: [
      { parameter: "m", along: "", by: "central differences" },
      { parameter: "m", along: "", by: "score function" }
    ]
  })
})

describe("options", () => {
  const pair = through((z) => z)
  test("parameters are those of a fit", async () => {
    const at = (m: number) => verified(pair.verify(datum, { parameters: { m: Float32Array.of(m) } }))
    // d(−ELBO)/dm = m + (m − 0.7) / ¼
    for (const m of [0, 2]) expect((await at(m)).rows[0]?.independent.mean).toBeCloseTo(m + 4 * (m - 0.7), 0)
  })

  test("in their own space: a scale of 1.5 is 1.5", async () => {
    const scaled = program(sample("z", Normal(0, 2))).guide(() => ({ z: Normal(0, param.positive("s", 0.5)) }))
    const found = await verified(scaled.verify({}, { parameters: { s: Float32Array.of(1.5) } }))
    // KL(N(0, s²) ‖ N(0, 4)) has the derivative s²/4 − 1 by log s
    expect(found.rows[0]?.independent.mean).toBeCloseTo(1.5 ** 2 / 4 - 1, 2)
    for (const wrong of [-1, 0])
      expect((await failure(scaled.verify({}, { parameters: { s: Float32Array.of(wrong) } }))).message).toBe(
        "option 'parameters.s' is 1 numbers; expected 1 finite numbers of support 'positive'."
      )
  })

  test("the same seed gives the same table, another seed another one", async () => {
    const of = async (seed: number) => `${await verified(mixture.verify(rows, { seed, steps: 50 }))}`
    expect(await of(3)).toBe(await of(3))
    expect(await of(3)).not.toBe(await of(4))
  })

  test.each([
    [{ steps: 10 }, "option 'steps' is 10; expected at least 30, for a standard error."],
    [{ level: 0 }, "option 'level' is 0; expected a number between 0 and 1."],
    [{ particles: 0 }, "option 'particles' is 0; expected a whole number from 1."],
    [{ wrong: 1 } as object, "option 'wrong' is unknown"],
    [{ parameters: { q: Float32Array.of(1) } }, "option 'parameters.q' is 1 numbers; expected one of m."],
    [{ parameters: { m: Float32Array.of(1, 2) } }, "option 'parameters.m' is 2 numbers; expected 1 finite numbers."]
  ])("%j is refused", async (options, words) => {
    expect((await failure(pair.verify(datum, options))).message).toContain(words)
  })

  test("a loss that is not finite is said, with its term", async () => {
    const outside = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(param("m", 1e30), 0.8))
    expect(await failure(outside.verify(datum))).toMatchObject({ _tag: "NonFiniteLoss", step: 1 })
  })

  test("a program without parameters has nothing to compare", async () => {
    const fixed = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(0, 1))
    expect(`${await verified(fixed.verify(datum))}`).toBe("there are no parameters whose gradient could be wrong")
  })
})
