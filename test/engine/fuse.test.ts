import { describe, expect, it } from "vitest"
import { layers } from "../../src/engine/layers.ts"
import { fuse } from "../../src/engine/onnx/fuse.ts"
import { print } from "../../src/trace/Graph.ts"
import { distance, draw, nothing, pure, runOnce, Sketch } from "./harness.ts"

const layer = () => {
  const g = new Sketch()
  const [x, w, b] = [g.input("x", [4, 3]), g.input("w", [3, 5]), g.input("b", [5])]
  const product = g.call("BatchMatMul", { a: x, b: w }, [4, 5], { transposeA: false, transposeB: false })
  const sum = g.pair("Add", product, b)
  return { g, product, sum, relu: g.unary("Relu", sum), slope: g.unary("Step", sum, { alpha: 0 }) }
}

describe("fusing for ONNX Runtime", () => {
  it("puts the bias into the product and reads a ReLU's slope off the ReLU", () => {
    const { g, relu, slope } = layer()
    expect(print(fuse({ nodes: g.nodes, outputs: { relu, slope } }))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[4,3]
      %1 = Input() {name="w"} : float32[3,5]
      %2 = Input() {name="b"} : float32[5]
      %3 = BatchMatMul(%0, %1) {transposeA=false, transposeB=false} : float32[4,5]
      %4 = _FusedMatMul(%0, %1, %2) {transposeA=false, transposeB=false, activation="linear"} : float32[4,5]
      %5 = Relu(%4) : float32[4,5]
      %6 = Step(%5) {alpha=0} : float32[4,5]
      return relu = %5, slope = %6"
    `)
  })

  it("keeps a product that something else reads too", () => {
    const { g, product, sum } = layer()
    const fused = fuse({ nodes: g.nodes, outputs: { product, sum } })
    expect(fused.nodes[sum]).toBe(g.nodes[sum])
  })

  it("changes no value", async () => {
    const { g, relu, slope } = layer()
    const graph = { nodes: g.nodes, outputs: { relu, slope } }
    const feed = (shape: ReadonlyArray<number>, seed: number) =>
      draw({ shape, dtype: "float32", domain: [-1, 1] }, seed)
    const feeds = { x: feed([4, 3], 1), w: feed([3, 5], 2), b: feed([5], 3) }
    const cpu = layers.eagerOn("cpu")
    const plain = await runOnce(cpu, pure(graph), nothing, 1, feeds)
    for (const [source, form] of [
      [cpu, fuse(graph)],
      [layers.onnx, graph],
      [layers.onnxWeb, graph]
    ] as const) {
      const fused = await runOnce(source, pure(form), nothing, 1, feeds)
      expect(distance(fused["relu"], plain["relu"])).toBeLessThan(1e-6)
      expect(fused["slope"]).toEqual(plain["slope"])
    }
  })

  it("takes a softplus that is only added up by its shorter form, and no other", async () => {
    const build = () => {
      const g = new Sketch()
      const [x, y] = [g.input("x", [60, 90]), g.input("y", [60, 90])]
      const softplus = g.unary("Softplus", x)
      const difference = g.pair("Sub", y, softplus)
      const total = g.call("Sum", { x: difference }, [60], { axis: [1], keepDims: false })
      return { g, softplus, difference, total }
    }
    const { g, softplus, difference, total } = build()
    const marked = (outputs: Readonly<Record<string, number>>) =>
      fuse({ nodes: g.nodes, outputs }).nodes[softplus]?.attrs["summed"] === true
    expect(marked({ total })).toBe(true)
    expect(marked({ total, difference })).toBe(false)
    expect(marked({ total, softplus })).toBe(false)

    const graph = { nodes: g.nodes, outputs: { total } }
    const feeds = {
      x: draw({ shape: [60, 90], dtype: "float32", domain: [-40, 40] }, 1),
      y: draw({ shape: [60, 90], dtype: "float32", domain: [-1, 1] }, 2)
    }
    const [plain, short] = [
      await runOnce(layers.eagerOn("cpu"), pure(graph), nothing, 1, feeds),
      await runOnce(layers.onnx, pure(graph), nothing, 1, feeds)
    ]
    expect(distance(short["total"], plain["total"])).toBeLessThan(1e-6)
  })
})
