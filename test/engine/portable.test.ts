import * as ort from "onnxruntime-node"
import { describe, expect, it } from "vitest"
import { UnsupportedKernel } from "../../src/Errors.ts"
import { portable, type Sized } from "../../src/engine/onnx/portable.ts"
import { graphBuilder } from "../../src/trace/build.ts"
import { leaf, nameOf } from "../../src/trace/Graph.ts"

/** Graphs of any size, beside what they are for each size. */
const write = (sized: Sized) =>
  portable(
    sized,
    { weights: { w: Float32Array.of(2, 3) }, input: nameOf, outputs: { y: "y" } },
    { version: "1", facts: {} }
  )
const run = async (bytes: Uint8Array, inputs: Readonly<Record<string, ort.Tensor>>) => {
  const session = await ort.InferenceSession.create(bytes)
  return (await session.run(inputs))["y"]
}

/** x times each number of w, flattened: several shapes that depend on sizes, one of them that of a constant. */
const outer: Sized = {
  open: ["rows", "columns"],
  at: ({ rows = 1, columns = 1 }) => {
    const build = graphBuilder()
    const [x, w] = [build.push(leaf.input("x", [rows, columns])), build.push(leaf.input("w", [2]))]
    const ones = build.constant(new Float32Array(2 * rows * columns).fill(1), [rows, columns, 2])
    const wide = build.add("Multiply", [build.add("Reshape", [x], { shape: [rows, columns, 1] }), ones])
    const scaled = build.add("Multiply", [wide, w])
    return build.finish({ y: build.add("Reshape", [scaled], { shape: [rows * columns * 2] }) })
  }
}

describe("a graph for any size", () => {
  it.each([
    [1, 1],
    [3, 5],
    [101, 2]
  ])("gives at %i × %i what a loop gives", async (rows, columns) => {
    const { bytes, inputs, outputs } = write(outer)
    expect(inputs).toEqual([{ name: "x", type: "float32", shape: ["rows", "columns"] }])
    expect(outputs).toEqual([{ name: "y", type: "float32", shape: ["2*rows*columns"] }])
    const x = Float32Array.from({ length: rows * columns }, (_, i) => i + 1)
    const y = await run(bytes, { x: new ort.Tensor("float32", x, [rows, columns]) })
    expect(y?.data).toEqual(
      Float32Array.from({ length: 2 * x.length }, (_, i) => (x[i >> 1] ?? 0) * (i % 2 === 0 ? 2 : 3))
    )
  })

  it("reads where rows begin, by offsets whose step depends on another size", async () => {
    const first: Sized = {
      open: ["rows", "columns"],
      at: ({ rows = 1, columns = 1 }) => {
        const build = graphBuilder()
        const x = build.push(leaf.input("x", [rows, columns]))
        const begins = build.constant(
          Int32Array.from({ length: rows }, (_, i) => i * columns),
          [rows]
        )
        const flat = build.add("Reshape", [x], { shape: [rows * columns] })
        return build.finish({ y: build.add("GatherV2", [flat, begins], { axis: 0, batchDims: 0 }) })
      }
    }
    const x = Float32Array.from({ length: 12 }, (_, i) => i)
    const y = await run(write(first).bytes, { x: new ort.Tensor("float32", x, [4, 3]) })
    expect([...(y?.data ?? [])]).toEqual([0, 3, 6, 9])
  })

  const refused: ReadonlyArray<readonly [string, Sized["at"], string]> = [
    [
      "a constant that is made for a size",
      ({ rows = 1 }) => {
        const build = graphBuilder()
        const x = build.push(leaf.input("x", [rows]))
        const places = build.constant(
          Float32Array.from({ length: rows }, (_, i) => i * i),
          [rows]
        )
        return build.finish({ y: build.add("Multiply", [x, places]) })
      },
      "the op 'Mul' cannot be used while a graph is written for any number of rows"
    ],
    [
      "a number that is no multiple of the size",
      ({ rows = 1 }) => {
        const build = graphBuilder()
        const x = build.push(leaf.input("x", [rows]))
        return build.finish({ y: build.add("Slice", [x], { begin: [0], size: [rows - 1] }) })
      },
      "the op 'Slice' cannot be used while a graph is written for any number of rows"
    ],
    [
      "another operation for another size",
      ({ rows = 1 }) => {
        const build = graphBuilder()
        const x = build.push(leaf.input("x", [rows]))
        return build.finish({ y: build.add(rows % 100 > 1 ? "Exp" : "Neg", [x]) })
      },
      "cannot be used while a graph is written for any number of rows"
    ],
    [
      "a size that no input has",
      () => {
        const build = graphBuilder()
        return build.finish({ y: build.add("Exp", [build.push(leaf.input("x", [3]))]) })
      },
      "None of its inputs has that size"
    ],
    [
      "an operation that ONNX lacks",
      ({ rows = 1 }) => {
        const build = graphBuilder()
        const x = build.push(leaf.input("x", [rows]))
        return build.finish({
          y: build.push({ ...leaf.input("", [rows]), kernel: "Whistle", inputs: [x], names: ["x"] })
        })
      },
      "the op 'Whistle' cannot be used"
    ]
  ]
  it.each(refused)("is refused for %s", (_, at, words) => {
    const call = () => write({ open: ["rows"], at })
    expect(call).toThrow(UnsupportedKernel)
    expect(call).toThrow(words)
  })
})
