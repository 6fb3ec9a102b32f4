import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { trace } from "../../src/infer/fitted/traceProgram.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { cond, match } from "../../src/model/choice.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../src/model/Site.ts"
import { greater } from "../../src/tensor/ops/compare.ts"
import { exp, log, sqrt } from "../../src/tensor/ops/ofOne.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { nativeIsSetUp, tensorflows } from "../engine/engines.ts"
import { normal } from "../support/closedForms.ts"
import { cpu, engines, failure, onnx, run, type Source } from "./harness.ts"

type Scalar = Tensor<readonly []>
const quiet = { progress: false } as const
const number = (x: number): Scalar => Tensor.of([], tf.scalar(x))
const logSumExp = (...xs: ReadonlyArray<number>): number => Math.log(xs.reduce((sum, x) => sum + Math.exp(x), 0))
const everyEngine: ReadonlyArray<readonly [string, Source]> = [...engines, ...(nativeIsSetUp ? tensorflows : [])]

describe("a choice between tensors", () => {
  const at = (w: number) =>
    program(function* () {
      const x = param("w", w)
      const y = cond(
        greater(x, 0),
        () => add(log(x), sqrt(x)),
        () => mul(3, x)
      )
      yield* factor("y", y)
    }).guide(() => ({}))

  test.each(everyEngine)("is safe where the branch that is not taken has no slope, on %s", async (_, engine) => {
    for (const [w, value, slope] of [
      [-2, -6, 3],
      [0, 0, 3],
      [4, Math.log(4) + 2, 0.5]
    ] as const) {
      const fitted = await run(at(w).fit({} as never, { ...quiet, epochs: 1, optimizer: Optimizer.sgd(1) }), engine)
      expect(fitted.history[0]?.train).toBeCloseTo(-value, 5)
      expect((fitted.parameters["w"]?.[0] ?? Number.NaN) - w).toBeCloseTo(slope, 5)
    }
  })
})

/** x = 0.8. If k: z ~ N(0, 1), x ~ N(z, 0.5); otherwise x ~ N(3, 1). */
const x = 0.8
const spread = Math.sqrt(1.25)
const evidence = logSumExp(Math.log(0.3) + normal(x, 0, spread), Math.log(0.7) + normal(x, 3, 1))
const posterior = { k: Math.exp(Math.log(0.3) + normal(x, 0, spread) - evidence), loc: 0.8 * x, scale: Math.sqrt(0.2) }

const given = (k: Scalar) =>
  cond(
    k,
    function* () {
      const z = yield* sample("z", Normal(0, 1))
      yield* observe("near", Normal(z, 0.5), number(x))
      return { at: z }
    },
    function* () {
      yield* observe("far", Normal(3, 1), number(x))
      return { at: 3 }
    }
  )
const summed = program(function* () {
  const { at } = yield* given(yield* enumerate("k", Bernoulli({ probs: 0.3 })))
  return at
})
const drawn = program(function* () {
  const { at } = yield* given(yield* sample("k", Bernoulli({ probs: 0.3 })))
  yield* deterministic("at", at)
})
const z = (loc = posterior.loc, scale = posterior.scale) => Normal(param("loc", loc), param.positive("scale", scale))
const still = { ...quiet, epochs: 1, optimizer: Optimizer.sgd(0) } as const

