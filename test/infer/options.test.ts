import type { Effect } from "effect"
import { beforeAll, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { type FitError, InvalidOption } from "../../src/Errors.ts"
import type { Engine } from "../../src/engine/Engine.ts"
import { model } from "../../src/infer/program/model.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { cpu, failure, run, watched } from "./harness.ts"

const data = Dataset.of([1, 2, 3], [])
const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("s", 1)))
type Asked = Effect.Effect<unknown, FitError, Engine>

let methods: Readonly<Record<string, (options: never) => Asked>> = {}
beforeAll(async () => {
  const fitted = await run(plain.fit(data, { epochs: 1, progress: false }), cpu)
  methods = {
    elbo: (options) => fitted.elbo(data, options),
    elboParts: (options) => fitted.elboParts(data, options),
    logMarginal: (options) => fitted.logMarginal(data, options),
    sample: (options) => fitted.sample(2, options),
    posterior: (options) => fitted.posterior(data, 2, options),
    generate: (options) => fitted.generate(2, options)
  }
})
const estimates = ["elbo", "elboParts", "logMarginal"]
const all = [...estimates, "sample", "posterior", "generate"]

describe("options of what is asked of a fitted value are checked before any work", () => {
  const wrong: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
    ["seed", { seed: -1 }, all],
    ["seed", { seed: 1.5 }, all],
    ["seed", { seed: Number.NaN }, all],
    ["seed", { seed: "1" }, all],
    ["seed", { seed: null }, all],
    ["seeds", { seeds: 1 }, all],
    ["options", null, all],
    ["options", 3, all],
    ["options", [1], all],
    ["particles", { particles: 0 }, estimates],
    ["particles", { particles: 2 ** 60 }, estimates],
    ["particles", { particles: "many" }, estimates],
    ["particles", { particles: 3 }, ["sample", "posterior", "generate"]]
  ]
  test.each(wrong)("%s: %j", async (option, options, names) => {
    for (const name of names) {
      const { engine, sessions } = watched(cpu)
      const error = await failure((methods[name] as (options: unknown) => Asked)(options), engine)
      expect(error, name).toBeInstanceOf(InvalidOption)
      expect(error, name).toMatchObject({ option })
      expect(sessions).toHaveLength(0)
    }
  })

  test("undefined is as not given", async () => {
    for (const [name, ask] of Object.entries(methods)) await run(ask(undefined as never), cpu).then(() => name)
    await run(methods["elbo"]?.({ seed: undefined, particles: undefined } as never) as Asked, cpu)
  })
})

describe("the numbers of optimizers and schedules", () => {
  test.each([
    ["learningRate", () => Optimizer.adam(Number.NaN)],
    ["learningRate", () => Optimizer.adam(-1)],
    ["learningRate", () => Optimizer.sgd(Number.POSITIVE_INFINITY)],
    ["learningRate", () => Optimizer.sgd("fast" as never)],
    ["epsilon", () => Optimizer.adam(1e-3, { epsilon: -1e-8 })],
    ["epsilon", () => Optimizer.adam(1e-3, { epsilon: Number.NaN })],
    ["beta1", () => Optimizer.adam(1e-3, { beta1: Number.NaN })],
    ["momentum", () => Optimizer.sgd(1e-3, { momentum: -0.1 })],
    ["rate", () => Schedule.cosine(Number.NaN)],
    ["final", () => Schedule.cosine(1e-3, -1)],
    ["decay", () => Schedule.exponential(1e-3, Number.NaN, 10)],
    ["every", () => Schedule.exponential(1e-3, 0.9, 0)]
  ])("are refused where they stand: %s", (option, make) => {
    expect(make).toThrow(InvalidOption)
    expect(make).toThrow(`option '${option}' is`)
  })
})
