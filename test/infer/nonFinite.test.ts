import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import type { NonFiniteLoss } from "../../src/Errors.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, failure, normals, watched } from "./harness.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)
const quiet = { progress: false, epochs: 3 } as const
const rows = (n: number) => ({ rows: { y: Dataset.of(normals(2, n), []) } }) as never

/** sqrt(|b − b|) has the value 0 and the slope 0·∞ by b, in the likelihood of y alone; a, b and their KL are sound. */
const root = program(
  Effect.gen(function* () {
    yield* sample("a", Normal(0, 1))
    const b = yield* sample("b", Normal(0, 1))
    yield* plate("rows", (_row: { readonly y: Scalar }) =>
      observe("y", Normal(scalar(tf.add(b, tf.sqrt(tf.mul(b, 0)))), 1))
    )
  })
).guide(() => ({
  a: Normal(param("a.loc", 0.5), param.positive("a.scale", 1)),
  b: Normal(param("b.loc", 0.5), param.positive("b.scale", 1))
}))

describe.each(engines)("a gradient that is not finite is put down to its own term: %s", (_, source) => {
  test("a square root at 0 in the likelihood of y, not the KL of b", async () => {
    const error = await failure(root.fit(rows(6), { ...quiet, batchSize: 2 }), source)
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient", step: 1, epoch: 1, site: "y" })
    expect(error).toMatchObject({ term: "−log p(y)", parameter: "b.loc" })
    expect(error.message).toContain("the gradient of −log p(y) at site 'y' is not")
    expect((error as NonFiniteLoss).parameters["b.loc"]).toEqual(Float32Array.of(0.5))
  })

  test("also where it breaks after some steps, in the middle of a call, in the last step of a fit", async () => {
    // the parameter falls by 0.25 a step, from 1 to 0 after four of them: there the fifth has the slope of a square root at 0
    const falling: Optimizer = {
      name: "falling",
      slots: [],
      scalars: () => ({}),
      update: (parameter, gradient) => ({ parameter: tf.sub(parameter, tf.add(0.25, tf.mul(0, gradient))), slots: [] })
    }
    const late = program(
      Effect.gen(function* () {
        const b = yield* sample("b", Normal(0, 1))
        yield* plate("rows", (_row: { readonly y: Scalar }) =>
          observe("y", Normal(scalar(tf.add(b, tf.sqrt(tf.relu(param("c", 1))))), 1))
        )
      })
    ).guide(() => ({ b: Normal(0, 1) }))
    const { engine, sessions } = watched(source)
    const options = { ...quiet, epochs: 5, optimizer: falling }
    const error = await failure(late.fit(rows(4), options), engine)
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient", step: 5, site: "y", parameter: "c" })
    expect((error as NonFiniteLoss).parameters).toEqual({ c: Float32Array.of(0) })
    expect(sessions.every(({ open }) => !open)).toBe(true)
    // with steps to come the loss of the sixth is NaN, and the fifth is named all the same
    expect(await failure(late.fit(rows(4), { ...options, epochs: 60 }), source)).toMatchObject({
      of: "gradient",
      step: 5,
      site: "y"
    })
  })

  test("a score function whose density has no slope", async () => {
    const probs = (): Scalar => scalar(tf.add(0.5, tf.sqrt(tf.mul(param("q", 0.5), 0))))
    const coin = program(
      Effect.gen(function* () {
        const b = yield* sample("b", Bernoulli({ probs: 0.3 }))
        yield* plate("rows", (_row: { readonly y: Scalar }) => observe("y", Normal(scalar(tf.mul(2, b)), 0.5)))
      })
    ).guide(() => ({ b: Bernoulli({ probs: probs() }) }))
    const error = await failure(coin.fit(rows(4), { ...quiet, estimators: { b: score } }), source)
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient", step: 1, site: "b", parameter: "q" })
  })

  test("among many sites, the one", async () => {
    const many = program(
      Effect.gen(function* () {
        for (let i = 0; i < 12; i++) {
          const z = yield* sample(`z${i}`, Normal(0, 1))
          const bent = i === 7 ? scalar(tf.sqrt(tf.mul(z, 0))) : z
          yield* observe(`x${i}`, Normal(bent, 1))
        }
      })
    ).guide(
      () => Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`z${i}`, Normal(param(`m${i}`, 0.1), 1)])) as never
    )
    const data = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x${i}`, tf.scalar(i / 10)]))
    const error = await failure(many.fit(data as never, quiet), source)
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient", site: "x7", parameter: "m7" })
  })

  test("with values for each row, of which a step reads some", async () => {
    // the slope is infinite at row 5 alone, where y is 0
    const local = program(
      plate("rows", (row: { readonly y: Scalar; readonly w: Scalar }) =>
        Effect.gen(function* () {
          const z = yield* sample("z", Normal(0, 1))
          yield* observe("y", Normal(scalar(tf.mul(z, tf.sqrt(tf.mul(param.row("m", 1), row.w)))), 1))
        })
      )
    ).guide(() => ({ rows: () => ({ z: Normal(0.5, 1) }) }))
    const w = Float32Array.from({ length: 9 }, (_, i) => (i === 5 ? 0 : 1))
    const data = { rows: { y: Dataset.of(normals(2, 9), []), w: Dataset.of(w, []) } } as never
    for (const batchSize of [2, 9]) {
      const error = await failure(local.fit(data, { ...quiet, batchSize, epochs: 1 }), source)
      expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient", site: "y", parameter: "m" })
    }
  })
})

describe("a fit that is stopped", () => {
  test("in the middle of an epoch with NaN parameters is no success", async () => {
    const abort = new AbortController()
    const options = { ...quiet, batchSize: 1, signal: abort.signal, progress: () => abort.abort() }
    expect(await failure(root.fit(rows(40), options), cpu)).toMatchObject({ _tag: "NonFiniteLoss", of: "gradient" })
  })
})

describe("a schedule", () => {
  const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("s", 1)))
  const data = Dataset.of(normals(3, 10), [])
  test.each([
    ["NaN in the middle", (step: number) => (step === 7 ? Number.NaN : 0.01), "'rate' NaN at step 8 of 30"],
    [
      "infinite at the end",
      (step: number, steps: number) => 1 / (steps - 1 - step),
      "'rate' Infinity at step 30 of 30"
    ],
    ["too large for 32 bits", () => 1e39, "'rate' Infinity at step 1 of 30"],
    ["no number", () => "fast" as never, "'rate' NaN at step 1 of 30"]
  ] as const)("that is %s is refused before the first step, by its own name", async (_, schedule, words) => {
    let heard = 0
    const options: FitOptions = { epochs: 15, batchSize: 5, progress: () => heard++ }
    for (const optimizer of [Optimizer.adam(schedule), Optimizer.sgd(schedule)]) {
      const error = await failure(plain.fit(data, { ...options, optimizer }))
      expect(error).toMatchObject({ _tag: "InvalidOption", option: "optimizer" })
      expect(error.message).toContain(words)
    }
    expect(heard).toBe(0)
  })

  test("that becomes NaN where it was not looked at before is named when its turn comes", async () => {
    let asked = 0
    const changing = Optimizer.sgd(() => (++asked > 80 ? Number.NaN : 1e-3))
    const error = await failure(plain.fit(data, { ...quiet, epochs: 60, optimizer: changing }))
    expect(error).toMatchObject({ _tag: "NonFiniteLoss", of: "schedule", term: "the number 'rate' of SGD" })
    expect((error as NonFiniteLoss).fitted?.parameters["s"]?.every(Number.isFinite)).toBe(true)
  })
})
