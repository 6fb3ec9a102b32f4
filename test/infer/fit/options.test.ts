import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"
import { cpu, failure, run } from "../harness.ts"

const data = Dataset.of([0.7, 0.2], [])
const pair = model(Normal(0, 1), (z) => Normal(z, 0.5)).guide(() => Normal(param("m", 0.3), 0.8))
const fitted = run(pair.fit(data, { epochs: 1, progress: false }), cpu)
/** As plain JavaScript calls it. */
const loose = (method: unknown, ...args: ReadonlyArray<unknown>): never =>
  (method as (...args: ReadonlyArray<unknown>) => never)(...args)

describe("each method knows its own options alone", () => {
  const evaluation = "expected one of particles, seed."
  const draws = "expected one of seed."
  const cases: ReadonlyArray<readonly [string, () => Promise<{ readonly message: string }>, string]> = [
    ["fit", () => failure(loose(pair.fit, data, { stepz: 1 })), "expected one of epochs, batchSize,"],
    [
      "verify",
      () => failure(loose(pair.verify, data, { stepz: 1 })),
      "expected one of parameters, steps, level, batchSize, particles, seed, estimators, objective."
    ],
    [
      "verify, given an option of fit",
      () => failure(loose(pair.verify, data, { epochs: 1 })),
      "parameters, steps, level"
    ],
    ["elbo", async () => failure(loose((await fitted).elbo, data, { stepz: 1 })), evaluation],
    ["elboParts", async () => failure(loose((await fitted).elboParts, data, { stepz: 1 })), evaluation],
    ["logMarginal", async () => failure(loose((await fitted).logMarginal, data, { stepz: 1 })), evaluation],
    ["sample", async () => failure(loose((await fitted).sample, 2, { stepz: 1 })), draws],
    ["posterior", async () => failure(loose((await fitted).posterior, data, 2, { stepz: 1 })), draws],
    ["generate", async () => failure(loose((await fitted).generate, 2, { stepz: 1 })), "one of seed, give"],
    ["logLikelihood", async () => failure(loose((await fitted).logLikelihood, data, 2, { stepz: 1 })), draws]
  ]
  test.each(cases)("%s", async (name, fail, words) => {
    const { message } = await fail()
    expect(message).toContain(name.includes("given") ? "option 'epochs' is unknown" : "option 'stepz' is unknown")
    expect(message).toContain(words)
  })

  test("explain", () => {
    expect(() => loose(pair.explain, { epochs: 1 })).toThrow(
      "option 'epochs' is unknown; expected one of particles, estimators, objective."
    )
  })

  test("a seed of draws is a whole number", async () => {
    const { message } = await failure((await fitted).generate(2, { seed: -1 }))
    expect(message).toBe("option 'seed' is -1; expected a whole number from 0.")
  })
})

describe("options that are none are refused with a typed error", () => {
  const expected = { _tag: "InvalidOption", option: "options" }
  const rejected = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => "fulfilled",
      (error) => error
    )

  test.each([[null], [3], ["fast"], [[1]]])("%j", async (none) => {
    const learned = await fitted
    for (const method of [pair.fit, pair.verify, learned.elbo, learned.logMarginal])
      expect(await failure(loose(method, data, none))).toMatchObject(expected)
    for (const method of [learned.sample, learned.generate])
      expect(await failure(loose(method, 2, none))).toMatchObject(expected)
    expect(await failure(loose(learned.posterior, data, 2, none))).toMatchObject(expected)
    for (const method of [pair.fitPromise, pair.verifyPromise])
      expect(await rejected(loose(method, data, none))).toMatchObject(expected)
    expect(() => loose(pair.explain, none)).toThrow("option 'options'")
  })

  test("an engine by its name", async () => {
    for (const method of [pair.fitPromise, pair.verifyPromise])
      expect(await rejected(loose(method, data, { engine: "onnx" }))).toMatchObject({
        _tag: "InvalidOption",
        message: "option 'engine' is onnx; expected an engine such as Engine.onnx, not its name."
      })
  })
})
