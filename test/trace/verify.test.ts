import { describe, expect, it } from "vitest"
import { type Graph, leaf, type Node } from "../../src/trace/Graph.ts"
import { verify } from "../../src/trace/verify.ts"

const x = leaf.input("x", [2, 3])
const node = (kernel: string, inputs: ReadonlyArray<number>, rest: Partial<Node> = {}): Node => ({
  kernel,
  inputs,
  names: [],
  attrs: {},
  shape: [2, 3],
  dtype: "float32",
  ...rest
})
const sum = { axis: [0, 1], keepDims: false }

describe("the verifier accepts", () => {
  it("a graph whose nodes follow their inputs and say what their rows infer, and gives it back", () => {
    const graph: Graph = {
      nodes: [x, node("Exp", [0]), node("Sum", [1], { attrs: sum, shape: [] })],
      outputs: { y: 2 }
    }
    expect(verify(graph, "a pass")).toBe(graph)
  })
})

describe("the verifier rejects, with the pass and the node, ", () => {
  it.each<readonly [string, ReadonlyArray<Node>, RegExp]>([
    ["a node that reads a later one", [x, node("Exp", [2]), node("Exp", [0])], /%1 = Exp: reads \[2\]/],
    ["a node that reads itself", [x, node("Exp", [1])], /%1 = Exp: reads \[1\]/],
    ["a node that reads nothing that is there", [x, node("Exp", [-1])], /reads \[-1\]/],
    ["a node whose input has no place", [x, node("Exp", [Number.NaN])], /reads \[NaN\]/],
    ["a kernel without a row", [x, node("Sort", [0])], /Sort: has no row/],
    ["a wrong shape", [x, node("Exp", [0], { shape: [3, 2] })], /says shape \[3, 2\], but its inputs give \[2, 3\]/],
    [
      "a shape that a reduction does not give",
      [x, node("Sum", [0], { attrs: sum })],
      /says shape \[2, 3\], but its inputs give \[\]/
    ],
    ["a wrong type", [x, node("Greater", [0, 0])], /says float32, but its inputs give bool/],
    [
      "a constant of another size than its shape",
      [leaf.constant(Float32Array.of(1, 2), [3], "float32")],
      /holds 2 numbers for shape \[3\]/
    ],
    ["operands that do not broadcast", [x, leaf.input("y", [4]), node("Add", [0, 1])], /\[2, 3\], got \[4\]/]
  ])("%s", (_, nodes, message) => {
    expect(() => verify({ nodes, outputs: { y: nodes.length - 1 } }, "somePass")).toThrow(message)
  })

  it("an output that names no node", () => {
    expect(() => verify({ nodes: [x], outputs: { y: 3 } }, "somePass")).toThrow(
      "after 'somePass', output 'y' names no node"
    )
  })

  it("and names the pass", () => {
    expect(() => verify({ nodes: [x, node("Sort", [0])], outputs: {} }, "somePass")).toThrow(/^after 'somePass'/)
  })
})
