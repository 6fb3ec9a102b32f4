import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { type EpochReport, epochLine, type Progress, report } from "../../src/infer/fit/progress.ts"
import { printable } from "../../src/infer/plan/Plan.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, gradientReader, run } from "./harness.ts"

const started: Progress<unknown> = {
  _tag: "Started",
  plan: printable({ objective: "maximise  everything", particles: 1, noBound: [], sites: [] }),
  engine: "onnx",
  because: "it loads",
  detail: "2 threads",
  epochs: 3,
  steps: 10,
  resumed: 0,
  settings: {}
}
const step = (epoch: number, at: number, secondsLeft = 12.3): Progress<unknown> => ({
  _tag: "Step",
  epoch,
  epochs: 3,
  step: at,
  steps: 10,
  loss: 123.456,
  secondsLeft
})
const epoch = (number: number, epochs = 3, more: Partial<EpochReport> = {}): Progress<unknown> => ({
  _tag: "Epoch",
  epoch: number,
  epochs,
  train: 164.62,
  seconds: 2.14,
  ...more
})
const done: Progress<unknown> = { _tag: "Done", fitted: {}, engine: "onnx", detail: "2 threads" }

const told = (isTTY: boolean, events: ReadonlyArray<Progress<unknown>>): string => {
  let text = ""
  const tell = report({ isTTY, write: (part) => (text += part) })
  for (const event of events) tell(event)
  return text
}
/** What a terminal shows in the end: a carriage return and an erased line begin the line anew. */
const shown = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.slice(line.lastIndexOf("\r\u001b[K") + 1).replace("\u001b[K", ""))
    .join("\n")

test("how the engine ran is told in the end, when it found a better way than it began with", () => {
  const found = { ...done, detail: "2 threads, spinning (a step: 2 threads 5.60 ms; 2 threads, spinning 4.10 ms)" }
  const lines = told(false, [started, epoch(1), epoch(2), epoch(3), found])
    .trim()
    .split("\n")
  expect(lines.at(-1)).toBe("engine onnx: 2 threads, spinning (a step: 2 threads 5.60 ms; 2 threads, spinning 4.10 ms)")
})

test("an engine that was taken after the first call is told, with the reason, and its settings are not told again", () => {
  const taken: Progress<unknown> = { _tag: "Engine", engine: "fast", because: "it is faster", detail: "XLA" }
  const lines = told(false, [started, taken, epoch(1), epoch(2), epoch(3), { ...done, engine: "fast", detail: "XLA" }])
    .trim()
    .split("\n")
  expect(lines.slice(3, 5)).toEqual(["engine onnx (it loads; 2 threads)", "engine fast (it is faster; XLA)"])
  expect(lines.at(-1)).toMatch(/^epoch 3/)
})

describe("on a terminal", () => {
  test("one line is rewritten while an epoch runs, and a line an epoch stays", () => {
    const text = told(true, [started, step(1, 4), step(1, 8), epoch(1, 3, { test: 127.2 }), step(2, 4), epoch(2), done])
    expect(text).toContain("\r\u001b[Kepoch 1/3  step 4/10  −ELBO 123.46 nats  13 s left\r\u001b[Kepoch 1/3  step 8/10")
    expect(shown(text)).toBe(
      [
        "maximise  everything",
        "site  guide  prior  KL  gradient  because",
        "",
        "engine onnx (it loads; 2 threads)",
        "epoch 1  train 164.6  test 127.2  (2.1 s)",
        "epoch 2  train 164.6  (2.1 s)",
        ""
      ].join("\n")
    )
  })

  test("a fit that stops inside an epoch leaves its line whole, and the cursor on the next one", () => {
    const text = told(true, [started, epoch(1), step(2, 4), done])
    expect(text.endsWith("\n")).toBe(true)
    expect(shown(text).trimEnd().split("\n").at(-1)).toContain("epoch 2/3  step 4/10")
  })

  test("the time left reads in seconds, then in minutes", () => {
    const at = (seconds: number): string => told(true, [step(1, 4, seconds)])
    expect(at(0.2)).toContain("1 s left")
    expect(at(89)).toContain("89 s left")
    expect(at(150)).toContain("2 min 30 s left")
    expect(at(3599.6)).toContain("60 min 0 s left")
    expect(at(179.8)).toContain("3 min 0 s left")
  })
})

