import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Delta } from "../../src/dist/Delta.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { ImproperUniform } from "../../src/dist/ImproperUniform.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { Improper } from "../../src/Errors.ts"
import { report } from "../../src/infer/fit/progress.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "./harness.ts"

type Scalar = Tensor<readonly []>

const waits = [0.3, 1.7, 0.2, 0.9, 0.4, 2.1, 0.05]
const [n, sum] = [waits.length, waits.reduce((a, b) => a + b, 0)]
const data = { rows: { x: Dataset.of(waits, []) } } as never
const settings = {
  epochs: 400,
  batchSize: 7,
  optimizer: Optimizer.adam(Schedule.cosine(0.05)),
  progress: false
} as const
const likelihood = (rate: Scalar) => plate("rows", (_row: { readonly x: Scalar }) => observe("x", Exponential(rate)))

describe("a guide that is a point", () => {
  const posteriorBy = (rate: () => Dist) =>
    program(
      Effect.gen(function* () {
        yield* likelihood(yield* sample("rate", Exponential(2)))
      })
    ).guide(() => ({ rate: rate() }) as never)
  const posterior = posteriorBy(() => Delta(param.positive("rate", 1), "positive"))

  test("is fitted to the mode of the exact posterior, and its bound is log p(data, mode)", async () => {
    const fitted = await run(posterior.fit(data, settings), cpu)
    // the posterior is a gamma distribution of concentration 1 + n and rate 2 + Σx
    const mode = n / (2 + sum)
    const found = fitted.parameter("rate")[0] ?? Number.NaN
    // Adam's last steps are of size 1e-4
    expect(Math.abs(found / mode - 1)).toBeLessThan(2e-3)
    const joint = Math.log(2) + n * Math.log(mode) - (2 + sum) * mode
    expect(await run(fitted.elbo(data), cpu)).toBeCloseTo(joint, 4)
  })

  test("has a plan with a path and a cross-entropy in closed form", () => {
    const [site] = posterior.explain(data).sites
    expect(site).toMatchObject({ site: "rate", gradient: "reparameterized", kl: "analytic", guide: "Delta []" })
  })

  test("is said to make no bound on log p(x): in the plan, each epoch of the history, and the report", async () => {
    const why =
      "'rate' is Delta, a point: its entropy counts as 0, so the objective is log p(data, value), as of a maximum a posteriori estimate"
    expect(posterior.explain(data).noBound).toEqual([why])
    expect(`${posterior.explain(data)}`).toContain(`no bound on log p(x): ${why}\n`)
    let printed = ""
    const tell = report({ isTTY: true, write: (text) => void (printed += text) })
    const fitted = await run(posterior.fit(data, { ...settings, epochs: 2, progress: tell }), cpu)
    expect(fitted.history.map(({ noBound }) => noBound)).toEqual([[why], [why]])
    expect(printed).toMatch(/epoch 2 {2}train \S+ a row {2}no bound on log p\(x\)/)
    expect(printed).not.toContain("ELBO")
  })

  test("also when it is transformed; a guide with a density makes a bound", () => {
    const of = (make: () => Dist) => posteriorBy(make).explain(data).noBound
    expect(of(() => Transformed(Delta(param("rate", 0)), Transform.exp) as Dist)).toHaveLength(1)
    expect(of(() => LogNormal(param("rate", 0), 1) as Dist)).toEqual([])
  })
})

describe("an improper prior", () => {
  const flat = program(
    Effect.gen(function* () {
      yield* likelihood(yield* sample("rate", ImproperUniform("positive", [])))
    })
  )

  test("leaves a point guide to the likelihood: it is fitted to the most likely value", async () => {
    const fitted = await run(
      flat.guide(() => ({ rate: Delta(param.positive("rate", 1), "positive") })).fit(data, settings),
      cpu
    )
    expect(fitted.explain().noBound).toEqual([
      expect.stringContaining("'rate' is Delta"),
      "'rate' is ImproperUniform, improper: it does not integrate to 1, so the objective is a bound up to a constant"
    ])
    expect(Math.abs(((fitted.parameter("rate")[0] ?? Number.NaN) * sum) / n - 1)).toBeLessThan(2e-3)
  })

  test("cannot be a guide: the fit fails with the typed error that says so", async () => {
    const wrong = program(
      Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, 1))
        yield* plate("rows", (_row: { readonly x: Scalar }) => observe("x", Normal(mu, 1)))
      })
    ).guide(() => ({ mu: ImproperUniform("real", []) }))
    expect(await failure(wrong.fit(data, settings))).toBeInstanceOf(Improper)
  })
})
