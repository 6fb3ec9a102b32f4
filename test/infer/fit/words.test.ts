import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "../harness.ts"

const pair = model(Normal(0, 1).iid(2), (z) => Normal(z, 0.5)).guide(() => Normal(param("m", [2], 0.3), 0.8))
const good = Dataset.of([1, 2, 3, 4], [2])
const wide = Dataset.of([1, 2, 3], [3])
const fitted = run(pair.fit(good, { epochs: 1, progress: false }), cpu)
const messageOf = async (effect: unknown): Promise<string> => (await failure(effect as never)).message

describe("errors name data as the user wrote them", () => {
  test.each([
    ["null", null, "data: it is null, not rows."],
    ["a list", [1, 2], "data: it is an array of shape [2], not rows."],
    ["rows of another shape", wide, "one row of data: expected shape [2], got [3]."]
  ])("the rows of a model: %s", async (_, rows, words) => {
    expect(await messageOf(pair.fit(rows as never))).toContain(words)
    expect(await messageOf(pair.verify(rows as never))).toContain(words)
    expect(await messageOf((await fitted).elbo(rows as never))).toContain(words)
    expect(await messageOf((await fitted).posterior(rows as never, 2))).toContain(words)
    expect(await messageOf(pair.fit(good, { validation: rows as never }))).toContain(
      words.replace("data", "validation")
    )
  })

  test("rows and latent values of a fitted model", async () => {
    const learned = await fitted
    expect(await messageOf(learned.encode([1] as never))).toContain("data: it is an array of shape [1], not rows.")
    expect(await messageOf(learned.reconstruct(null as never))).toContain("data: it is null, not rows.")
    expect(await messageOf(learned.decode(null as never))).toContain("latents: it is null, not rows.")
  })

  test("the plates and fields of a program", async () => {
    const rows = program(
      Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, 1))
        yield* plate("a/b", (_: { readonly y: Tensor<readonly []> }) => observe("y", Normal(mu, 1)))
      })
    ).guide(() => ({ mu: Normal(param("m", 0), 1) }))
    const y = Dataset.of([1, 2], [])
    expect(await messageOf(rows.fit({ "a/b": { y: null } } as never))).toContain("data.a/b.y: it is null, not rows.")
    expect(await messageOf(rows.fit(null as never))).toContain("data: it is null.")
    expect(await messageOf(rows.fit({ "a/b": { y } } as never, { validation: null as never }))).toContain(
      "validation: it is null."
    )
    const other = { "a/b": { y: Dataset.of([1, 2], [2]) } } as never
    expect(await messageOf(rows.fit({ "a/b": { y } } as never, { validation: other }))).toContain(
      "one row of validation.a/b.y: expected shape [], got [2]."
    )
  })
})
