import { Effect } from "effect"
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { layers } from "../../src/engine/layers.ts"
import { rules } from "../../src/engine/onnx/rules.ts"
import { rules as stablehlo } from "../../src/engine/stablehlo/rules.ts"
import { tensorflowBy } from "../../src/engine/tensorflow/index.ts"
import { type Graph, leaf, type Node, nameOf, type Values } from "../../src/trace/Graph.ts"
import { type Case, cases } from "./cases.ts"
import { nativeIsSetUp } from "./engines.ts"
import { distance, draw, nothing, oneNode, pure, runOnce, type Source, single } from "./harness.ts"

/** How many operands one compiled graph is asked about. */
const turns = 6
const cpu = layers.eagerOn("cpu")
const runtimes: ReadonlyArray<readonly [string, Source]> = [
  ["ONNX Runtime", layers.onnx],
  ["ONNX Runtime as WebAssembly", layers.onnxWeb],
  ...(nativeIsSetUp ? [["TensorFlow's XLA", tensorflowBy("xla")] as const] : [])
]

/** All cases of a kernel in one graph, since compiling takes longer than running: the operands and the result of case 2 are `a2`, `b2` and `result2`. */
const allCases = (kernel: string, examples: ReadonlyArray<Case>): Graph => {
  const nodes: Array<Node> = []
  const outputs: Record<string, number> = {}
  for (const [i, example] of examples.entries()) {
    const { nodes: few } = oneNode(kernel, example)
    const first = nodes.length
    for (const node of few)
      nodes.push(
        node.kernel === "Input"
          ? leaf.input(`${nameOf(node)}${i}`, node.shape, node.dtype)
          : { ...node, inputs: node.inputs.map((id) => first + id) }
      )
    outputs[`result${i}`] = nodes.length - 1
  }
  return { nodes, outputs }
}

const agree = async (source: Source, kernel: string, examples: ReadonlyArray<Case>): Promise<void> => {
  const graph = pure(allCases(kernel, examples))
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const feeds = Object.fromEntries(
        examples.flatMap(({ operands }, i) =>
          Object.entries(operands).map(([name, operand], n) => [`${name}${i}`, draw(operand, seed + n, turns)])
        )
      )
      const here = await runOnce(source, graph, nothing, turns, feeds)
      const reference = await runOnce(cpu, graph, nothing, turns, feeds)
      for (const [i, example] of examples.entries()) {
        const [found, expected] = [here[`result${i}`], reference[`result${i}`]]
        const what = JSON.stringify({ example, found, expected })
        expect(distance(found, expected), what).toBeLessThan(example.tolerance ?? 2e-6)
      }
    }),
    { numRuns: 1 }
  )
}

beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

describe.each(runtimes)("a kernel on %s gives what tfjs's cpu kernel gives", (_, onnx) => {
  it.each(Object.entries(cases))("%s", (kernel, examples) => agree(onnx, kernel, examples))
})

describe("the table of cases", () => {
  it.each([
    ["ONNX", rules],
    ["StableHLO", stablehlo]
  ])("has one for every rule of %s", (_, table) => {
    expect(Object.keys(table).sort()).toEqual([...Object.keys(cases), ...Object.keys(definitions)].sort())
  })
})

if (nativeIsSetUp)
  describe("a kernel on TensorFlow's own ops gives what tfjs's cpu kernel gives", () => {
    it.each(Object.entries(cases))("%s", (kernel, examples) => agree(tensorflowBy("dataflow"), kernel, examples))
  })

describe("a kernel on the tfjs backend that the eager engine takes for it gives what the cpu kernel gives", () => {
  it.each(Object.entries(cases))("%s", (kernel, examples) => agree(layers.eager, kernel, examples))
})