describe("elsewhere", () => {
  test("there are plain lines, one an epoch, and no control characters", () => {
    const text = told(false, [started, step(1, 4), epoch(1), step(2, 4), epoch(2), epoch(3), done])
    expect(text).not.toContain("\r")
    expect(text).not.toContain("\u001b")
    expect(text).not.toContain("step")
    expect(text.split("\n").filter((line) => line.startsWith("epoch"))).toEqual([
      "epoch 1  train 164.6  (2.1 s)",
      "epoch 2  train 164.6  (2.1 s)",
      "epoch 3  train 164.6  (2.1 s)"
    ])
  })

  test.each([50, 101, 120, 1000, 1999])(
    "of %d epochs some fifty are told, the first and the last among them",
    (epochs) => {
      const text = told(
        false,
        Array.from({ length: epochs }, (_, i) => epoch(i + 1, epochs))
      )
      const lines = text.trim().split("\n")
      expect(lines.length).toBeLessThanOrEqual(52)
      expect(lines.length).toBeGreaterThanOrEqual(Math.min(epochs, 25))
      expect(lines[0]).toContain("epoch 1 ")
      expect(lines.at(-1)).toContain(`epoch ${epochs} `)
    }
  )
})

test("an epoch's line has one decimal, and the test loss only where there is one", () => {
  expect(epochLine({ epoch: 1, train: 164.55, test: 127.25, seconds: 2 })).toBe(
    "epoch 1  train 164.6  test 127.3  (2.0 s)"
  )
  expect(epochLine({ epoch: 12, train: -3, seconds: 0.04 })).toBe("epoch 12  train -3.0  (0.0 s)")
})

test("an epoch of a program with rows is told for each row, so that data of different size compare", () => {
  const perRow = { train: 1.216, rows: 100 }
  expect(epochLine({ epoch: 1, train: 121.6, perRow, seconds: 2 })).toBe(
    "epoch 1  train 1.216 a row  (100 rows, 2.0 s)"
  )
  const tested = { ...perRow, test: 0.9541, testRows: 37 }
  expect(epochLine({ epoch: 3, train: 121.6, test: 35.3, perRow: tested, seconds: 2 })).toBe(
    "epoch 3  train 1.216  test 0.954 a row  (100 and 37 rows, 2.0 s)"
  )
  expect(told(true, [{ ...step(1, 4), perRow: 1.2345 } as Progress<unknown>])).toContain(
    "−ELBO 1.234 nats a row  13 s left"
  )
})

describe("the losses for each row of a program", () => {
  type Row = { readonly y: Tensor<readonly []> }
  const still = program(
    Effect.gen(function* () {
      yield* sample("w", Normal(0, 1))
      yield* plate("rows", (_row: Row) => observe("y", Normal(0, 1)))
    })
  ).guide(() => ({ w: Normal(param("m", 2), 1) }))
  const ones = (n: number) => ({ rows: { y: Dataset.of(new Float32Array(n).fill(1), []) } })
  const options = { epochs: 2, optimizer: gradientReader, progress: false } as const

  test("are the same for equal rows, however many are fitted and tested: the totals are not", async () => {
    // −log p(y = 1) and KL(N(2, 1) ‖ N(0, 1))
    const [each, global] = [0.5 + 0.5 * Math.log(2 * Math.PI), 2]
    for (const [rows, testRows] of [
      [100, 37],
      [10, 600],
      [3, 3]
    ] as const) {
      const fitted = await run(
        still.fit(ones(rows) as never, { ...options, batchSize: 7, validation: ones(testRows) as never }),
        cpu
      )
      const last = fitted.history.at(-1)
      const expected = each + global / rows
      expect(last?.perRow).toEqual({
        train: expect.closeTo(expected, 4),
        test: expect.closeTo(expected, 4),
        rows,
        testRows
      })
      expect(last?.train).toBeCloseTo(rows * each + global, 2)
      expect(last?.test).toBeCloseTo(testRows * each + global, 2)
    }
  })

  test("are left out where there is nothing to compare: without plates, and for a model, which is read per datum", async () => {
    const bare = program(Effect.andThen(sample("w", Normal(0, 1)), observe("y", Normal(0, 1)))).guide(() => ({
      w: Normal(param("m", 2), 1)
    }))
    const y = Tensor.of([], tf.scalar(1))
    expect((await run(bare.fit({ y }, options), cpu)).history[0]).not.toHaveProperty("perRow")
    const single = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
    expect((await run(single.fit(Dataset.of([1, 2], []), options), cpu)).history[0]).not.toHaveProperty("perRow")
  })
})
