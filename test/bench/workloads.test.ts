import { describe, expect, it } from "vitest"
import { readOptions } from "../../bench/options.ts"
import { growthOf, readDefinitions, workloadsOf } from "../../bench/workloads.ts"

describe("the workloads", () => {
  it("are five, each with its data", () => {
    const workloads = workloadsOf(readDefinitions())
    expect(workloads.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"])
    for (const { work } of workloads) expect(work.learningRate).toBe(1e-3)
  })

  it("grow in one thing at a time", () => {
    const growth = growthOf(readDefinitions())
    expect(growth.map(({ title, points }) => [title, points.map((point) => point.title)])).toEqual([
      ["batch", ["32", "128", "512"]],
      ["hidden units", ["100", "400", "1600"]],
      ["particles", ["1", "4", "16"]],
      ["latent sites", ["1", "10", "100"]]
    ])
    expect(growth[0]?.points[2]?.work).toMatchObject({ kind: "vae", batch: 512, latent: 20, particles: 1 })
  })

  it("that grow from an unknown one are refused", () => {
    const definitions = readDefinitions()
    expect(() => growthOf({ ...definitions, growth: [{ title: "x", of: "z", set: {} }] })).toThrow(
      "unknown workload 'z'"
    )
  })
})

describe("the options", () => {
  it("write the files after a whole run only, unless told to", () => {
    expect(readOptions([])).toMatchObject({ rounds: 7, quick: false, write: true })
    expect(readOptions(["--only", "a,b"])).toMatchObject({ only: ["a", "b"], write: false })
    expect(readOptions(["--contenders", "onnx", "--write"])).toMatchObject({ contenders: ["onnx"], write: true })
  })

  it("take a quick look without Python", () => {
    const options = readOptions(["--quick"])
    expect(options).toMatchObject({ quick: true, only: ["a"], write: false })
    expect(options === "help" ? [] : options.contenders).not.toContain("torch_eager")
  })

  it("refuse rounds that are no count, and words that are no option", () => {
    expect(() => readOptions(["--rounds", "0"])).toThrow("--rounds")
    expect(() => readOptions(["--fast"])).toThrow()
  })
})