/** Kernels that tfjs's cpu backend does not have, in numbers. */
const definitions: Readonly<Record<string, (source: Source) => Promise<void>>> = {
  LogicalXor: async (onnx) => {
    const [a, b] = [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 0, 1)]
    const graph = single(nodeOf("LogicalXor", { a, b }, [4], {}, "bool"), inputsOf({ a, b }, [4], "bool"))
    expect((await runOnce(onnx, pure(graph), nothing, 1, { a, b }))["result"]).toEqual(Float32Array.of(0, 1, 1, 0))
  },
  LogSoftmax: async (onnx) => {
    const logits = Float32Array.of(1, 2, 3, -1, 0, 50)
    const graph = single(nodeOf("LogSoftmax", { logits }, [2, 3], { axis: 1 }), inputsOf({ logits }, [2, 3]))
    const total = (row: Float32Array): number => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
    const expected = logits.map((x, i) => x - total(i < 3 ? logits.subarray(0, 3) : logits.subarray(3)))
    expect(distance((await runOnce(onnx, pure(graph), nothing, 1, { logits }))["result"], expected)).toBeLessThan(1e-6)
  },
  BroadcastTo: async (onnx) => {
    const x = Float32Array.of(1, 2, 3)
    const node = nodeOf("BroadcastTo", { x }, [2, 3], { shape: [2, 3], inputShape: [1, 3] })
    const { result } = await runOnce(onnx, pure(single(node, inputsOf({ x }, [1, 3]))), nothing, 1, { x })
    expect(result).toEqual(Float32Array.of(1, 2, 3, 1, 2, 3))
  }
}

const nodeOf = (
  kernel: string,
  operands: Readonly<Record<string, Values>>,
  shape: ReadonlyArray<number>,
  attrs: Node["attrs"] = {},
  dtype: Node["dtype"] = "float32"
): Node => {
  const names = Object.keys(operands)
  return { kernel, inputs: names.map((_, i) => i), names, attrs, shape, dtype }
}

const inputsOf = (
  operands: Readonly<Record<string, Values>>,
  shape: ReadonlyArray<number>,
  dtype: Node["dtype"] = "float32"
): ReadonlyArray<Node> => Object.keys(operands).map((name) => leaf.input(name, shape, dtype))

describe.each(runtimes)("a kernel that tfjs's cpu backend lacks does on %s what its name says", (_, onnx) => {
  it.each(Object.entries(definitions))("%s", (_, check) => check(onnx))
})

/** What the special forms are written for: the ends of the number line. */
describe.each(runtimes)("on %s", (_, onnx) => {
  const at = async (kernel: string, x: Float32Array, attrs: Node["attrs"] = {}) => {
    const graph = single(nodeOf(kernel, { x }, [x.length], attrs), inputsOf({ x }, [x.length]))
    return (await runOnce(onnx, pure(graph), nothing, 1, { x }))["result"]
  }

  it("log1p and expm1 keep tiny arguments and take infinite ones", async () => {
    expect(await at("Log1p", Float32Array.of(1e-20, -1e-20, 0, Infinity, -1, NaN))).toEqual(
      Float32Array.of(1e-20, -1e-20, 0, Infinity, -Infinity, NaN)
    )
    const [tiny, ...rest] = (await at("Expm1", Float32Array.of(1e-20, 0, Infinity, -Infinity))) ?? []
    expect((tiny ?? 0) / 1e-20).toBeCloseTo(1, 6)
    expect(rest).toEqual([0, Infinity, -1])
  })

  it("softplus of many numbers is exact far to either side", async () => {
    const many = new Float32Array(5000).fill(-80)
    many.set([80, 0, -80, Infinity, -Infinity])
    const found = (await at("Softplus", many)) ?? new Float32Array()
    const expected = Float32Array.of(80, Math.LN2, Math.exp(-80), Infinity, 0)
    for (let i = 0; i < 5; i++) {
      const [x, y] = [found[i] ?? NaN, expected[i] ?? NaN]
      expect(x === y || Math.abs(x / y - 1) < 1e-5, `${x} for ${y}`).toBe(true)
    }
  })

  it("a step and a sign tell the smallest normal number from zero", async () => {
    const x = Float32Array.of(1.2e-38, -1.2e-38, 0, Infinity, -Infinity)
    expect(await at("Step", x, { alpha: 0 })).toEqual(Float32Array.of(1, 0, 0, 1, 0))
    expect((await at("Sign", x))?.map((s) => s + 0)).toEqual(Float32Array.of(1, -1, 0, 1, -1))
  })
})
