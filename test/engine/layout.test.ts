import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import type { Loop } from "../../src/engine/Engine.ts"
import { layout } from "../../src/engine/onnx/layout.ts"
import { isMatrix, transposeMatrices } from "../../src/engine/onnx/transposed.ts"
import { runGraph } from "../../src/engine/runGraph.ts"
import { type Graph, type Id, nodeAt, print } from "../../src/trace/Graph.ts"
import { prune } from "../../src/trace/passes/prune.ts"
import { verify } from "../../src/trace/verify.ts"
import { compute, useCpu } from "../support/onCpu.ts"
import { plainGraph } from "../support/plainGraph.ts"
import { distance, draw } from "./harness.ts"

useCpu()

const flags = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB })

/** One layer with its gradient and a step of descent: x·w + b, a ReLU, and all that a layout has to bring along. */
const layer = ({ rows = 6, inputs = 8, outputs = 4 } = {}): Graph =>
  plainGraph(({ input, constant, call }) => {
    const half = outputs / 2
    const [x, w, b] = [input("x", [rows, inputs]), input("w", [inputs, outputs]), input("b", [outputs])]
    const product = call("BatchMatMul", [x, w], flags(false, false), { shape: [rows, outputs] })
    const hidden = call("Relu", [call("Add", [product, b])])
    const column = call(
      "Reshape",
      [call("Sum", [hidden], { axis: [1], keepDims: false }, { shape: [rows] })],
      { shape: [rows, 1] },
      { shape: [rows, 1] }
    )
    const scaled = call("Multiply", [hidden, column])
    const [left, right] = [0, half].map((from) =>
      call("Slice", [scaled], { begin: [0, from], size: [rows, half] }, { shape: [rows, half] })
    )
    const swapped = call("Concat", [right ?? 0, left ?? 0], { axis: 1 }, { shape: [rows, outputs] })
    const padded = call(
      "PadV2",
      [swapped],
      {
        paddings: [
          [0, 0],
          [1, 2]
        ],
        constantValue: 0
      },
      { shape: [rows, outputs + 3] }
    )
    const gradient = call("BatchMatMul", [x, swapped], flags(true, false), { shape: [inputs, outputs] })
    const flat = call("Reshape", [swapped], { shape: [rows * outputs] }, { shape: [rows * outputs] })
    // a sum along no axis, as the log density of a single number has one, is the matrix itself
    const same = call("Sum", [hidden], { axis: [], keepDims: false }, { shape: [rows, outputs] })
    const total = call("Sum", [padded], { axis: [0, 1], keepDims: false }, { shape: [] })
    return { next: call("Sub", [w, call("Multiply", [gradient, constant(0.1)])]), flat, total, padded, same }
  })

const values = { x: [6, 8], w: [8, 4], b: [4] } as const

const run = (graph: Graph, transposed: ReadonlySet<string> = new Set()): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.keys(graph.outputs).map((output) => [
      output,
      Float32Array.from(
        compute(() => {
          const leaves = Object.entries(values).map(([name, shape], seed) => {
            const value = tf.tensor(draw({ shape, dtype: "float32", domain: [-1, 1] }, seed), [...shape])
            return [name, transposed.has(name) ? tf.transpose(value) : value] as const
          })
          return runGraph(graph, Object.fromEntries(leaves), [output])[output] ?? tf.scalar(Number.NaN)
        }).values
      )
    ])
  )

describe("layout", () => {
  it("changes no value, whatever matrices are turned", () => {
    const graph = layer()
    const plain = run(graph)
    const turnable = graph.nodes.flatMap((node, id) => (isMatrix(node) && node.kernel !== "Input" ? [id] : []))
    expect(turnable.length).toBeGreaterThan(6)
    for (let chosen = 0; chosen < 2 ** turnable.length; chosen += 29) {
      const isTransposed = (id: Id): boolean => ((chosen >> turnable.indexOf(id)) & 1) === 1 && turnable.includes(id)
      const turned = verify(transposeMatrices(graph, isTransposed), "transposeMatrices")
      for (const [output, value] of Object.entries(run(turned))) {
        const id = graph.outputs[output] ?? 0
        const { shape } = nodeAt(graph, id)
        const asBefore = isTransposed(id)
          ? Float32Array.from(compute(() => tf.transpose(tf.tensor(value, [...shape].reverse()))).values)
          : value
        expect(distance(asBefore, plain[output]), `${output} with ${chosen.toString(2)}`).toBeLessThan(1e-5)
      }
    }
  })

  it("keeps a weight and its moments transposed where that makes the products cheaper, and nothing that comes from outside", () => {
    const big = layer({ rows: 128, inputs: 784, outputs: 400 })
    const graph = prune({ ...big, outputs: { next: big.outputs["next"] ?? 0 } })
    const loop: Loop = {
      graph,
      carried: { w: "next" },
      fixed: ["b"],
      rows: { x: { table: "x", indices: "rows" } },
      emitted: []
    }
    const { loop: laidOut, transposed } = layout(loop)
    expect([...transposed]).toEqual(["w"])
    expect(print(verify(laidOut.graph, "layout"))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[128,784]
      %1 = Input() {name="w"} : float32[400,784]
      %2 = Input() {name="b"} : float32[400]
      %3 = BatchMatMul(%1, %0) {transposeA=false, transposeB=true} : float32[400,128]
      %4 = Reshape(%2) {shape=[400,1]} : float32[400,1]
      %5 = Add(%3, %4) : float32[400,128]
      %6 = Relu(%5) : float32[400,128]
      %7 = Sum(%6) {axis=[0], keepDims=false} : float32[128]
      %8 = Reshape(%7) {shape=[128,1]} : float32[128,1]
      %9 = Reshape(%8) {shape=[1,128]} : float32[1,128]
      %10 = Multiply(%6, %9) : float32[400,128]
      %11 = Slice(%10) {begin=[0,0], size=[200,128]} : float32[200,128]
      %12 = Slice(%10) {begin=[200,0], size=[200,128]} : float32[200,128]
      %13 = Concat(%12, %11) {axis=0} : float32[400,128]
      %14 = BatchMatMul(%13, %0) {transposeA=false, transposeB=false} : float32[400,784]
      %15 = Const() {values=[0.10000000149011612]} : float32[]
      %16 = Multiply(%14, %15) : float32[400,784]
      %17 = Sub(%1, %16) : float32[400,784]
      return next = %17"
    `)
  })

  it("ends, and turns nothing, where either layout costs the same", () => {
    const graph = plainGraph(({ input, call }) => {
      const [x, w] = [input("x", [8, 8]), input("w", [8, 8])]
      const product = call("BatchMatMul", [x, w], flags(false, false), { shape: [8, 8] })
      return { next: call("Sub", [w, product]) }
    })
    expect(layout({ graph, carried: { w: "next" }, fixed: [], rows: {}, emitted: [] }).transposed.size).toBe(0)
  })

  it("leaves alone what is emitted, and loops without products", () => {
    const graph = layer()
    const emitted: Loop = { graph, carried: { w: "next" }, fixed: [], rows: {}, emitted: ["padded", "next"] }
    expect(layout(emitted).transposed.size).toBe(0)
    const sums = plainGraph(({ input, call }) => {
      const [x, y] = [input("x", [3, 5]), input("y", [3, 5])]
      return { next: call("Add", [x, y]) }
    })
    expect(print(layout({ graph: sums, carried: { x: "next" }, fixed: [], rows: {}, emitted: [] }).loop.graph)).toBe(
      print(sums)
    )
  })
})
