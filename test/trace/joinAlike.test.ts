import fc from "fast-check"
import { expect, it } from "vitest"
import { type Shape, sizeOf } from "../../src/tensor/Tensor.ts"
import { type GraphBuilder, graphBuilder } from "../../src/trace/build.ts"
import { type Graph, type Id, leaf, nameOf, print } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { joinAlike } from "../../src/trace/passes/joinAlike.ts"
import { verify } from "../../src/trace/verify.ts"
import { type Numbers, runGraph, useCpu } from "../support/onCpu.ts"

useCpu()

// The kernels of tfjs's cpu backend, run on the graph as it was, say what the joined graph must give, to the last bit.

const graphOf = (write: (build: GraphBuilder) => Readonly<Record<string, Id>>): Graph => {
  const build = graphBuilder()
  return build.finish(write(build))
}

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

const part = (build: GraphBuilder, vector: Id, begin: number, shape: Shape): Id =>
  build.add("Reshape", [build.add("Slice", [vector], { begin: [begin], size: [sizeOf(shape)] })], { shape })

const numbersFor = (graph: Graph): Record<string, Numbers> =>
  Object.fromEntries(
    graph.nodes.flatMap((node, place) => {
      const { kernel, shape, dtype } = node
      const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i + place))
      return kernel === "Input" ? [[nameOf(node), { shape, dtype, values }] as const] : []
    })
  )

const joined = (before: Graph): Graph => {
  const after = verify(joinAlike(before), "joinAlike")
  const given = numbersFor(before)
  expect(runGraph(after, given)).toEqual(runGraph(before, given))
  return after
}

it("makes one operation of those of many sites, which read a pack by turns, their neighbour, and what they share", () => {
  const count = 20
  const before = graphOf((build) => {
    const pack = build.push(leaf.input("pack", [2 * count]))
    const two = build.constant(Float32Array.of(2), [])
    const draws = range(count).map((i) =>
      build.add("Add", [part(build, pack, 2 * i, []), build.add("Exp", [part(build, pack, 2 * i + 1, [])])])
    )
    const costs = draws.map((draw, i) =>
      build.add("Square", [build.add("Sub", [draw, build.add("Multiply", [two, draws[i - 1] ?? two])])])
    )
    const vectors = [...draws, ...costs].map((id) => build.add("Reshape", [id], { shape: [1] }))
    return { all: build.add("Concat", vectors, { axis: 0 }), last: costs.at(-1) ?? two }
  })
  expect(before.nodes.length).toBe(223)
  expect(print(simplify(joined(before)))).toMatchInlineSnapshot(`
    "%0 = Input() {name="pack"} : float32[40]
    %1 = Const() {values=[2]} : float32[]
    %2 = Const() {values=[4]} : float32[]
    %3 = Const() {values=[1,3,5,… 20]} : int32[20]
    %4 = GatherV2(%0, %3) {axis=0, batchDims=0} : float32[20]
    %5 = Exp(%4) : float32[20]
    %6 = Const() {values=[0,2,4,… 20]} : int32[20]
    %7 = GatherV2(%0, %6) {axis=0, batchDims=0} : float32[20]
    %8 = Add(%7, %5) : float32[20]
    %9 = Slice(%8) {begin=[0], size=[1]} : float32[1]
    %10 = Reshape(%9) {shape=[]} : float32[]
    %11 = Sub(%10, %2) : float32[]
    %12 = Slice(%8) {begin=[0], size=[19]} : float32[19]
    %13 = Multiply(%1, %12) : float32[19]
    %14 = Square(%11) : float32[]
    %15 = Slice(%8) {begin=[1], size=[19]} : float32[19]
    %16 = Sub(%15, %13) : float32[19]
    %17 = Square(%16) : float32[19]
    %18 = Slice(%17) {begin=[18], size=[1]} : float32[1]
    %19 = Reshape(%18) {shape=[]} : float32[]
    %20 = Reshape(%14) {shape=[1]} : float32[1]
    %21 = Concat(%8, %20, %17) {axis=0} : float32[40]
    return all = %21, last = %19"
  `)
})