describe("a choice between parts with sites", () => {
  test.each(everyEngine)(
    "gives log p(x) under the exact posterior, summed over the choice, on %s",
    async (_, engine) => {
      const guided = summed.guide(() => ({ z: z() }))
      for (const objective of [Objective.elbo, Objective.iwae]) {
        const fitted = await run(guided.fit({} as never, { ...still, objective, particles: 3, seed: 5 }), engine)
        expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(evidence, 4)
      }
    }
  )

  test("and with the choice drawn from the guide, under each estimator of its gradient", async () => {
    const guided = drawn.guide(() => ({ k: Bernoulli({ probs: param.unit("k", posterior.k) }), z: z() }))
    for (const estimators of [{}, { k: score }]) {
      const fitted = await run(
        guided.fit({} as never, { ...still, objective: Objective.iwae, estimators, particles: 4, seed: 7 }),
        onnx
      )
      expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(evidence, 4)
    }
  })

  test("has the gradient of the bound in closed form, under each estimator", async () => {
    const bound = ([logit = 0, loc = 0, log = 0]: ReadonlyArray<number>): number => {
      const [q, s] = [1 / (1 + Math.exp(-logit)), Math.exp(log)]
      const near = -0.5 * Math.log(2 * Math.PI * 0.25) - ((x - loc) ** 2 + s * s) / 0.5
      const kl = 0.5 * (s * s + loc * loc - 1) - log
      return (
        q * (Math.log(0.3) - Math.log(q) + near - kl) + (1 - q) * (Math.log(0.7) - Math.log(1 - q) + normal(x, 3, 1))
      )
    }
    const at = [Math.log(0.4 / 0.6), -0.3, Math.log(0.8)]
    const guided = drawn.guide(() => ({ k: Bernoulli({ probs: param.unit("k", 0.4) }), z: z(-0.3, 0.8) }))
    const options = { ...quiet, epochs: 1, optimizer: Optimizer.sgd(1), particles: 20_000, seed: 3 }
    for (const estimators of [{}, { k: score }, { z: score }, { k: score, z: score }]) {
      const fitted = await run(guided.fit({} as never, { ...options, estimators }), onnx)
      const { k, loc, scale } = fitted.parameters
      const after = [Math.log((k?.[0] ?? 0) / (1 - (k?.[0] ?? 0))), loc?.[0] ?? 0, Math.log(scale?.[0] ?? 0)]
      at.forEach((from, i) => {
        const by = (step: number) => bound(at.map((other, j) => (i === j ? other + step : other)))
        expect(Math.abs((after[i] ?? 0) - from - (by(1e-4) - by(-1e-4)) / 2e-4)).toBeLessThan(0.06)
      })
      expect(Math.abs(-(fitted.history[0]?.train ?? 0) - bound(at))).toBeLessThan(0.06)
    }
  })

  test("has gradients that agree with differences of the bound, with the choice summed out", async () => {
    const guided = summed.guide(() => ({ z: z(-0.3, 0.8) }))
    for (const estimators of [{}, { z: score }]) {
      const found = await run(guided.verify({} as never, { estimators, steps: 300, particles: 4 }), onnx)
      expect(found.ok, String(found)).toBe(true)
    }
  })

  test("finds the exact posterior", async () => {
    const guided = drawn.guide(() => ({ k: Bernoulli({ probs: param.unit("k", 0.5) }), z: z(0, 1) }))
    const fitted = await run(
      guided.fit({} as never, { ...quiet, epochs: 1500, particles: 8, learningRate: 0.02, seed: 1 }),
      onnx
    )
    expect(Math.abs((fitted.parameter("k")[0] ?? 0) - posterior.k)).toBeLessThan(0.01)
    expect(Math.abs((fitted.parameter("loc")[0] ?? 0) - posterior.loc)).toBeLessThan(0.05)
    expect(Math.abs((fitted.parameter("scale")[0] ?? 0) - posterior.scale)).toBeLessThan(0.05)
  })
})

