import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { HiddenMarkovModel } from "../../src/dist/combine/HiddenMarkovModel.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import { logJoint } from "../../src/infer/fitted/logJoint.ts"
import { shapes } from "../../src/infer/fitted/siteShapes.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { scale } from "../../src/model/handler/scale.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { deterministic, enumerate, factor, observe, sample } from "../../src/model/Site.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import { at } from "../../src/tensor/ops/pick.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { logSumExp, normal } from "../support/closedForms.ts"
import { cpu, engines, failure, onnx, run } from "./harness.ts"
import { locs, logits, means, prior, rowsOf, step, table, ways } from "./threeStates.ts"

type Scalar = Tensor<readonly []>
const ys = [0.3, -0.7, 1.2, 0.4, 2.1]
const rows = (values: ReadonlyArray<number> = ys) => rowsOf(values)
const quiet = { progress: false } as const

/** log of the sum over all ways through the states. */
const overAllWays = (density: (states: ReadonlyArray<number>) => number, k: number, steps: number): number =>
  logSumExp(ways(k, steps).map((way) => density(way)))

const hidden = program(function* () {
  const spread = param("spread", [], 0.7)
  yield* scan("steps", { state: 3 }, function* ({ state }) {
    const next = yield* enumerate("state", Categorical({ logits: at(table(), state) }))
    yield* observe("y", Normal(at(locs(), next), spread))
    return { state: next }
  })
})
const exact = (spread: number, of: ReadonlyArray<number> = ys): number =>
  overAllWays(
    (states) => prior(states) + of.reduce((sum, y, t) => sum + normal(y, means[states[t] ?? 0] ?? 0, spread), 0),
    3,
    of.length
  )

describe("a hidden Markov model whose state a recurrence sums out", () => {
  test.each(engines)("has log p of all ways through the states, and its gradient, on %s", async (_, engine) => {
    const fitted = await run(
      hidden.guide(() => ({})).fit(rows(), { ...quiet, epochs: 1, optimizer: Optimizer.sgd(1) }),
      engine
    )
    expect(-(fitted.history[0]?.train ?? 0)).toBeCloseTo(exact(0.7), 4)
    const slope = (exact(0.7 + 1e-4) - exact(0.7 - 1e-4)) / 2e-4
    expect((fitted.parameters["spread"]?.[0] ?? 0) - 0.7).toBeCloseTo(slope, 3)
  })

  test("agrees with HiddenMarkovModel on a thousand steps, at the same size of graph", async () => {
    const T = 1000
    const long = Array.from({ length: T }, (_, t) => Math.sin(t) + Math.cos(3 * t))
    const found = await run(logJoint(hidden, rows(long), {}), onnx)
    const chain = {
      initial: Tensor.of([3], tf.tensor1d(logits[3] ?? [])),
      transition: Tensor.of([3, 3], tf.tensor2d(logits.slice(0, 3))),
      steps: T
    } as const
    const right = tf.tidy(
      () => HiddenMarkovModel(chain, Normal(locs(), 0.7)).logProb(tf.tensor1d(long)).dataSync()[0] ?? 0
    )
    expect(Math.abs(found - right) / Math.abs(right)).toBeLessThan(1e-5)
  })

  test("log p of each observation given those before it", async () => {
    const fitted = await run(hidden.guide(() => ({})).fit(rows(), { ...quiet, epochs: 1, learningRate: 1e-9 }), cpu)
    const found = (await run(fitted.logLikelihood(rows(), 1), cpu)) as unknown as {
      readonly steps: { readonly y: { readonly values: Float32Array } }
    }
    const y = [...found.steps.y.values]
    const until = ys.map((_, t) => exact(0.7, ys.slice(0, t + 1)))
    y.forEach((found, t) => void expect(found).toBeCloseTo((until[t] ?? 0) - (until[t - 1] ?? 0), 4))
    expect(y.length).toBe(5)
  })

  test("the picture and the table know the state", () => {
    expect(String(shapes(hidden))).toContain("state")
  })
})

