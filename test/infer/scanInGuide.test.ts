import type { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { exp, floor, log } from "../../src/tensor/ops/ofOne.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { normal } from "../support/closedForms.ts"
import { cpu, engines, failure, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const ys = [0.3, -0.7, 1.2, 0.4, 0.9, -0.2]
const rows = { steps: { y: Dataset.of(ys, []) } }
const quiet = { progress: false } as const

/** A local level: x' ~ N(x, 0.8), y ~ N(x', 0.5). */
const level = program(function* () {
  yield* scan("steps", { x: 0 }, function* ({ x }) {
    const next = yield* sample("x", Normal(x, 0.8))
    yield* observe("y", Normal(next, 0.5))
    return { x: next }
  })
})

/** log p(y), and the posterior as a walk: q(xₜ | xₜ₋₁) = N(aₜ xₜ₋₁ + bₜ, sₜ), by Kalman's filter and the backward information. */
const exact = () => {
  let [m, v, logEvidence] = [0, 0, 0]
  for (const y of ys) {
    const before = v + 0.64
    logEvidence += normal(y, m, Math.sqrt(before + 0.25))
    const gain = before / (before + 0.25)
    m += gain * (y - m)
    v = before * (1 - gain)
  }
  // what y from t on says of x at t: exp(−½ precision x² + shift x)
  const walk: Array<{ a: number; b: number; s: number }> = []
  let [precision, shift] = [0, 0]
  for (const y of ys.toReversed()) {
    precision += 4
    shift += 4 * y
    const all = precision + 1 / 0.64
    walk.unshift({ a: 1 / 0.64 / all, b: shift / all, s: 1 / Math.sqrt(all) })
    ;[precision, shift] = [precision / 0.64 / all, shift / 0.64 / all]
  }
  return { logEvidence, walk }
}
const { logEvidence, walk } = exact()
const first = (key: "a" | "b" | "s"): ReadonlyArray<number> => walk.map((each) => each[key])

/** The guide that holds the posterior: it walks along the sequence as the posterior does, its numbers read as fields of the rows. */
const right = {
  steps: { ...rows.steps, a: Dataset.of(first("a"), []), b: Dataset.of(first("b"), []), s: Dataset.of(first("s"), []) }
}
const withNumbers = program(function* () {
  yield* scan("steps", { x: 0 }, function* ({ x }, _: { readonly a: Scalar; readonly b: Scalar; readonly s: Scalar }) {
    const next = yield* sample("x", Normal(x, 0.8))
    yield* observe("y", Normal(next, 0.5))
    return { x: next }
  })
}).guideWith(() =>
  scan("steps", { x: 0 }, function* ({ x }, row: { readonly a: Scalar; readonly b: Scalar; readonly s: Scalar }) {
    return { x: yield* sample("x", Normal(add(mul(row.a, x), row.b), row.s)) }
  })
)

/** The same with learned numbers. */
const learned = level.guideWith(() =>
  scan("steps", { x: 0 }, function* ({ x }) {
    const loc = add(mul(param.row("a", [], 0.1), x), param.row("b", []))
    return { x: yield* sample("x", Normal(loc, param.row.positive("s", []))) }
  })
)

describe("a guide that walks along the sequence", () => {
  test.each(engines)("is the posterior, with log p(y) as its bound at each draw, on %s", async (_, engine) => {
    const fitted = await run(withNumbers.fit(right, { ...quiet, epochs: 1, particles: 3 }), engine)
    expect(await run(fitted.elbo(right, { particles: 3 }), engine)).toBeCloseTo(logEvidence, 4)
    expect(fitted.history[0]?.train).toBeCloseTo(-logEvidence, 4)
  })

  test("learns the posterior that mean field cannot hold, with its weights on earlier draws", async () => {
    const options = { ...quiet, epochs: 1500, learningRate: 0.02, seed: 1 }
    const fitted = await run(learned.fit(rows, { ...options, objective: Objective.stickingTheLanding }), onnx)
    expect(Math.abs((await run(fitted.elbo(rows, { particles: 500 }), onnx)) - logEvidence)).toBeLessThan(0.002)
    const [as, bs, ss] = [fitted.parameter("a"), fitted.parameter("b"), fitted.parameter("s")]
    walk.forEach(({ a, b, s }, t) => {
      // before the first position x is 0, so that a has no meaning there
      if (t > 0) expect(Math.abs((as[t] ?? 0) - a)).toBeLessThan(0.01)
      expect(Math.abs((bs[t] ?? 0) - b)).toBeLessThan(0.01)
      expect(Math.abs((ss[t] ?? 0) - s)).toBeLessThan(0.01)
    })
  })

  test("has the gradients that differences of the bound have", async () => {
    const verified = await run(learned.verify(rows, { steps: 60 }), onnx)
    expect(verified.ok).toBe(true)
    expect(learned.explain(rows).sites[0]).toMatchObject({ site: "x", gradient: "reparameterized", kl: "sampled" })
  })

  test("draws whole sequences from the posterior", async () => {
    const fitted = await run(withNumbers.fit(right, { ...quiet, epochs: 1 }), cpu)
    const n = 4000
    const draws = (await run(fitted.posterior(right, n), onnx)) as {
      readonly steps: Record<string, { readonly shape: ReadonlyArray<number>; readonly values: Float32Array }>
    }
    const { shape, values = new Float32Array() } = draws.steps["x"] ?? {}
    expect(shape).toEqual([n, 6])
    // the mean of each position by the recursion, and the covariance of neighbours: aₜ Var(xₜ₋₁)
    let [mean, variance] = [0, 0]
    walk.forEach(({ a, b, s }, t) => {
      const [previous, before] = [mean, variance]
      mean = a * mean + b
      variance = a * a * variance + s * s
      const at = Array.from({ length: n }, (_, i) => values[i * 6 + t] ?? 0)
      const found = at.reduce((sum, x) => sum + x, 0) / n
      expect(Math.abs(found - mean)).toBeLessThan(4 * Math.sqrt(variance / n))
      if (t === 0) return
      const product = at.map((x, i) => (x - mean) * ((values[i * 6 + t - 1] ?? 0) - previous))
      const covariance = product.reduce((sum, x) => sum + x, 0) / n
      const error = Math.sqrt(product.reduce((sum, x) => sum + (x - covariance) ** 2, 0)) / n
      expect(Math.abs(covariance - a * before)).toBeLessThan(4 * error)
    })
  })
})

describe("sites outside of a guide's recurrence", () => {
  const drifting = program(function* () {
    const drift = yield* sample("drift", Normal(0, 1))
    yield* scan("steps", { x: 0 }, function* ({ x }) {
      const next = yield* sample("x", Normal(add(x, drift), 0.8))
      yield* observe("y", Normal(next, 0.5))
      return { x: next }
    })
  })
  const walking = scan("steps", { x: 0 }, function* ({ x }) {
    return { x: yield* sample("x", Normal(add(x, param.row("b", [])), 0.5)) }
  })

  test("are drawn and summed up without data", async () => {
    const guided = drifting.guideWith(function* () {
      yield* sample("drift", Normal(param("m", 0.3), 0.2))
      yield* walking
    })
    const fitted = await run(guided.fit(rows, { ...quiet, epochs: 1, learningRate: 1e-9 }), onnx)
    const drawn = await run(fitted.sample(4000), onnx)
    expect(Object.keys(drawn)).toEqual(["drift"])
    const summary = await run(fitted.summary({ draws: 4000 }), onnx)
    expect(Math.abs((summary.sites.drift.mean[0] ?? Number.NaN) - 0.3)).toBeLessThan((4 * 0.2) / Math.sqrt(4000))
  })

  test("are not, where they depend on what it ends with", async () => {
    const guided = drifting.guideWith(function* () {
      const { x } = yield* walking
      yield* sample("drift", Normal(mul(x, 0.1), 0.2))
    })
    const fitted = await run(guided.fit(rows, { ...quiet, epochs: 1 }), onnx)
    const { message } = await failure(fitted.summary())
    expect(message).toContain("the guide reads what 'steps' ends with, which depends on its data: draw by posterior")
  })
})

describe("what a guide's recurrence cannot do is refused in words", () => {
  const positive = program(function* () {
    yield* scan("steps", { x: 1 }, function* ({ x }) {
      const next = yield* sample("x", LogNormal(log(x), 0.8))
      yield* observe("y", Normal(next, 0.5))
      return { x: next }
    })
  })

  test("a jump between its draws", async () => {
    const jumping = level.guideWith(() =>
      scan("steps", { x: 0 }, function* ({ x }) {
        return { x: yield* sample("x", Normal(mul(param("a", 0.3), floor(x)), 1)) }
      })
    )
    expect(() => jumping.explain(rows)).toThrow("'floor' in the guide's recurrence")
    const within = positive.guideWith(() =>
      scan("steps", { x: 1 }, function* ({ x }) {
        return { x: yield* sample("x", LogNormal(mul(param("a", 0.3), log(exp(x))), 1)) }
      })
    )
    expect(within.explain(rows).sites[0]).toMatchObject({ gradient: "reparameterized" })
  })

  test("a discrete site", () => {
    const discrete = program(function* () {
      yield* scan("steps", { k: 0 }, function* () {
        const k = yield* sample("k", Bernoulli({ probs: 0.5 }))
        yield* observe("y", Normal(k, 0.5))
        return { k }
      })
    }).guideWith(() =>
      scan("steps", { k: 0 }, function* () {
        return { k: yield* sample("k", Bernoulli({ probs: 0.4 })) }
      })
    )
    expect(() => discrete.explain(rows)).toThrow("guide it by a plate of that name")
  })

  test("a plate of the model", () => {
    const apart = program(function* () {
      yield* plate("steps", function* () {
        const x = yield* sample("x", Normal(0, 1))
        yield* observe("y", Normal(x, 0.5))
      })
    }).guideWith(
      () =>
        scan("steps", { x: 0 }, function* ({ x }) {
          return { x: yield* sample("x", Normal(x, 1)) }
        }) as Effect.Effect<unknown, never, never> as never
    )
    expect(() => apart.explain(rows)).toThrow("in the model it is a plate")
  })

  test("a recurrence inside of it", () => {
    const twice = level.guideWith(
      () =>
        scan("steps", { x: 0 }, function* () {
          yield* scan("inner", { x: 0 }, function* ({ x }) {
            return { x: yield* sample("x", Normal(x, 1)) }
          })
          return { x: 0 as never }
        }) as never
    )
    expect(() => twice.explain(rows)).toThrow("inside of another one")
  })
})