describe("branches", () => {
  test("that are not taken may have any parameters: no NaN leaves them", async () => {
    const guided = program(function* () {
      const w = param("w", -2)
      yield* cond(
        greater(w, 0),
        function* () {
          const u = yield* sample("u", Normal(log(w), sqrt(w)))
          yield* observe("a", Normal(u, log(w)), number(1))
        },
        () => observe("b", Normal(w, 1), number(1))
      )
    }).guide(() => ({ u: Normal(param("u.loc", 0.3), 1) }))
    const fitted = await run(guided.fit({} as never, { ...quiet, epochs: 1, optimizer: Optimizer.sgd(1) }), onnx)
    expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(normal(1, -2, 1), 4)
    expect(fitted.parameters["w"]?.[0]).toBeCloseTo(1, 4)
    expect(fitted.parameters["u.loc"]?.[0]).toBeCloseTo(0.3, 5)
  })

  test("stand in plates, in each other and in sums, by a number among several", async () => {
    const at = [0.3, 2.2, -1]
    const guided = program(function* () {
      yield* plate("rows", function* (row: { readonly y: Scalar; readonly on: Scalar }) {
        const k = yield* enumerate("k", Categorical({ probs: Tensor.of([3], tf.tensor1d([0.2, 0.3, 0.5])) }))
        const mean = yield* match(k, [
          function* () {
            return yield* cond(
              row.on,
              function* () {
                const j = yield* enumerate("j", Bernoulli({ probs: 0.4 }))
                return j
              },
              function* () {
                yield* factor("f", number(-1))
                return number(5)
              }
            )
          },
          () => Effect.succeed(number(2)),
          () => Effect.succeed(number(-1))
        ])
        yield* observe("x", Normal(mean, 1), row.y)
      })
    }).guide(() => ({}))
    const on = [1, 0, 1]
    const fitted = await run(
      guided.fit({ rows: { y: Dataset.of(at, []), on: Dataset.of(on, []) } } as never, still as never),
      onnx
    )
    const exact = at.map((y, i) =>
      logSumExp(
        Math.log(0.2) +
          (on[i] === 1
            ? logSumExp(Math.log(0.6) + normal(y, 0, 1), Math.log(0.4) + normal(y, 1, 1))
            : normal(y, 5, 1) - 1),
        Math.log(0.3) + normal(y, 2, 1),
        Math.log(0.5) + normal(y, -1, 1)
      )
    )
    expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(
      exact.reduce((a, b) => a + b),
      4
    )
  })

  test("stand in recurrences, position by position", async () => {
    const [ys, on] = [
      [0.8, 0.8, -0.4],
      [1, 0, 1]
    ]
    const guided = program(function* () {
      yield* scan("steps", { before: 0 }, function* ({ before }, row: { readonly y: Scalar; readonly on: Scalar }) {
        const next = yield* cond(
          row.on,
          function* () {
            const z = yield* sample("z", Normal(0, 1))
            yield* observe("near", Normal(z, 0.5), row.y)
            return number(1)
          },
          function* () {
            yield* observe("far", Normal(3, 1), row.y)
            return add(before, 1)
          }
        )
        return { before: next }
      })
    }).guide(
      () =>
        ({
          steps: (row: { readonly y: Scalar }) => ({ z: Normal(mul(0.8, row.y), Math.sqrt(0.2)) })
        }) as never
    )
    const fitted = await run(
      guided.fit({ steps: { y: Dataset.of(ys, []), on: Dataset.of(on, []) } } as never, still as never),
      onnx
    )
    const exact = ys.reduce((sum, y, i) => sum + (on[i] === 1 ? normal(y, 0, spread) : normal(y, 3, 1)), 0)
    expect(-(fitted.history[0]?.train ?? Number.NaN)).toBeCloseTo(exact, 4)
  })

  test("run alone if the choice is by a number", () => {
    tf.setBackend("cpu")
    const run = trace(drawn, {} as never, { seed: 2 })
    const k = run.sites.find(({ name }) => name === "k")?.value.dataSync()[0]
    expect(run.sites.map(({ name }) => name)).toEqual(k === 1 ? ["k", "z", "near", "at"] : ["k", "far", "at"])
    expect([-5, 0, 1, 2, 9].map((i) => match(number(i), [() => 10, () => 20, () => 30]).dataSync()[0])).toEqual([
      10, 10, 20, 30, 30
    ])
    expect(
      cond(
        number(0),
        () => ({ a: 1 }),
        () => ({ a: number(2) })
      ).a.dataSync()[0]
    ).toBe(2)
  })
})

describe("words for what cannot be", () => {
  const refused = (body: () => Generator<never, unknown, never>) =>
    failure(
      program(body as never)
        .guide((() => ({})) as never)
        .fit({} as never, still as never) as never,
      cpu
    )

  test.each([
    ["an if on a value", () => (param("w", 1).dataSync()[0] === 1 ? param("a", 1) : 2), { _tag: "TracedRead" }],
    [
      "a predicate of several numbers",
      () =>
        cond(
          param("w", [2]) as never,
          () => 1,
          () => 2
        ),
      { _tag: "ShapeMismatch" }
    ],
    [
      "results of other shapes",
      () =>
        cond(
          param("w", 1),
          () => param("v", [2]),
          () => 2 as never
        ),
      { _tag: "ShapeMismatch" }
    ],
    [
      "results of other kinds",
      () =>
        cond(
          param("w", 1),
          () => ({ a: 1 }),
          () => 2 as never
        ),
      { _tag: "InvalidOption" }
    ],
    ["one branch of match", () => match(param("w", 1), [() => 1]), { _tag: "InvalidOption" }],
    [
      "a value that leaves its branch by a side door",
      () => {
        let kept: Scalar | undefined
        cond(
          param("w", 1),
          () => {
            kept = exp(param("w", 1))
            return kept
          },
          () => 2 as never
        )
        return mul(2, kept as Scalar)
      },
      { _tag: "UnsupportedKernel", kernel: "cond" }
    ]
  ])("%s", async (_, value, words) => {
    const found = await refused(function* () {
      yield* factor("f", value() as Scalar)
    } as never)
    expect(found).toMatchObject(words)
    if (words._tag === "TracedRead") expect(String((found as Error).message)).toContain("cond")
  })

  test("a site in a branch of a guide", async () => {
    const guided = drawn.guideWith((() =>
      Effect.gen(function* () {
        const k = yield* sample("k", Bernoulli({ probs: 0.5 }))
        yield* cond(
          k,
          () => sample("z", Normal(0, 1)),
          () => sample("z", Normal(1, 1))
        )
      })) as never)
    expect(await failure(guided.fit({} as never, still) as never, cpu)).toMatchObject({
      _tag: "GuideMismatch",
      site: "z"
    })
  })
})
