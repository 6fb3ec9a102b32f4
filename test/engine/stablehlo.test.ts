import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Loop } from "../../src/engine/Engine.ts"
import { literal, uniform } from "../../src/engine/stablehlo/literal.ts"
import { lower } from "../../src/engine/stablehlo/lower.ts"
import { missingRule, rules } from "../../src/engine/stablehlo/rules.ts"
import { ownKernels } from "../../src/tensor/ownKernels.ts"
import { ofNamedAxes } from "../../src/trace/axes.ts"
import { leaf, nodeAt } from "../../src/trace/Graph.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { nothing, pure, Sketch } from "./harness.ts"
import { regression } from "./models.ts"

/** w goes down by twice a fixed number and a fed one, and the loss is its logarithm. */
const descent = (): Loop => {
  const g = new Sketch()
  const [w, slope, noise] = [g.input("w", [2]), g.input("slope", []), g.input("noise", [2])]
  const twice = g.pair("Multiply", slope, g.scalar(2))
  const next = g.pair("Sub", g.pair("Sub", w, twice), noise)
  const value = g.call("Sum", { x: g.unary("Log", w) }, [], { axis: [0], keepDims: false })
  return {
    graph: { nodes: g.nodes, outputs: { next, value } },
    carried: { w: "next" },
    fixed: ["slope"],
    rows: {},
    emitted: ["value"]
  }
}

