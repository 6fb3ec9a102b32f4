import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { onCpu } from "../../src/engine/backend.ts"
import { simdProgram } from "../../src/engine/simd/simdProgram.ts"
import { type Graph, leaf, type Node, nameOf, type Values } from "../../src/trace/Graph.ts"
import { runGraph } from "../support/onCpu.ts"
import { type Case, cases, type OperandCase } from "./cases.ts"
import { distance, draw, oneNode, single } from "./harness.ts"

/** What WebAssembly gives where one input moves, and what tfjs's cpu kernels give; or the reason why there is no program. */
const compared = (graph: Graph, moving: string, values: Readonly<Record<string, Values>>, most = 1e6) => {
  const { [moving]: input = new Float32Array(), ...fixed } = values
  const program = simdProgram(graph, moving, fixed, most)
  if ("because" in program) return program
  // what a run leaves in memory must not change the next one
  program.input.fill(1.5)
  program.run()
  program.input.set(input)
  program.run()
  const leaves = Object.fromEntries(
    graph.nodes.flatMap((node) => {
      const own = values[nameOf(node)]
      return node.kernel === "Input" && own !== undefined
        ? [[nameOf(node), { values: own, shape: node.shape, dtype: node.dtype }]]
        : []
    })
  )
  return { here: program.outputs["result"], reference: onCpu(() => runGraph(graph, leaves)["result"]?.values) }
}

const drawn = (operands: Case["operands"], seed: number): Readonly<Record<string, Values>> =>
  Object.fromEntries(Object.entries(operands).map(([name, operand], n) => [name, draw(operand, seed + n)]))

/** Kernels of the table of cases without code in WebAssembly: a graph with one of them that moves is run by an engine. */
const others: ReadonlyArray<string> = [
  "Atan2",
  "FloorDiv",
  "Mod",
  "AddN",
  "Prelu",
  "Tan",
  "Acos",
  "Atan",
  "Sinh",
  "Cosh",
  "Asinh",
  "Acosh",
  "Atanh",
  "Erf",
  "Relu6",
  "LeakyRelu",
  "Elu",
  "Selu",
  "EluGrad",
  "IsInf",
  "IsFinite",
  "StopGradient",
  "Sample",
  "Mean",
  "All",
  "Any",
  "ArgMax",
  "ArgMin",
  "Cumprod",
  "Softmax",
  "_FusedMatMul",
  "Einsum",
  "MirrorPad",
  "ZerosLike",
  "OnesLike",
  "Fill",
  "Range",
  "LinSpace",
  "GatherNd",
  "ScatterNd",
  "OneHot"
]

describe("a kernel in WebAssembly gives what tfjs's cpu kernel gives, whichever input moves", () => {
  const found = new Set<string>()
  test.each(Object.entries(cases))("%s", (kernel, examples) => {
    for (const [seed, example] of examples.entries())
      for (const moving of Object.keys(example.operands)) {
        const result = compared(oneNode(kernel, example), moving, drawn(example.operands, seed))
        if ("because" in result) continue
        found.add(kernel)
        const what = JSON.stringify({ example, moving, ...result })
        expect(distance(result.here, result.reference), what).toBeLessThan(example.tolerance ?? 2e-6)
      }
  })

  test("or is one of those that are left to engines", () => {
    expect(Object.keys(cases).filter((kernel) => !found.has(kernel))).toEqual(others)
  })
})

const number = (shape: ReadonlyArray<number>): OperandCase => ({ shape, dtype: "float32", domain: [-2, 2] })

describe("products and solves of all sizes", () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 12, 17])("of %s rows", (m) => {
    for (const [k, n] of [
      [1, 4],
      [3, 8],
      [4, 4],
      [9, 3],
      [20, 1],
      [2, 13]
    ] as const)
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true]
      ] as const) {
        const operands = {
          a: number([2, ...(transposeA ? [k, m] : [m, k])]),
          b: number([2, ...(transposeB ? [n, k] : [k, n])])
        }
        const graph = oneNode("BatchMatMul", { operands, attrs: { transposeA, transposeB } })
        for (const moving of ["a", "b"]) {
          const result = compared(graph, moving, drawn(operands, m))
          expect("because" in result ? result.because : distance(result.here, result.reference)).toBeLessThan(1e-6)
        }
      }
  })

  test.each([1, 2, 5, 8, 11])("a triangle of %s unknowns, downwards and upwards, for five right sides", (n) => {
    const triangle = draw(number([n, n]), 3)
    for (let i = 0; i < n; i++) triangle[i * n + i] = 1 + i
    const right = draw(number([5, n, 1]), 4)
    for (const lower of [true, false])
      for (const transposed of [true, false]) {
        const node: Node = {
          ...{ kernel: "SolveTriangular", inputs: [0, 1], names: ["triangle", "right"] },
          ...{ attrs: { lower, transposed }, shape: [5, n, 1], dtype: "float32" }
        }
        const graph = single(node, [leaf.input("triangle", [n, n]), leaf.input("right", [5, n, 1])])
        const result = compared(graph, "right", { triangle, right })
        expect("because" in result ? result.because : distance(result.here, result.reference)).toBeLessThan(1e-5)
        expect(compared(graph, "triangle", { triangle, right })).toHaveProperty("because")
      }
  })
})

