import * as tf from "@tensorflow/tfjs"
import type { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { deterministic, factor, observe, plate, sample } from "../../src/model/Site.ts"
import { square, tanh } from "../../src/tensor/ops/ofOne.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { normal } from "../support/closedForms.ts"
import { cpu, engines, failure, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const ys = [0.3, -0.7, 1.2, 0.4, 0.9, -0.2]
const rows = (values: ReadonlyArray<number> = ys) => ({ steps: { y: Dataset.of(values, []) } })
const quiet = { progress: false } as const

describe("a recurrence without latent sites", () => {
  // an autoregression: h' = tanh(a h + b y), y ~ N(a h, 1)
  const recurrent = program(function* () {
    const a = param("a", 0.4)
    const { h } = yield* scan("steps", { h: 0.1 }, function* ({ h }, row: { readonly y: Scalar }) {
      yield* observe("y", Normal(mul(a, h), 1))
      return { h: tanh(add(mul(a, h), mul(param("b", 0.2), row.y))) }
    })
    yield* factor("end", mul(-0.5, square(h)))
  }).guide(() => ({}))
  const exact = ([a = 0, b = 0]: ReadonlyArray<number>, of: ReadonlyArray<number> = ys): number => {
    let [h, loss] = [0.1, 0]
    for (const y of of) {
      loss -= normal(y, a * h, 1)
      h = Math.tanh(a * h + b * y)
    }
    return loss + 0.5 * h * h
  }
  const slope = (i: number): number => {
    const at = (by: number) => exact([0.4, 0.2].map((x, j) => (i === j ? x + by : x)))
    return (at(1e-4) - at(-1e-4)) / 2e-4
  }

  test.each(engines)("has the loss and the gradient of the loop, on %s", async (_, engine) => {
    const fitted = await run(recurrent.fit(rows(), { ...quiet, epochs: 1, optimizer: Optimizer.sgd(1) }), engine)
    expect(fitted.history[0]?.train).toBeCloseTo(exact([0.4, 0.2]), 4)
    expect(0.4 - (fitted.parameters["a"]?.[0] ?? 0)).toBeCloseTo(slope(0), 3)
    expect(0.2 - (fitted.parameters["b"]?.[0] ?? 0)).toBeCloseTo(slope(1), 3)
  })

  test("compiles at the same size for ten rows and for ten thousand", async () => {
    const long = Array.from({ length: 10_000 }, (_, i) => Math.sin(i))
    const fitted = await run(recurrent.fit(rows(long), { ...quiet, epochs: 2, learningRate: 1e-9 }), onnx)
    const right = exact([0.4, 0.2], long)
    expect(Math.abs((fitted.history[0]?.train ?? 0) - right) / right).toBeLessThan(1e-4)
  })

  test("sequences of another length are refused in words", async () => {
    const fitted = await run(recurrent.fit(rows(), { ...quiet, epochs: 1 }), cpu)
    const refused = await failure(fitted.elbo(rows([1, 2])), cpu)
    expect(refused).toMatchObject({ _tag: "DataFormat", path: "data.steps" })
  })
})

describe("a local level: x' ~ N(x, 0.8), y ~ N(x', 0.5)", () => {
  const level = program(function* () {
    yield* scan("steps", { x: 0 }, function* ({ x }) {
      const next = yield* sample("x", Normal(x, 0.8))
      yield* observe("y", Normal(next, 0.5))
      yield* deterministic("twice", mul(2, next))
      return { x: next }
    })
  })
  const guided = level.guide(() => ({
    steps: () => ({ x: Normal(param.row("loc", []), param.row.positive("scale", [])) })
  }))
  /** the precision matrix of the posterior, and its mean by Gauss–Seidel */
  const posterior = () => {
    const n = ys.length
    const [q, r] = [1 / 0.64, 1 / 0.25]
    const diagonal = ys.map((_, t) => q + r + (t < n - 1 ? q : 0))
    const mean = ys.map(() => 0)
    for (let k = 0; k < 500; k++)
      for (let t = 0; t < n; t++)
        mean[t] =
          (r * (ys[t] ?? 0) + q * ((t > 0 ? (mean[t - 1] ?? 0) : 0) + (t < n - 1 ? (mean[t + 1] ?? 0) : 0))) /
          (diagonal[t] ?? 1)
    return { mean, sd: diagonal.map((d) => 1 / Math.sqrt(d)) }
  }

  test("mean field finds the exact means, and the scales of its conditionals", async () => {
    const fitted = await run(
      guided.fit(rows(), { ...quiet, epochs: 3000, particles: 4, learningRate: 0.02, seed: 1 }),
      onnx
    )
    const { mean, sd } = posterior()
    const [loc, scale] = [fitted.parameters["loc"] ?? [], fitted.parameters["scale"] ?? []]
    mean.forEach((m, t) => void expect(Math.abs((loc[t] ?? 0) - m)).toBeLessThan(0.06))
    sd.forEach((s, t) => void expect(Math.abs((scale[t] ?? 0) - s)).toBeLessThan(0.06))
  })

  test("draws of the posterior are sequences, with what is computed from them", async () => {
    const fitted = await run(guided.fit(rows(), { ...quiet, epochs: 1 }), cpu)
    const draws = (await run(fitted.posterior(rows(), 3), cpu)) as {
      readonly steps: Record<string, { readonly shape: ReadonlyArray<number>; readonly values: Float32Array }>
    }
    expect(draws.steps["x"]?.shape).toEqual([3, 6])
    expect([...(draws.steps["twice"]?.values ?? [])]).toEqual(
      [...(draws.steps["x"]?.values ?? [])].map((x) => Math.fround(2 * x))
    )
  })

  test("log p(y) weighs whole sequences: their positions are no data on their own", async () => {
    const wide = level.guide(() => ({
      steps: () => ({ x: Normal(param.row("loc", []), param.row.positive("scale", [])) })
    }))
    // log p(y) by the recursion of Kalman's filter
    let [m, v, right] = [0, 0, 0]
    for (const y of ys) {
      const before = v + 0.64
      right += normal(y, m, Math.sqrt(before + 0.25))
      const gain = before / (before + 0.25)
      m += gain * (y - m)
      v = before * (1 - gain)
    }
    const fitted = await run(
      wide.fit(rows(), { ...quiet, epochs: 1500, particles: 4, learningRate: 0.02, seed: 1 }),
      onnx
    )
    const found = await run(fitted.logMarginal(rows(), { particles: 20_000 }), onnx)
    expect(Math.abs(found - right)).toBeLessThan(0.05)
    expect(await run(fitted.elbo(rows(), { particles: 500 }), onnx)).toBeLessThan(right - 0.1)
  })

  test("the plan sees through it: reparameterized, and the gradient is verified", async () => {
    const plan = guided.explain(rows())
    expect(plan.sites.find(({ site }) => site === "x")).toMatchObject({
      gradient: "reparameterized",
      kl: "sampled",
      plates: ["steps"]
    })
    const verified = await run(guided.verify(rows(), { steps: 400 }), onnx)
    expect(verified.ok).toBe(true)
  })

  test("a jump in its body leaves the path", () => {
    const jumping = program(function* () {
      yield* scan("steps", { x: 0 }, function* ({ x }) {
        const z = yield* sample("z", Normal(0, 1))
        const next = add(x, tf.floor(z) as Scalar)
        yield* observe("y", Normal(next, 1))
        return { x: next }
      })
    }).guide(() => ({ steps: () => ({ z: Normal(param.row("loc", []), 1) }) }))
    expect(jumping.explain(rows()).sites[0]).toMatchObject({ gradient: "score function" })
  })
})

describe("a jump in a carry", () => {
  const jumping = (read: "x" | "n") =>
    program(function* () {
      yield* scan("steps", { n: 0, x: 0 }, function* (carry) {
        const z = yield* sample("z", Normal(tf.floor(mul(0.5, carry[read])) as Scalar, 1))
        yield* observe("y", Normal(z, 1))
        return { n: add(carry.n, 1), x: z }
      })
    })
      .guide(() => ({ steps: () => ({ z: Normal(param.row("loc", []), 1) }) }))
      .explain(rows())

  test.each([
    ["its own draws reach", "x", "score function"],
    ["no draw reaches, as a counter,", "n", "reparameterized"]
  ] as const)("of a number that %s", (_, read, gradient) => {
    expect(jumping(read).sites[0]).toMatchObject({ gradient })
  })
})

describe("what a recurrence cannot do is refused in words", () => {
  const refusedBy = (
    inside: (carry: { readonly x: Scalar }) => Generator<Effect.Effect<unknown, never, never>, unknown, never>
  ) =>
    failure(
      program(scan("steps", { x: 0 }, inside as never) as never)
        .guide(() => ({}))
        .fit(rows(), quiet),
      cpu
    )
  const any = (part: unknown) => part as Effect.Effect<unknown, never, never>

  test.each([
    [
      "a plate in its body",
      any(plate("other", () => observe("y", Normal(0, 1)))),
      "a plate stands inside of a recurrence"
    ],
    [
      "another recurrence",
      any(scan("inner", { x: 0 }, (({ x }: { readonly x: Scalar }) => observe("y", Normal(x, 1))) as never)),
      "inside of another one"
    ]
  ])("%s", async (_, part, words) => {
    const refused = await refusedBy(function* ({ x }) {
      yield part
      return { x }
    })
    expect(String((refused as Error).message)).toContain(words)
  })

  test.each([
    ["nothing", undefined, "undefined"],
    ["a carry of another name", { g: tf.scalar(0) }, "{ g }"],
    ["a carry with one more", { x: tf.scalar(0), g: tf.scalar(0) }, "{ x, g }"]
  ])("a body that returns %s", async (_, carry, words) => {
    const refused = await refusedBy(function* () {
      yield any(observe("y", Normal(0, 1)))
      return carry
    })
    expect(refused).toMatchObject({ _tag: "InvalidOption", value: words })
    expect(String((refused as Error).message)).toContain("the next carry, { x }")
  })

  test("a body that is no function", () => {
    expect(() => scan("steps", { x: 0 }, undefined as never)).toThrow("the body of scan 'steps'")
  })

  test("a carry that changes its shape", async () => {
    const refused = await refusedBy(function* () {
      yield any(observe("y", Normal(0, 1)))
      return { x: tf.tensor1d([1, 2]) }
    })
    expect(refused).toMatchObject({ _tag: "ShapeMismatch" })
  })
})