describe("a loop as StableHLO", () => {
  it("is one while, with what does not change before it, feeds by the step's number, and an end at a loss that is no number", () => {
    expect(lower(descent(), nothing, 8).text).toMatchInlineSnapshot(`
      "module @latent {
        func.func public @main(%arg0: tensor<i32>, %arg1: tensor<2xf32>, %arg2: tensor<f32>, %arg3: tensor<8x2xf32>) -> (tensor<i32>, tensor<2xf32>, tensor<8xf32>) {
          %0 = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
          %1 = "stablehlo.constant"() <{value = dense<true> : tensor<i1>}> : () -> tensor<i1>
          %2 = "stablehlo.constant"() <{value = dense<0.0e+0> : tensor<8xf32>}> : () -> tensor<8xf32>
          %10 = "stablehlo.constant"() <{value = dense<2.0e+0> : tensor<f32>}> : () -> tensor<f32>
          %11 = "stablehlo.multiply"(%arg2, %10) : (tensor<f32>, tensor<f32>) -> tensor<f32>
          %out:4 = "stablehlo.while"(%0, %1, %arg1, %2) ({
          ^bb0(%3: tensor<i32>, %4: tensor<i1>, %5: tensor<2xf32>, %6: tensor<8xf32>):
            %23 = "stablehlo.compare"(%3, %arg0) <{comparison_direction = #stablehlo<comparison_direction LT>}> : (tensor<i32>, tensor<i32>) -> tensor<i1>
            %24 = "stablehlo.and"(%23, %4) : (tensor<i1>, tensor<i1>) -> tensor<i1>
            "stablehlo.return"(%24) : (tensor<i1>) -> ()
          }, {
          ^bb0(%3: tensor<i32>, %4: tensor<i1>, %5: tensor<2xf32>, %6: tensor<8xf32>):
            %7 = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
            %8 = "stablehlo.dynamic_slice"(%arg3, %3, %7) <{slice_sizes = array<i64: 1, 2>}> : (tensor<8x2xf32>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>
            %9 = "stablehlo.reshape"(%8) : (tensor<1x2xf32>) -> tensor<2xf32>
            %12 = "stablehlo.broadcast_in_dim"(%11) <{broadcast_dimensions = array<i64>}> : (tensor<f32>) -> tensor<2xf32>
            %13 = "stablehlo.subtract"(%5, %12) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
            %14 = "stablehlo.subtract"(%13, %9) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
            %15 = "stablehlo.log"(%5) : (tensor<2xf32>) -> tensor<2xf32>
            %16 = "stablehlo.constant"() <{value = dense<0.0e+0> : tensor<f32>}> : () -> tensor<f32>
            %17 = "stablehlo.reduce"(%15, %16) <{dimensions = array<i64: 0>}> ({
            ^bb0(%a: tensor<f32>, %b: tensor<f32>):
            %c = "stablehlo.add"(%a, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
            "stablehlo.return"(%c) : (tensor<f32>) -> ()
            }) : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
            %18 = "stablehlo.constant"() <{value = dense<1> : tensor<i32>}> : () -> tensor<i32>
            %19 = "stablehlo.add"(%3, %18) : (tensor<i32>, tensor<i32>) -> tensor<i32>
            %20 = "stablehlo.is_finite"(%17) : (tensor<f32>) -> tensor<i1>
            %21 = "stablehlo.reshape"(%17) : (tensor<f32>) -> tensor<1xf32>
            %22 = "stablehlo.dynamic_update_slice"(%6, %21, %3) : (tensor<8xf32>, tensor<1xf32>, tensor<i32>) -> tensor<8xf32>
            "stablehlo.return"(%19, %20, %14, %22) : (tensor<i32>, tensor<i1>, tensor<2xf32>, tensor<8xf32>) -> ()
          }) : (tensor<i32>, tensor<i1>, tensor<2xf32>, tensor<8xf32>) -> (tensor<i32>, tensor<i1>, tensor<2xf32>, tensor<8xf32>)
          return %out#0, %out#2, %out#3 : tensor<i32>, tensor<2xf32>, tensor<8xf32>
        }
      }"
    `)
  })

  it("has a line for each op, which knows its node", () => {
    const { loop, bindings } = regression()
    const { text, nodes } = lower(loop, bindings, 4)
    const lines = text.split("\n")
    expect(lines.length).toBe(nodes.length)
    const kernelOf = (op: string): ReadonlyArray<string> =>
      lines.flatMap((line, i) => {
        const node = nodes[i]
        return line.includes(`"stablehlo.${op}"`) && node !== undefined ? [nodeAt(loop.graph, node).kernel] : []
      })
    expect(kernelOf("dot_general")).toEqual(["BatchMatMul", "BatchMatMul"])
    expect(kernelOf("sqrt")).toEqual(["Sqrt"])
    expect(kernelOf("gather")).toEqual(["Input", "Input"])
  })

  it("takes large constants as arguments: their numbers do not change the text", () => {
    const text = (first: number): string => {
      const g = new Sketch()
      const values = Float32Array.from({ length: 100 }, (_, i) => first + i)
      const result = g.pair("Add", g.input("x", [100]), g.add(leaf.constant(values, [100], "float32")))
      const program = lower(pure({ nodes: g.nodes, outputs: { result } }), nothing, 1)
      expect(program.arguments.find(({ kind }) => kind === "constant")).toMatchObject({ values, shape: [100] })
      return program.text
    }
    expect(text(1)).toBe(text(2))
  })

  it("declares the types of its results as the graph has them, with room for all steps", () => {
    const { loop, bindings } = regression()
    const { results, text } = lower(loop, bindings, 4)
    const shapes = results.map((each) => `${each.kind} ${"name" in each ? each.name : ""} [${each.shape}]`)
    expect(shapes).toEqual([
      "done  []",
      "carried w [3]",
      "carried m [3]",
      "carried v [3]",
      "carried steps []",
      "emitted loss [4]",
      "emitted twice [4]",
      "emitted w [4,3]",
      "emitted fitted [4,8,1]",
      "emitted nextW [4,3]"
    ])
    const [, declared = ""] = text.match(/-> \((.*)\) \{/) ?? []
    expect(declared.split(", ").length).toBe(results.length)
  })
})

it("has a rule for every kernel that a graph may hold, but for those that are written as other kernels before", () => {
  const before = (kernel: string): boolean =>
    ofNamedAxes.has(kernel) || kernel === "Scan" || Object.hasOwn(ownKernels, kernel)
  const missing = Object.keys(kernels).filter((kernel) => !before(kernel) && !Object.hasOwn(rules, kernel))
  expect(missing).toEqual([])
  expect(missingRule([{ ...leaf.input("x", []), kernel: "Bessel" }])?.message).toMatch(
    /^the op 'Bessel' cannot be used while lowering to StableHLO\. Write it with other ops/
  )
})

describe("numbers in StableHLO", () => {
  it("are read as they were written, with a point in each", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const text = uniform("f32", x)
        expect(text).toMatch(/^-?\d+\.\d+e[+-]\d+$/)
        expect(Object.is(Number(text), x)).toBe(true)
      })
    )
  })

  it("are bits where they are not finite, and bytes in a list", () => {
    expect([Infinity, -Infinity, Number.NaN].map((x) => uniform("f32", x))).toEqual([
      "0x7F800000",
      "0xFF800000",
      "0x7FC00000"
    ])
    expect(literal("f32", Float32Array.of(1, -2))).toBe('"0x0000803F000000C0"')
    expect(literal("i32", Int32Array.of(-1, 258))).toBe('"0xFFFFFFFF02010000"')
    expect(literal("ui8", Uint8Array.of(0, 1))).toBe('"0x0001"')
  })
})