describe("at the ends of the number line", () => {
  const edges = [0, 1e-40, 2e-38, 1e-8, 0.3, 1, 7, 88, 88.7, 89, 103, 3e7, 3e38, Infinity]
  const all = Float32Array.from([...edges, ...edges.map((x) => -x), NaN])
  test.each(["Exp", "Log", "Log1p", "Sigmoid", "Softplus", "Sqrt", "Relu", "Abs", "Reciprocal"])("%s", (kernel) => {
    const graph = oneNode(kernel, { operands: { x: number([all.length]) } })
    const result = compared(graph, "x", { x: all })
    expect(
      "because" in result ? result.because : distance(result.here, result.reference),
      JSON.stringify(result)
    ).toBeLessThan(2e-6)
  })
})

describe("operations that one loop computes together", () => {
  const row = (kernel: string, inputs: ReadonlyArray<number>, shape: ReadonlyArray<number>, attrs = {}): Node => ({
    ...{ kernel, inputs, attrs, shape, dtype: "float32" },
    names: inputs.length === 1 ? ["x"] : ["a", "b"]
  })
  /** Numbers by rows and of rows, softplus and sigmoid of numbers that differ by their sign, values that are read again after a reshape and a sum. */
  const together = (rows: number, width: number): Graph => {
    const full = [rows, width]
    const nodes = [
      leaf.input("x", full),
      leaf.input("signs", [width]),
      row("Sum", [0], [rows, 1], { axis: [1], keepDims: true }),
      row("Add", [0, 2], full),
      row("Multiply", [1, 3], full),
      row("Softplus", [4], full),
      row("Sigmoid", [3], full),
      row("Sub", [5, 6], full),
      row("Reshape", [7], [width, rows], { shape: [width, rows] }),
      row("Reshape", [0], [width, rows], { shape: [width, rows] }),
      row("Multiply", [8, 9], [width, rows]),
      row("Sum", [10], [width, 1], { axis: [1], keepDims: true }),
      row("Sub", [10, 11], [width, rows]),
      row("Square", [12], [width, rows])
    ]
    return { nodes, outputs: { result: 13, middle: 7, sigmoid: 6, rows: 2 } }
  }
  test.each([
    [1, 1],
    [3, 8],
    [4, 5],
    [7, 4],
    [2, 100]
  ])("of %s rows of %s numbers", (rows, width) => {
    const graph = together(rows, width)
    for (const [i, signs] of [
      Float32Array.from({ length: width }, (_, n) => (n % 3 === 0 ? -1 : 1)),
      Float32Array.from({ length: width }, (_, n) => 1 + n / width)
    ].entries()) {
      const x = draw(number([rows, width]), 7 + i)
      for (const moving of ["x", "signs"]) {
        const result = compared(graph, moving, { x, signs })
        if ("because" in result) throw new Error(result.because)
        expect(distance(result.here, result.reference), `${moving} ${i}`).toBeLessThan(2e-5)
        const program = simdProgram(graph, moving, moving === "x" ? { signs } : { x }, 1e6)
        if ("because" in program) throw new Error(program.because)
        program.input.set(moving === "x" ? x : signs)
        program.run()
        // softplus minus sigmoid in double precision, where the sums are those of the program
        const { middle = [], sigmoid = [], rows: sums = [] } = program.outputs
        x.forEach((each, at) => {
          const y = Math.fround(each + (sums[Math.floor(at / width)] ?? 0))
          const z = y * (signs[at % width] ?? 0)
          const wanted = Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - 1 / (1 + Math.exp(-y))
          expect(middle[at]).toBeCloseTo(wanted, 4)
          expect((sigmoid[at] ?? 0) * (1 + Math.exp(-y))).toBeCloseTo(1, 5)
        })
      }
    }
  })
})

test("there is no program, and a reason, where a call would compute too much, or a kernel is not written", () => {
  const graph = oneNode("Exp", { operands: { x: number([1000]) } })
  expect(compared(graph, "x", { x: new Float32Array(1000) }, 999)).toEqual({
    because: "a call computes some 1000 numbers"
  })
  const other = oneNode("Softmax", { operands: { logits: number([4]) }, attrs: { dim: 0 } })
  expect(compared(other, "logits", { logits: new Float32Array(4) })).toEqual({
    because: "Softmax has no code in WebAssembly"
  })
})

test("what does not move is computed once, and no tensor is left", () => {
  const node: Node = { kernel: "Exp", inputs: [1], names: ["x"], attrs: {}, shape: [2], dtype: "float32" }
  const graph = { nodes: [leaf.input("x", [2]), leaf.input("y", [2]), node], outputs: { result: 2, x: 0 } }
  const before = tf.memory().numTensors
  const program = simdProgram(graph, "x", { y: Float32Array.of(0, 1) }, 100)
  expect(tf.memory().numTensors).toBe(before)
  expect("outputs" in program && [...(program.outputs["result"] ?? [])]).toEqual([1, Math.fround(Math.E)])
})
