import { rmSync } from "node:fs"
import { truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { type FitError, InvalidOption } from "../../src/Errors.ts"
import type { Engine } from "../../src/engine/Engine.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { footprintOf } from "../../src/infer/step/footprint.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { graphBuilder } from "../../src/trace/build.ts"
import { leaf } from "../../src/trace/Graph.ts"
import { cpu, failure, normals, run, watched } from "./harness.ts"

const [wide, guess] = [Net.mlp([8, 784]), Net.mlp([784, 16])]
const vae = model(Normal(0, 1).iid(8), (z) => Normal(wide(z), 1)).guide((x) => Normal.fromLocLogVariance(guess(x)))
const images = Dataset.of(normals(1, 784 * 20), [784])
const mean = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(50))
    yield* plate("rows", () => observe("y", Normal(w, 1)))
  })
).guide(() => ({ w: Normal(param("loc", [50]), param.positive("scale", [50])) }))
const rows = { rows: { y: Dataset.of(normals(2, 50 * 40), [50]) } } as never
const quiet = { progress: false, epochs: 1 } as const
const file = join(tmpdir(), `latent-bounds-${process.pid}`)
afterAll(() => rmSync(file, { force: true }))

describe("what does not fit in memory is refused before it is taken, with its size", () => {
  type Asked = () => Promise<Effect.Effect<unknown, FitError, Engine>>
  const fitted = () => run(vae.fit(images, quiet), cpu)
  const asked: ReadonlyArray<readonly [string, string, Asked]> = [
    ["a fit of 1e8 particles", "particles", async () => vae.fit(images, { ...quiet, particles: 1e8 })],
    [
      "a fit of 1e8 particles by another objective",
      "particles",
      async () => vae.fit(images, { ...quiet, particles: 1e8, objective: Objective.iwae })
    ],
    ["a fit of 2 ** 52 particles", "particles", async () => vae.fit(images, { ...quiet, particles: 2 ** 52 })],
    ["a program's fit of 1e8 particles", "particles", async () => mean.fit(rows, { ...quiet, particles: 1e8 })],
    ["a verification with 1e8 particles", "particles", async () => mean.verify(rows, { particles: 1e8 })],
    ["an ELBO of 1e9 particles", "particles", async () => (await fitted()).elbo(images, { particles: 1e9 })],
    [
      "a log marginal of 1e9 particles",
      "particles",
      async () => (await fitted()).logMarginal(images, { particles: 1e9 })
    ],
    ["1e9 generated images", "n", async () => (await fitted()).generate(1e9)],
    ["2 ** 53 − 1 of them", "n", async () => (await fitted()).generate(2 ** 53 - 1)],
    ["1e9 draws from a posterior", "n", async () => (await run(mean.fit(rows, quiet), cpu)).posterior(rows, 1e9)],
    ["1e9 samples", "n", async () => (await run(mean.fit(rows, quiet), cpu)).sample(1e9)],
    ["1e12 epochs", "epochs", async () => vae.fit(images, { ...quiet, epochs: 1e12 })]
  ]
  test.each(asked)("%s", async (_, option, ask) => {
    const { engine, sessions } = watched(cpu)
    const effect = await ask()
    const before = process.memoryUsage().rss
    const started = performance.now()
    const error = await failure(effect, engine)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ option })
    expect(error.message).toMatch(option === "epochs" ? /steps/ : /GB|more than engines can hold/)
    expect(sessions).toHaveLength(0)
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test("a saved file of a terabyte", async () => {
    await writeFile(file, "")
    await truncate(file, 2 ** 40)
    const error = await failure(vae.load(file))
    expect(error._tag).toBe("DataFormat")
    expect(error.message).toContain("1099.5 GB")
  })

  test("a saved file whose header says 2^60", async () => {
    const bytes = new Uint8Array(64)
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true)
    await writeFile(file, bytes)
    expect((await failure(vae.load(file))).message).toContain("1152921504606846976 bytes is longer than the format")
  })
})

describe("the footprint of a graph", () => {
  test("is what is held at once, and in all", () => {
    const build = graphBuilder()
    const x = build.push(leaf.input("x", [1000]))
    const a = build.add("Exp", [x])
    const b = build.add("Exp", [a])
    const c = build.add("Exp", [b])
    const graph = build.finish({ c })
    // the input stays; of the others two are held while the second is made of the first
    expect(footprintOf(graph)).toEqual({ peak: 4 * 3000, all: 4 * 4000, largest: 1000 })
  })
})
