import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DataFormat, GuideMismatch } from "../../src/Errors.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { engines as all } from "../engine/engines.ts"
import { cpu, failure, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const local = program(
  plate("rows", (_row: object) =>
    Effect.gen(function* () {
      const z = yield* sample("z", Normal(0, 10))
      const s = yield* sample("s", HalfNormal(1))
      yield* observe("y", Normal(z, 0.1))
      yield* observe("w", Normal(s, 0.1))
    })
  )
)
const own = local.guide(() => ({
  rows: () => ({
    z: Normal(param.row("loc", 0), param.row.positive("scale", 0.5)),
    s: LogNormal(param.row("s.loc", 0), param.row.positive("s.scale", 0.2))
  })
}))
const shared = local.guide(() => ({
  rows: () => ({
    z: Normal(param("loc", 0), param.positive("scale", 0.5)),
    s: LogNormal(param("s.loc", 0), param.positive("s.scale", 0.2))
  })
}))
const y = [-3, 3, 0.5, 1.5, -0.25, 2, -1]
const data = { rows: { y: Dataset.of(y, []), w: Dataset.of(y.map(Math.abs), []) } }

describe("a local guide with numbers of its own for each row", () => {
  test.each([3, 7])("finds each row's posterior, with minibatches of %d among seven rows", async (batchSize) => {
    const options = {
      epochs: batchSize === 7 ? 1500 : 600,
      batchSize,
      learningRate: 0.02,
      seed: 1,
      progress: false
    } as const
    const { parameters } = await run(own.fit(data, options), onnx)
    expect(parameters["loc"]).toHaveLength(7)
    // the posterior of z is N(y·100/(100 + 0.01), …): within a twentieth of a standard deviation of 0.1 times ten
    for (const [i, value] of y.entries()) expect(Math.abs((parameters["loc"]?.[i] ?? 0) - value)).toBeLessThan(0.05)
    for (const [i, value] of y.entries())
      if (Math.abs(value) > 0.4)
        expect(Math.abs(Math.exp(parameters["s.loc"]?.[i] ?? 0) - Math.abs(value))).toBeLessThan(0.1)
  })

  test.each(all)("after five minibatch updates every engine agrees with the eager one: %s", async (_, engine) => {
    const options = { epochs: 5, batchSize: 3, learningRate: 0.05, seed: 4, progress: false } as const
    const here = await run(own.fit(data, options), engine as never)
    const there = await run(own.fit(data, options), cpu)
    for (const name of ["loc", "scale", "s.loc", "s.scale"])
      for (const [i, value] of (there.parameters[name] ?? []).entries())
        expect(Math.abs((here.parameters[name]?.[i] ?? Number.NaN) - value)).toBeLessThan(2e-5)
  })

  test("draws of local sites come for each row of the data", async () => {
    const fitted = await run(own.fit(data, { epochs: 600, learningRate: 0.02, progress: false }), onnx)
    const { rows } = await run(fitted.posterior(data, 400), onnx)
    expect(rows.z.shape).toEqual([400, 7])
    for (const [i, value] of y.entries()) {
      const draws = Array.from({ length: 400 }, (_, n) => rows.z.values[n * 7 + i] ?? 0)
      const mean = draws.reduce((sum, x) => sum + x / 400, 0)
      expect(Math.abs(mean - value)).toBeLessThan(0.2)
    }
  })

  test("belongs to the rows that were fitted: other data are refused", async () => {
    const fitted = await run(own.fit(data, { epochs: 1, progress: false }), cpu)
    const other = { rows: { y: Dataset.of([1, 2], []), w: Dataset.of([1, 2], []) } }
    const error = await failure(fitted.elbo(other))
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain(
      "'loc' has a value for each of the 7 rows of 'rows' that were fitted, but there are 2"
    )
  })

  test("is refused outside of a plate", () => {
    const outside = program(sample("w", Normal(0, 1))).guide(() => ({ w: Normal(param.row("loc", 0), 1) }))
    expect(() => outside.explain({})).toThrow(GuideMismatch)
    expect(() => outside.explain({})).toThrow("a per-row parameter stands inside of a plate")
  })
})

test("a plan says where one parameter serves all rows, and does not where the guide reads its row or has its own numbers", () => {
  const because = (guided: {
    readonly explain: (of: typeof data) => { readonly sites: ReadonlyArray<{ readonly because: string }> }
  }) => guided.explain(data).sites[0]?.because
  expect(because(shared)).toContain("one parameter serves all rows of 'rows'")
  expect(because(own)).not.toContain("serves all rows")
  const amortised = local.guide(() => ({
    rows: (row: { readonly y: Scalar; readonly w: Scalar }) => ({ z: Normal(row.y, 1), s: LogNormal(row.w, 1) })
  }))
  expect(because(amortised)).not.toContain("serves all rows")
  const coin = (logits: (row: { readonly y: Scalar }) => Scalar) =>
    program(
      plate("rows", (_: { readonly w: Scalar }) =>
        Effect.flatMap(sample("b", Bernoulli({ probs: 0.5 })), (b) => observe("y", Normal(b, 1)))
      )
    ).guide(() => ({ rows: (row) => ({ b: Bernoulli({ logits: logits(row) }) }) }))
  expect(because(coin((row) => row.y))).not.toContain("serves all rows")
  expect(because(coin(() => param("logit", 0)))).toContain("one parameter serves all rows of 'rows'")
})
