import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, run } from "../harness.ts"

/** What was fitted elsewhere is served here, by its file alone. */
const line = program(function* () {
  const slope = yield* sample("slope", Normal(0, 1))
  yield* plate("rows", function* (row: { readonly x: Tensor<readonly []> }) {
    yield* observe("y", Normal(mul(slope, row.x), 0.5))
  })
}).guide(() => ({ slope: Normal(param("loc", 0.3), param.positive("scale", 0.7)) }))
const rows = { x: Dataset.of([0.5, -1, 2], []), y: Dataset.of([1, 0.2, -0.3], []) }

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-load-"))
})
afterAll(() => rm(folder, { recursive: true }))

test("as a Promise: draws, predictions and a prior without the training data, the same as those of the fit", async () => {
  const path = join(folder, "line.safetensors")
  const fitted = await run(line.fit({ rows }, { epochs: 3, progress: false }), cpu)
  await run(fitted.save(path), cpu)
  const served = await line.loadPromise(path, { engine: cpu })
  expect(await served.sample(3, { seed: 2 })).toEqual(await run(fitted.sample(3, { seed: 2 }), cpu))
  const inputs = { rows: { x: Dataset.of([4], []) } }
  const predicted = await served.predict(inputs, 5, { seed: 2 })
  expect(predicted).toEqual(await run(fitted.predict(inputs, 5, { seed: 2 }), cpu))
  expect(predicted.rows.y.shape).toEqual([5, 1])
  const next = program(function* () {
    const { slope } = yield* served.asPrior().effect
    yield* observe("z", Normal(slope, 1))
  }).guide(() => ({ slope: Normal(param("loc", 0), 1) }))
  expect(`${next.explain({ z: mul(2, 1) })}`).toContain("slope")
})

test("with an option that there is not, it is refused", async () => {
  await expect(line.loadPromise("nowhere", { seed: 1 } as never)).rejects.toThrow("option 'seed' is unknown")
  await expect(line.loadPromise(join(folder, "nowhere"))).rejects.toThrow("nowhere")
})
