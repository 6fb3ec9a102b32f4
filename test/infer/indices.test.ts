import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DataFormat } from "../../src/Errors.ts"
import { simulate } from "../../src/infer/fitted/simulate.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { exp } from "../../src/tensor/ops/ofOne.ts"
import { at } from "../../src/tensor/ops/pick.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { engines as all } from "../engine/engines.ts"
import { cpu, failure, onnx, relativeDistance, run } from "./harness.ts"

interface Row {
  readonly group: Tensor<readonly []>
}

/** A mean and a scale for each of three groups; each row says to which group it belongs. */
const unguided = program(function* () {
  const means = yield* sample("means", Normal(0, 10).iid(3))
  const scales = yield* sample("scales", HalfNormal(2).iid(3))
  yield* plate("rows", function* (row: Row) {
    yield* observe("y", Normal(at(means, row.group), at(scales, row.group)))
  })
})
const groups = unguided.guide(() => ({
  means: Normal(param("means.loc", [3]), param.positive("means.scale", [3], 0.3)),
  scales: LogNormal(param("scales.loc", [3]), param.positive("scales.scale", [3], 0.2))
}))

const ofGroup = Array.from({ length: 120 }, (_, i) => ((7 * i) % 5) % 3)
const y = ofGroup.map((group, i) => 3 * group - 2 + Math.sin(5 * i * i) / (1 + group))
const dataOf = (group: ReadonlyArray<number>) => ({ rows: { group: Dataset.of(group, []), y: Dataset.of(y, []) } })
const data = dataOf(ofGroup)

describe("entries that rows of data pick by an index", () => {
  test("leave their path gradient: an index in the data does not move", () => {
    expect(groups.explain(data).sites.map(({ gradient }) => gradient)).toEqual([
      "reparameterized",
      "reparameterized",
      undefined
    ])
  })

  test.each(all)("give the same five updates as on the eager engine, minibatches too: %s", async (_, engine) => {
    const options = { epochs: 1, batchSize: 24, learningRate: 0.05, seed: 4, progress: false } as const
    const here = await run(groups.fit(data, options), engine as never)
    const there = await run(groups.fit(data, options), cpu)
    for (const [name, values] of Object.entries(there.parameters))
      expect(relativeDistance(here.parameters[name], values)).toBeLessThan(2e-5)
  })

  test("find the mean of each group", async () => {
    const options = { epochs: 800, batchSize: 120, learningRate: 0.03, particles: 4, seed: 1, progress: false } as const
    const fitted = await run(groups.fit(data, options), onnx)
    for (const group of [0, 1, 2]) {
      const own = y.filter((_, i) => ofGroup[i] === group)
      const mean = own.reduce((sum, value) => sum + value / own.length, 0)
      const scale = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2 / own.length, 0))
      expect(Math.abs((fitted.parameter("means.loc")[group] ?? 0) - mean)).toBeLessThan(0.1)
      expect(Math.abs(Math.exp(fitted.parameter("scales.loc")[group] ?? 0) / scale - 1)).toBeLessThan(0.1)
    }
  })

  test.each([
    [3, "row 1 holds 3, but the program reads it as a position among 3 entries"],
    [-1, "row 1 holds -1"],
    [0.5, "row 1 holds 0.5"]
  ])("are checked before a fit: %d is no position", async (wrong, message) => {
    const error = await failure(groups.fit(dataOf(ofGroup.with(1, wrong)), { progress: false }), cpu)
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain(`data.rows.group: ${message}`)
    expect(error.message).toContain("Give whole numbers from 0 to 2.")
  })

  test.each([3, -1, 0.5])("are checked before new rows are drawn: %d is no position", async (wrong) => {
    const words = `data.rows.group: row 1 holds ${wrong}`
    const inputs = { rows: { group: Dataset.of([0, wrong], []) } }
    const fitted = await run(groups.fit(data, { epochs: 1, progress: false }), cpu)
    const sampled = await run(unguided.nuts(data, { chains: 1, warmup: 20, draws: 4, progress: false }), cpu)
    for (const drawn of [fitted.predict(inputs, 2), sampled.predict(inputs), simulate(unguided, inputs, 2)])
      expect((await failure(drawn, cpu)).message).toContain(words)
  })

  test("may be computed: then nothing is known of them", () => {
    const computed = program(function* () {
      const means = yield* sample("means", Normal(0, 10).iid(3))
      yield* plate("rows", function* (row: Row) {
        yield* observe("y", Normal(at(means, exp(row.group)), 1))
      })
    }).guide(() => ({ means: Normal(param("means.loc", [3]), 1) }))
    expect(computed.explain(data).sites.map(({ site }) => site)).toEqual(["means", "y"])
  })
})
