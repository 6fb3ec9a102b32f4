import fc from "fast-check"
import { expect, it } from "vitest"
import { type Shape, sameShape, sizeOf } from "../../src/tensor/Tensor.ts"
import { type GraphBuilder, graphBuilder } from "../../src/trace/build.ts"
import { type Graph, type Id, leaf, print } from "../../src/trace/Graph.ts"
import { type Pass, passes, simplify } from "../../src/trace/passes/index.ts"
import { verify } from "../../src/trace/verify.ts"
import { draw } from "../support/kernelCalls.ts"
import { type Numbers, runGraph, useCpu } from "../support/onCpu.ts"

useCpu()

/** What one step adds to a graph; the numbers choose among the values that are there and fit. */
interface Step {
  readonly kind: string
  readonly a: number
  readonly b: number
}

const inputs: Readonly<Record<string, Shape>> = { x: [2, 3], y: [3], s: [], t: [3, 2] }
const unary = ["Neg", "Square", "Sigmoid", "Relu", "StopGradient", "Exp", "Sqrt", "Log"]
const binary = ["Add", "Sub", "Multiply", "Maximum", "Minimum", "SquaredDifference", "Greater", "LessEqual"]
const moves = [
  "Reshape",
  "Tile",
  "Transpose",
  "Sum",
  "Cast",
  "Concat",
  "zero",
  "one",
  "ones",
  "two",
  "other",
  "constants"
]

const steps = fc.array(
  fc.record({ kind: fc.constantFrom(...unary, ...binary, ...binary, ...moves), a: fc.nat(1000), b: fc.nat(1000) }),
  { minLength: 1, maxLength: 12 }
)

const grow = (build: GraphBuilder, { kind, a, b }: Step): Id => {
  const numbers = build.nodes.flatMap(({ dtype }, id) => (dtype === "float32" ? [id] : []))
  const x = numbers[a % 3 === 0 ? a % numbers.length : numbers.length - 1] as Id
  const { shape } = build.info(x)
  const fits = numbers.filter((id) => broadcasts(build.info(id).shape, shape))
  const y = fits[b % fits.length] as Id
  const scalar = (value: number): Id => build.constant(Float32Array.of(value), [])
  if (unary.includes(kind)) return build.add(kind, [x])
  if (binary.includes(kind)) {
    const out = build.add(kind, b % 2 === 0 ? [x, y] : [y, x])
    return build.info(out).dtype === "bool" ? build.add("Cast", [out], { dtype: "float32" }) : out
  }
  switch (kind) {
    case "Reshape":
      if (shape.length > 3) return x
      return build.add("Reshape", [x], { shape: [[sizeOf(shape)], [1, ...shape], [...shape, 1], shape][b % 4] })
    case "Tile":
      return build.add("Tile", [x], { reps: shape.map((_, i) => (i === b % 3 && sizeOf(shape) < 20 ? 2 : 1)) })
    case "Transpose":
      return build.add("Transpose", [x], {
        perm: b % 2 === 0 ? shape.map((_, i) => i) : shape.map((_, i) => i).reverse()
      })
    case "Sum":
      return build.add("Sum", [x], { axis: shape.length === 0 ? [] : [b % shape.length], keepDims: b % 2 === 0 })
    case "Cast":
      return build.add("Cast", [build.add("Cast", [x], { dtype: b % 2 === 0 ? "int32" : "bool" })], {
        dtype: "float32"
      })
    case "Concat":
      return shape.length === 0
        ? x
        : build.add("Concat", [x, numbers.find((id) => sameShape(build.info(id).shape, shape)) ?? x], { axis: 0 })
    case "zero":
      return build.add("Add", b % 2 === 0 ? [x, scalar(0)] : [scalar(0), x])
    case "one":
      return build.add("Multiply", b % 2 === 0 ? [x, scalar(1)] : [scalar(1), x])
    case "ones":
      if (shape.length > 3) return x
      return build.add("Multiply", [x, build.constant(new Float32Array(2 * sizeOf(shape)).fill(1), [2, ...shape])])
    case "two":
      return build.add("RealDiv", [x, build.constant(new Float32Array(sizeOf(shape)).fill(2), shape)])
    case "other":
      return build.constant(
        Float32Array.from({ length: 3 }, (_, i) => a + i),
        [3]
      )
    default:
      return build.add("Multiply", [
        build.add("Sub", [scalar(a % 5), scalar(b % 3)]),
        build.constant(new Float32Array(3).fill(b % 4), [3])
      ])
  }
}

const broadcasts = (a: Shape, b: Shape): boolean => {
  const rank = Math.max(a.length, b.length)
  if (rank > 4) return false
  return Array.from({ length: rank }, (_, i) => [a[a.length - 1 - i] ?? 1, b[b.length - 1 - i] ?? 1]).every(
    ([m, n]) => m === n || m === 1 || n === 1
  )
}

/** A graph of the given steps: its last node and some others are its outputs. */
const graphOf = (list: ReadonlyArray<Step>): Graph => {
  const build = graphBuilder()
  for (const [name, shape] of Object.entries(inputs)) build.push(leaf.input(name, shape))
  for (const step of list) grow(build, step)
  const last = build.nodes.length - 1
  const shown = list.map(({ b }) => b % build.nodes.length).slice(0, 2)
  return verify(build.finish({ last, ...Object.fromEntries(shown.map((id, i) => [`some${i}`, id])) }), "growing it")
}

const given = Object.fromEntries(
  draw(
    Object.values(inputs).map((shape) => ({ shape, dtype: "float32", range: [-2, 3] })),
    1
  ).map((value, i) => [Object.keys(inputs)[i], value])
) as Readonly<Record<string, Numbers>>

/** The numbers, without the sign of a zero, which x + 0 takes away and the pass that drops it leaves. */
const results = (graph: Graph): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(runGraph(graph, given)).map(([name, { values, shape }]) => [
      name,
      { shape, values: Array.from(values, (v) => v + 0) }
    ])
  )

const options = { seed: 1, numRuns: 300 }

it("the simplified graph computes the same numbers, to the last bit", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const graph = graphOf(list)
      const simple = simplify(graph)
      expect(results(simple), `${print(graph)}\nbecame\n${print(simple)}`).toEqual(results(graph))
      expect(simple.nodes.length).toBeLessThanOrEqual(graph.nodes.length)
    }),
    options
  )
})

it.each(Object.entries(passes))(
  "%s alone computes the same numbers, and leaves a graph that is well formed",
  (name, pass) => {
    fc.assert(
      fc.property(steps, (list) => {
        const graph = graphOf(list)
        const after = verify(pass(graph), name)
        expect(results(after), `${print(graph)}\nbecame\n${print(after)}`).toEqual(results(graph))
      }),
      { ...options, numRuns: 100 }
    )
  }
)

it("what is simplified once is simple: doing it again changes nothing", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const once = simplify(graphOf(list))
      expect(print(simplify(once))).toBe(print(once))
    }),
    options
  )
})

it("a pass that breaks a graph is named", () => {
  const build = graphBuilder()
  const graph = build.finish({ y: build.add("Neg", [build.push(leaf.input("x", [2, 3]))]) })
  const all: Record<string, Pass> = passes
  all["breaks"] = ({ nodes, outputs }) => ({
    nodes: nodes.map((node) => (node.kernel === "Neg" ? { ...node, shape: [7] } : node)),
    outputs
  })
  try {
    expect(() => simplify(graph)).toThrow("after 'breaks', node %1 = Neg: says shape [7]")
  } finally {
    delete all["breaks"]
  }
  expect(print(simplify(graph))).toBe(print(graph))
})
