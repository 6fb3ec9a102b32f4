import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { engines, failure, onnx, run } from "../harness.ts"

/** −ELBO is m²/2 and a constant, so that a step of size r multiplies m by 1 − r. */
const still = program(sample("z", Normal(0, 1))).guide(() => ({ z: Normal(param("m", 8), 0.5) }))
const settings = { epochs: 8, optimizer: Optimizer.sgd(0.5), progress: false } as const
const iterates = Array.from({ length: 8 }, (_, i) => 8 * 0.5 ** (i + 1))
const meanOf = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0) / values.length
const m = (fitted: { readonly parameters: Readonly<Record<string, Float32Array>> }): number =>
  fitted.parameters["m"]?.[0] ?? Number.NaN

describe("iterates of the last share of the steps", () => {
  test.each(engines)("are averaged: %s", async (_, source) => {
    for (const [averaging, from] of [
      [0.5, 4],
      [1, 0],
      [0.3, 6],
      [0.001, 7]
    ] as const) {
      const fitted = await run(still.fit({}, { ...settings, averaging }), source)
      expect(m(fitted)).toBeCloseTo(meanOf(iterates.slice(from)), 5)
    }
    expect(m(await run(still.fit({}, settings), source))).toBeCloseTo(iterates.at(-1) ?? Number.NaN, 6)
  })

  test("waver less than the last one", async () => {
    const noisy = program(function* () {
      const z = yield* sample("z", Normal(0, 1))
      yield* plate("rows", () => observe("y", Normal(z, 1)))
    }).guide(() => ({ z: Normal(param("m", 0), 0.5) }))
    const data = { rows: { y: Dataset.of([1, 2, 3], []) } }
    const errors = async (averaging: number | undefined): Promise<number> => {
      const fits = Array.from({ length: 5 }, (_, seed) => {
        const given = { epochs: 200, optimizer: Optimizer.sgd(0.1), seed, progress: false, averaging }
        return run(noisy.fit(data, given as typeof settings), onnx)
      })
      // the posterior's mean is Σy/4
      return meanOf((await Promise.all(fits)).map((fitted) => (m(fitted) - 1.5) ** 2))
    }
    expect(await errors(0.5)).toBeLessThan(0.1 * (await errors(undefined)))
  })

  test("do not count before they begin: a fit that a rule ends has its last one", async () => {
    const stop = (history: ReadonlyArray<unknown>) => (history.length >= 3 ? "enough" : undefined)
    const fitted = await run(still.fit({}, { ...settings, averaging: 0.5, stop }), onnx)
    expect(m(fitted)).toBeCloseTo(iterates[2] ?? Number.NaN, 6)
  })

  test("are the same where a fit goes on from its file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latent-averaging-"))
    try {
      const path = join(folder, "fit.safetensors")
      const stop = (history: ReadonlyArray<unknown>) => (history.length >= 6 ? "enough" : undefined)
      const given = { ...settings, averaging: 0.5, checkpoint: { path, every: 1 }, resume: true } as const
      expect(m(await run(still.fit({}, { ...given, stop }), onnx))).toBeCloseTo(meanOf(iterates.slice(4, 6)), 6)
      expect(m(await run(still.fit({}, given), onnx))).toBeCloseTo(meanOf(iterates.slice(4)), 6)
      expect(m(await run(still.load(path), onnx))).toBeCloseTo(meanOf(iterates.slice(4)), 6)
      // of ten steps the mean would be that of the last five, and the file has that of the fifth and those after it
      const refused = async (more: object) => (await failure(still.fit({}, { ...given, ...more }))).message
      expect(await refused({ epochs: 10 })).toContain("option 'epochs' is 10; expected 8, or at least 16")
      expect(await refused({ averaging: 0.4 })).toContain(
        "option 'averaging' is 0.4; expected 0.5, as in the checkpoint"
      )
      expect(await refused({ averaging: undefined })).toContain("option 'averaging' is none; expected 0.5")
      const more = Array.from({ length: 8 }, (_, i) => 8 * 0.5 ** (i + 9))
      expect(m(await run(still.fit({}, { ...given, epochs: 16 }), onnx))).toBeCloseTo(meanOf(more), 6)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each([
    [{ averaging: 0 }, "averaging' is 0; expected the share of the last steps"],
    [{ averaging: 1.5 }, "averaging' is 1.5; expected the share of the last steps"],
    [{ averaging: 0.5, accuracy: 0.05, optimizer: undefined }, "no averaging beside accuracy"],
    [{ averaging: 0.5, optimizer: Optimizer.naturalGradient(0.5) }, "no averaging of natural gradient steps"]
  ])("are refused where they have no meaning: %j", async (more, words) => {
    expect((await failure(still.fit({}, { ...settings, ...more } as never))).message).toContain(words)
  })
})
