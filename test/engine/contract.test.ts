import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { contract } from "../../src/engine/contract.ts"
import { layers } from "../../src/engine/layers.ts"
import { sizeOf } from "../../src/tensor/Tensor.ts"
import { type Graph, leaf, type Node, print } from "../../src/trace/Graph.ts"
import { nativeIsSetUp, tensorflows } from "./engines.ts"
import { distance, draw, nothing, pure, runOnce, Sketch } from "./harness.ts"

type Shape = ReadonlyArray<number>

/** The sum of the product of two factors along one axis. */
const sumOfProduct = (a: Shape, b: Shape, axis: number, keepDims = false): Graph => {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, i: number): number => shape[i - rank + shape.length] ?? 1
  const whole = Array.from({ length: rank }, (_, i) => Math.max(at(a, i), at(b, i)))
  const g = new Sketch()
  const product = g.call("Multiply", { a: g.input("a", a), b: g.input("b", b) }, whole)
  const left = keepDims ? whole.map((n, i) => (i === axis ? 1 : n)) : whole.filter((_, i) => i !== axis)
  const sum = g.call("Sum", { x: product }, left, { axis: [axis], keepDims })
  return { nodes: g.nodes, outputs: { sum } }
}

const productsIn = (graph: Graph): number =>
  contract(graph).nodes.filter(({ kernel }) => kernel === "BatchMatMul").length

const numbers = (shape: Shape, seed: number) => draw({ shape, dtype: "float32", domain: [-1, 1] }, seed)

describe("sums of products", () => {
  it("of a matrix and a vector are products of matrices, and so is their gradient by the vector", () => {
    expect(print(contract(sumOfProduct([100, 5], [5], 1)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="a"} : float32[100,5]
      %1 = Input() {name="b"} : float32[5]
      %2 = Multiply(%0, %1) : float32[100,5]
      %3 = Reshape(%1) {shape=[5,1]} : float32[5,1]
      %4 = BatchMatMul(%0, %3) {transposeA=false, transposeB=false} : float32[100,1]
      %5 = Reshape(%4) {shape=[100]} : float32[100]
      return sum = %5"
    `)
    expect(print(contract(sumOfProduct([100, 1], [100, 5], 0)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="a"} : float32[100,1]
      %1 = Input() {name="b"} : float32[100,5]
      %2 = Multiply(%0, %1) : float32[100,5]
      %3 = BatchMatMul(%1, %0) {transposeA=true, transposeB=false} : float32[5,1]
      %4 = Reshape(%3) {shape=[5]} : float32[5]
      return sum = %4"
    `)
  })

  it("of every pair of rows of two matrices is one product", () => {
    expect(productsIn(sumOfProduct([7, 1, 5], [1, 3, 5], 2))).toBe(1)
  })

  it.each<readonly [string, Graph]>([
    ["of two vectors", sumOfProduct([5], [5], 0)],
    ["of two matrices, number by number", sumOfProduct([4, 5], [4, 5], 1)],
    ["along an axis that one of them does not have", sumOfProduct([4, 5], [4, 1], 1)],
    ["of axes that lie between each other", sumOfProduct([3, 1, 2, 5], [1, 4, 1, 5], 3)]
  ])("stay as they are: %s", (_, graph) => {
    expect(productsIn(graph)).toBe(0)
  })

  it("stay as they are where one factor is constant weights, and not where it is a constant matrix", () => {
    const withConstant = (place: number): number => {
      const graph = sumOfProduct([4, 5], [5], 1)
      const fixed = (node: Node): Node => leaf.constant(new Float32Array(sizeOf(node.shape)), node.shape, "float32")
      return productsIn({ ...graph, nodes: graph.nodes.map((node, id) => (id === place ? fixed(node) : node)) })
    }
    expect([withConstant(0), withConstant(1)]).toEqual([1, 0])
  })

  it("stay as they are where something else reads the product, or where they are of whole numbers", () => {
    const graph = sumOfProduct([4, 5], [5], 1)
    expect(productsIn({ ...graph, outputs: { ...graph.outputs, product: 2 } })).toBe(0)
    const whole = graph.nodes.map((node) => ({ ...node, dtype: "int32" as const }))
    expect(productsIn({ ...graph, nodes: whole })).toBe(0)
  })

  /** By axis: whether the first, the second or both factors have it. */
  const axes = fc.array(fc.constantFrom("first", "second", "both"), { minLength: 1, maxLength: 3 })
  const size = fc.integer({ min: 2, max: 4 })

  it("keep their values and shape, whatever the axes are", async () => {
    const engines = [
      layers.eagerOn("cpu"),
      layers.onnx,
      ...(nativeIsSetUp ? tensorflows.map(([, source]) => source) : [])
    ]
    let contracted = 0
    await fc.assert(
      fc.asyncProperty(
        axes,
        fc.nat(),
        fc.boolean(),
        fc.array(size, { minLength: 4, maxLength: 4 }),
        async (own, at, keep, sizes) => {
          const place = at % (own.length + 1)
          const owners = [...own.slice(0, place), "both", ...own.slice(place)]
          const shapeOf = (other: string): Shape => owners.map((owner, i) => (owner === other ? 1 : (sizes[i] ?? 1)))
          const [a, b] = [shapeOf("second"), shapeOf("first")]
          const graph = sumOfProduct(a, b, place, keep)
          contracted += productsIn(graph)
          const feeds = { a: numbers(a, 1), b: numbers(b, 2) }
          const [plain] = engines
          const expected = plain && (await runOnce(plain, pure(graph), nothing, 1, feeds))["sum"]
          expect(contract(graph).nodes[contract(graph).outputs["sum"] ?? -1]?.shape).toEqual(graph.nodes.at(-1)?.shape)
          for (const engine of engines) {
            const { sum } = await runOnce(engine, pure(engine === plain ? contract(graph) : graph), nothing, 1, feeds)
            expect(distance(sum, expected)).toBeLessThan(1e-6)
          }
        }
      ),
      { seed: 2026, numRuns: 40 }
    )
    expect(contracted).toBeGreaterThan(10)
  })
})
