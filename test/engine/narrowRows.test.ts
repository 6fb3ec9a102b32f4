import { expect, test } from "vitest"
import type { Loop, Table } from "../../src/engine/Engine.ts"
import { narrowRows } from "../../src/engine/onnx/narrowRows.ts"

const table = (values: Table["values"], shape: ReadonlyArray<number>, scale = 1): Table => ({ values, shape, scale })
const bytes = Uint8Array.from({ length: 30 }, (_, i) => 8 * i)
const tables = {
  ...{ label: table(bytes, [30]), grey: table(bytes, [15, 2], 1 / 255), wide: table(bytes, [6, 5], 1 / 255) }
}
const loop: Loop = {
  graph: { nodes: [], outputs: {} },
  ...{ carried: {}, fixed: [], emitted: [] },
  rows: {
    label: { table: "label", indices: "a" },
    grey: { table: "grey", indices: "b" },
    wide: { table: "wide", indices: "b" }
  }
}

test("wide rows stay with the runtime; of narrow ones a step is fed those at its row numbers, multiplied in 32 bits", () => {
  const narrow = narrowRows(loop, tables)
  expect(Object.keys(narrow.loop.rows)).toEqual(["wide"])
  const a = Int32Array.from({ length: 300 }, (_, i) => (7 * i) % 30)
  const b = Int32Array.of(3, 14, 0, 3)
  const feeds = narrow.read({ a, b, weights: Float32Array.of(1) })
  expect(feeds["label"]).toEqual(Float32Array.from(a, (i) => 8 * i))
  const of255 = (x: number): number => Math.fround(Math.fround(x) * Math.fround(1 / 255))
  expect(feeds["grey"]).toEqual(Float32Array.from([48, 56, 224, 232, 0, 8, 48, 56], of255))
  expect(feeds["b"]).toBe(b)
  expect(feeds["weights"]).toEqual(Float32Array.of(1))
  expect(feeds["wide"]).toBeUndefined()
})

test("a row that does not exist is no number", () => {
  const { read } = narrowRows(loop, tables)
  expect(read({ a: Int32Array.of(30, -1), b: new Int32Array() })["label"]).toEqual(
    Float32Array.of(Number.NaN, Number.NaN)
  )
})