describe("more in the body of such a recurrence", () => {
  test("two observations, a factor, two states, and parts of the carry without a state", async () => {
    const model = program(function* () {
      yield* scan("steps", { s: 0, before: 0.1 }, function* ({ s, before }, row: { readonly y: Scalar }) {
        const next = yield* enumerate("s", Bernoulli({ logits: add(mul(0.8, s), mul(0.3, before)) }))
        yield* observe("y", Normal(add(next, mul(0.4, before)), 1))
        const kind = yield* enumerate("kind", Categorical({ logits: at(table(), 3) }))
        yield* factor("penalty", mul(-0.2, mul(next, kind)))
        yield* observe("n", Poisson({ rate: add(1, add(next, kind)) as never }))
        return { s: next, before: row.y }
      })
    })
    const ns = [1, 0, 3, 2, 4]
    const data = { steps: { y: Dataset.of(ys, []), n: Dataset.of(ns, [], "natural") } }
    const coin = (z: number, logit: number): number => (z === 1 ? 0 : -logit) - Math.log1p(Math.exp(-logit))
    const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1))
    const right = overAllWays(
      (joint) =>
        joint.reduce((sum, both, t) => {
          const [s, kind] = [both % 2, Math.floor(both / 2)]
          const [previous, before] = [t === 0 ? 0 : (joint[t - 1] ?? 0) % 2, t === 0 ? 0.1 : (ys[t - 1] ?? 0)]
          const rate = 1 + s + kind
          return (
            sum +
            coin(s, 0.8 * previous + 0.3 * before) +
            step(3, kind) +
            normal(ys[t] ?? 0, s + 0.4 * before, 1) -
            0.2 * s * kind +
            (ns[t] ?? 0) * Math.log(rate) -
            rate -
            logFactorial(ns[t] ?? 0)
          )
        }, 0),
      6,
      5
    )
    expect(await run(logJoint(model, data as never, {}), onnx)).toBeCloseTo(right, 3)
  })

  test("a latent path whose dynamics switch with the state", async () => {
    const switching = program(function* () {
      const drift = yield* sample("drift", Normal(0, 1))
      yield* scan("steps", { state: 3, x: 0 }, function* ({ state, x }) {
        const next = yield* enumerate("state", Categorical({ logits: at(table(), state) }))
        const now = yield* sample("x", Normal(add(mul(drift, x), at(locs(), next)), 0.6))
        yield* observe("y", Normal(now, 0.5))
        return { state: next, x: now }
      })
    })
    const path = [0.1, -0.4, 0.9, 1.1, 1.7]
    const right =
      normal(0.8, 0, 1) +
      overAllWays(
        (states) =>
          prior(states) +
          path.reduce(
            (sum, x, t) =>
              sum +
              normal(x, 0.8 * (path[t - 1] ?? 0) + (means[states[t] ?? 0] ?? 0), 0.6) +
              normal(ys[t] ?? 0, x, 0.5),
            0
          ),
        3,
        5
      )
    const values = { drift: 0.8, steps: { x: Tensor.of([5], tf.tensor1d(path)) } }
    expect(await run(logJoint(switching, rows(), values), onnx)).toBeCloseTo(right, 3)
    const guided = switching.guide(() => ({
      drift: Normal(param("d", []), 0.3),
      steps: () => ({ x: Normal(param.row("loc", []), param.row.positive("scale", [], 0.4)) })
    }))
    expect(guided.explain(rows()).sites.map(({ site, gradient }) => [site, gradient])).toEqual([
      ["drift", "reparameterized"],
      ["x", "reparameterized"],
      ["y", undefined]
    ])
    expect((await run(guided.verify(rows([0.3, 1.2]), { steps: 30 }), onnx)).ok).toBe(true)
  })

  test("an observation that is impossible in some states, and one in all", async () => {
    const model = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const next = yield* enumerate("s", Bernoulli({ logits: mul(0.8, s) }))
        yield* observe("y", Uniform(mul(0.5, next), 1))
        return { s: next }
      })
    })
    const density = (s: number, y: number): number => (y < 0.5 * s ? Number.NEGATIVE_INFINITY : -Math.log(1 - 0.5 * s))
    const p = (s: number, before: number): number => (s === 1 ? 0 : -0.8 * before) - Math.log1p(Math.exp(-0.8 * before))
    const of = [0.3, 0.7, 0.6]
    const right = overAllWays(
      (states) => states.reduce((sum, s, t) => sum + p(s, states[t - 1] ?? 0) + density(s, of[t] ?? 0), 0),
      2,
      3
    )
    expect(await run(logJoint(model, rows(of), {}), onnx)).toBeCloseTo(right, 4)
    expect(await run(logJoint(model, rows([0.3, 2, 0.6]), {}), onnx)).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe("what cannot be summed out along a recurrence is refused in words", () => {
  const refusal = async (part: ReturnType<typeof program>) =>
    String(((await failure(part.guide(() => ({}) as never).fit(rows() as never, quiet), cpu)) as Error).message)
  const binary = (s: Scalar) => enumerate("s", Bernoulli({ logits: s }))

  test("a carry that remembers more than the last state", async () => {
    const sums = program(function* () {
      yield* scan("steps", { total: 0 }, function* ({ total }) {
        const s = yield* binary(total)
        yield* observe("y", Normal(s, 1))
        return { total: add(total, s) }
      })
    })
    expect(await refusal(sums as never)).toContain("more and more values")
  })

  test("a named value and a last carry that depend on it", async () => {
    const named = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const next = yield* binary(s)
        yield* observe("y", Normal(next, 1))
        yield* deterministic("twice", mul(2, next))
        return { s: next }
      })
    })
    expect(await refusal(named as never)).toContain("a named value")
    const last = program(function* () {
      const { s } = yield* scan("steps", { s: 0 }, function* ({ s }) {
        const next = yield* binary(s)
        yield* observe("y", Normal(next, 1))
        return { s: next }
      })
      yield* factor("end", s)
    })
    expect(await refusal(last as never)).toContain("the last 's' of the carry")
  })

  test("probabilities that are scaled, and too many values", async () => {
    const scaled = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const next = yield* scale(binary(s), 0.5)
        yield* observe("y", Normal(next, 1))
        return { s: next }
      })
    })
    expect(await refusal(scaled as never)).toContain("cannot be scaled")
    const many = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const all = yield* enumerate("all", Bernoulli({ logits: s }).iid(9) as never)
        yield* observe("y", Normal(tf.sum(all as tf.Tensor) as Scalar, 1))
        return { s }
      })
    })
    expect(await refusal(many as never)).toContain("512 values")
  })
})