it("leaves a graph as it is where alike operations have an input each and a result each", () => {
  const before = graphOf((build) =>
    Object.fromEntries(range(40).map((i) => [`y${i}`, build.add("Exp", [build.push(leaf.input(`x${i}`, [3]))])]))
  )
  expect(joinAlike(before)).toBe(before)
})

it("joins nothing that depends on each other", () => {
  const before = graphOf((build) => {
    let x = build.push(leaf.input("x", []))
    for (const _ of range(40)) x = build.add("Exp", [x])
    return { x }
  })
  expect(joinAlike(before)).toBe(before)
})

const shapes: ReadonlyArray<Shape> = [[], [3], [2, 1], [1]]
const kernels = ["Add", "Sub", "Multiply", "Maximum", "Greater", "Exp", "Neg", "Square", "Sigmoid"]
const operands = ["own", "neighbour", "shared", "constant", "pack", "input", "older", "wide"] as const
const layer = fc.record({
  kernel: fc.constantFrom(...kernels),
  operand: fc.constantFrom(...operands),
  isSwapped: fc.boolean(),
  // the sites that take part: the others go on with what they had
  without: fc.constantFrom(0, 1, 7)
})

it("never changes a result: sites in layers of random operations on their own values and those of others", () => {
  const graphs = fc.record({
    count: fc.integer({ min: 15, max: 40 }),
    shape: fc.constantFrom(...shapes),
    layers: fc.array(layer, { minLength: 1, maxLength: 7 }),
    isPacked: fc.boolean()
  })
  let changed = 0
  fc.assert(
    fc.property(graphs, ({ count, shape, layers, isPacked }) => {
      const size = sizeOf(shape)
      const before = graphOf((build) => {
        const pack = build.push(leaf.input("pack", [count * size * (layers.length + 1)]))
        const shared = build.push(leaf.input("shared", [3]))
        const first = range(count).map((i) => part(build, pack, ((3 * i) % count) * size, shape))
        const values = layers.reduce(
          (before, { kernel, operand, isSwapped, without }, depth) =>
            before.map((own, i) => {
              if (without > 0 && i % without === 0) return own
              const constants = Float32Array.from({ length: size }, (_, j) => i + j / 3)
              const other = {
                own: () => own,
                neighbour: () => before[(i + 1) % count] ?? own,
                shared: () => build.add("Reshape", [part(build, pack, 0, shape)], { shape }),
                constant: () => build.constant(constants, shape),
                pack: () => part(build, pack, (depth * count + i) * size, shape),
                input: () => build.push(leaf.input(`x ${depth} ${i}`, shape)),
                older: () => first[count - 1 - i] ?? own,
                wide: () => (shape.length === 2 ? shared : own)
              }[operand]()
              const isUnary = ["Exp", "Neg", "Square", "Sigmoid"].includes(kernel)
              const result = build.add(kernel, isUnary ? [own] : isSwapped ? [other, own] : [own, other])
              return kernel === "Greater" ? build.add("Cast", [result], { dtype: "float32" }) : result
            }),
          first
        )
        const outputs = isPacked
          ? {
              all: build.add(
                "Concat",
                values.map((id) => build.add("Reshape", [id], { shape: [sizeOf(build.info(id).shape)] })),
                { axis: 0 }
              )
            }
          : Object.fromEntries(values.map((id, i) => [`y${i}`, id]))
        return { ...outputs, last: values.at(-1) ?? pack }
      })
      const after = joined(before)
      if (after !== before) changed++
      expect(after.nodes.length).toBeLessThanOrEqual(before.nodes.length)
    }),
    { numRuns: 150, seed: 1 }
  )
  expect(changed).toBeGreaterThan(50)
})
