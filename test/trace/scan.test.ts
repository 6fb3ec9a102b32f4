import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { runGraph } from "../../src/engine/runGraph.ts"
import { scan } from "../../src/tensor/scan.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { across, along } from "../../src/trace/axes.ts"
import { continuityOf } from "../../src/trace/continuity.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { descendants, type Graph } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { rangesOf } from "../../src/trace/ranges/rangesOf.ts"
import { record } from "../../src/trace/record.ts"
import { recordLeaves, replay } from "../../src/trace/replay.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import { verify } from "../../src/trace/verify.ts"
import { nativeIsSetUp } from "../engine/engines.ts"

/** A nonlinear recurrence with a captured weight, two carries, and a row. */
const model = (w: tf.Tensor, x: tf.Tensor, start: tf.Tensor, reverse: boolean): tf.Tensor => {
  const { carry, ys } = scan(
    { h: Tensor.of([2], start) as Tensor, n: Tensor.of([], tf.scalar(0)) as Tensor },
    { x: x as Tensor<readonly [number, 2]> },
    ({ h, n }, { x }, t) => {
      const next = tf.tanh(tf.add(tf.reshape(tf.matMul(tf.reshape(h as tf.Tensor, [1, 2]), w as tf.Tensor2D), [2]), x))
      const count = tf.add(n as tf.Tensor, tf.mul(0.1, t))
      return {
        carry: { h: Tensor.of([2], next) as Tensor, n: Tensor.of([], count) as Tensor },
        y: { s: Tensor.of([], tf.sum(tf.square(next))) }
      }
    },
    { reverse }
  )
  const weights = tf.tensor1d(Array.from({ length: x.shape[0] ?? 1 }, (_, i) => 1 + 0.3 * i))
  return tf.add(tf.add(tf.sum(tf.mul(ys.s, weights)), tf.sum(carry.h as tf.Tensor)), tf.mul(0.5, carry.n as tf.Tensor))
}

const numbers = (n: number, by: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(by * (i + 1)))
const values = (T: number) => ({
  w: tf.tensor(numbers(4, 0.9), [2, 2]),
  x: tf.tensor(numbers(2 * T, 1.7), [T, 2]),
  h: tf.tensor(numbers(2, 0.4), [2])
})
const recordedModel = (T: number, reverse: boolean): Graph =>
  record(({ input }) => ({ loss: model(input("w", [2, 2]), input("x", [T, 2]), input("h", [2]), reverse) }))

const read = (x: tf.Tensor): ReadonlyArray<number> => [...x.dataSync()]
const close = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => {
  expect(a.length).toBe(b.length)
  a.forEach((each, i) => void expect(Math.abs(each - (b[i] ?? Number.NaN))).toBeLessThan(2e-5 * (1 + Math.abs(each))))
}

describe.each([
  ["forward", false],
  ["reverse", true]
])("a scan that runs %s", (_, reverse) => {
  const T = 5
  const given = values(T)

  test("is one node, whose value is that of the plain loop", () => {
    tf.setBackend("cpu")
    const graph = verify(recordedModel(T, reverse), "record")
    expect(graph.nodes.filter(({ kernel }) => kernel === "Scan").length).toBe(1)
    close(read(runGraph(graph, given)["loss"] as tf.Tensor), read(model(given.w, given.x, given.h, reverse)))
    close(read(runGraph(simplify(graph), given)["loss"] as tf.Tensor), read(model(given.w, given.x, given.h, reverse)))
  })

  test("has the gradient of the plain loop, by carry, sequence and captured values", () => {
    tf.setBackend("cpu")
    const graph = verify(simplify(differentiate(recordedModel(T, reverse), "loss", ["w", "x", "h"])), "differentiate")
    const found = runGraph(graph, given)
    const right = tf.grads((w: tf.Tensor, x: tf.Tensor, h: tf.Tensor) => model(w, x, h, reverse).asScalar())([
      given.w,
      given.x,
      given.h
    ])
    for (const [i, name] of ["w", "x", "h"].entries())
      close(read(found[`grad:${name}`] as tf.Tensor), read(right[i] as tf.Tensor))
  })

  test("has a second derivative: the gradient of the square of a gradient", () => {
    tf.setBackend("cpu")
    const first = differentiate(recordedModel(T, reverse), "loss", ["w"])
    const squared = record((recorder) => {
      const names = new Map(
        (["w", "x", "h"] as const).map((name) => [name, recorder.input(name, given[name].shape)] as const)
      )
      const all = replay(first, recordLeaves(recorder, names))
      return { loss: tf.sum(tf.square(all[first.outputs["grad:w"] ?? 0] as tf.Tensor)) }
    })
    expect(first.outputs["grad:w"]).toBeDefined()
    const second = runGraph(differentiate(squared, "loss", ["w"]), given)["grad:w"] as tf.Tensor
    const slope = (at: Float32Array) => {
      const grad = read(runGraph(first, { ...given, w: tf.tensor(at, [2, 2]) })["grad:w"] as tf.Tensor)
      return grad.reduce((sum, g) => sum + g * g, 0)
    }
    const w = numbers(4, 0.9)
    read(second).forEach((g, i) => {
      const moved = (by: number) => slope(w.map((each, j) => (i === j ? each + by : each)))
      expect(Math.abs(g - (moved(1e-2) - moved(-1e-2)) / 2e-2)).toBeLessThan(2e-2 * (1 + Math.abs(g)))
    })
  })

  test.each([
    ["the sequence", ["x"]],
    ["the first carry", ["h"]],
    ["the captured weight", ["w"]],
    ["all of them", ["w", "x", "h"]]
  ])("vectorised over %s is a loop, with its gradient", (_, names) => {
    tf.setBackend("cpu")
    const size = 3
    const lane = (name: "w" | "x" | "h", i: number): tf.Tensor =>
      names.includes(name) ? tf.mul(given[name], 1 + 0.2 * i) : given[name]
    const stacked = Object.fromEntries(
      (["w", "x", "h"] as const).map((name) => [
        name,
        names.includes(name) ? tf.stack([0, 1, 2].map((i) => lane(name, i))) : given[name]
      ])
    )
    const graph = vectorise(recordedModel(T, reverse), { name: "rows", size, inputs: new Set(names), sites: new Set() })
    const found = read(runGraph(verify(simplify(graph), "vectorise"), stacked)["loss"] as tf.Tensor)
    close(
      found,
      [0, 1, 2].flatMap((i) => read(model(lane("w", i), lane("x", i), lane("h", i), reverse)))
    )
    const summed: Graph = {
      nodes: [
        ...graph.nodes,
        {
          kernel: "Sum",
          inputs: [graph.outputs["loss"] ?? 0],
          names: ["x"],
          attrs: { axis: [0], keepDims: false },
          shape: [],
          dtype: "float32"
        }
      ],
      outputs: { loss: graph.nodes.length }
    }
    const gradients = runGraph(simplify(differentiate(summed, "loss", ["w", "x", "h"])), stacked)
    const right = [0, 1, 2].map((i) =>
      tf.grads((w: tf.Tensor, x: tf.Tensor, h: tf.Tensor) => model(w, x, h, reverse).asScalar())([
        lane("w", i),
        lane("x", i),
        lane("h", i)
      ])
    )
    for (const [k, name] of ["w", "x", "h"].entries()) {
      const each = right.map((grads) => grads[k] as tf.Tensor)
      const whole = names.includes(name) ? tf.stack(each) : each.reduce((a, b) => tf.add(a, b))
      close(read(gradients[`grad:${name}`] as tf.Tensor), read(whole))
    }
  })

  test.each([["onnx", layers.onnx] as const, ...(nativeIsSetUp ? [["tensorflow", layers.tensorflow] as const] : [])])(
    "gives the same losses and parameters on %s as on the eager engine, over several updates",
    async (_, layer) => {
      const differentiated = simplify(differentiate(recordedModel(T, reverse), "loss", ["w", "h"]))
      const next = (graph: Graph): Graph => {
        const nodes = [...graph.nodes]
        const outputs: Record<string, number> = { value: graph.outputs["loss"] ?? 0 }
        for (const name of ["w", "h"]) {
          const parameter = nodes.findIndex((node) => node.kernel === "Input" && node.attrs["name"] === name)
          const gradient = graph.outputs[`grad:${name}`] ?? 0
          const { shape } = nodes[gradient] ?? { shape: [] }
          const rate =
            nodes.push({
              kernel: "Const",
              inputs: [],
              names: [],
              attrs: { values: Float32Array.of(0.05) },
              shape: [],
              dtype: "float32"
            }) - 1
          const scaled =
            nodes.push({
              kernel: "Multiply",
              inputs: [rate, gradient],
              names: ["a", "b"],
              attrs: {},
              shape,
              dtype: "float32"
            }) - 1
          outputs[`next:${name}`] =
            nodes.push({
              kernel: "Sub",
              inputs: [parameter, scaled],
              names: ["a", "b"],
              attrs: {},
              shape,
              dtype: "float32"
            }) - 1
        }
        return { nodes, outputs }
      }
      const run = (engine: typeof layer) =>
        Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const service = yield* Engine
              const session = yield* service.compile(
                {
                  graph: next(differentiated),
                  carried: { w: "next:w", h: "next:h" },
                  fixed: ["x"],
                  rows: {},
                  emitted: ["value"]
                },
                { state: { w: numbers(4, 0.9), h: numbers(2, 0.4) }, fixed: { x: numbers(2 * T, 1.7) }, tables: {} },
                { steps: 4 }
              )
              const { value } = yield* session.run(4, {})
              return { value: [...(value ?? [])], state: yield* session.state }
            })
          ).pipe(Effect.provide(engine))
        )
      const [eager, compiled] = [await run(layers.eagerOn("cpu")), await run(layer)]
      close(compiled.value, eager.value)
      for (const name of ["w", "h"]) close([...(compiled.state[name] ?? [])], [...(eager.state[name] ?? [])])
    }
  )
})

test("the graph and its gradient have one size, for 10 positions and for 10,000", () => {
  const size = (T: number) => simplify(differentiate(recordedModel(T, false), "loss", ["w", "h"])).nodes.length
  expect(size(10_000)).toBe(size(10))
})

describe("a plan looks into the body of a scan", () => {
  const continuity = (f: (x: tf.Tensor) => tf.Tensor) => {
    const graph = record(({ input }) => {
      const { carry } = scan(
        { h: Tensor.of([], tf.scalar(1)) as Tensor },
        { x: input("x", [4]) as Tensor<readonly [number]> },
        ({ h }, { x }) => ({ carry: { h: Tensor.of([], tf.add(h as tf.Tensor, f(x))) as Tensor }, y: {} })
      )
      return { y: carry.h as tf.Tensor }
    })
    const id = graph.nodes.findIndex(({ kernel }) => kernel === "Scan")
    const moving = descendants(graph, [graph.nodes.findIndex(({ kernel }) => kernel === "Input")])
    return continuityOf(graph, rangesOf(graph), id, moving)
  }

  test("and takes its least continuous op", () => {
    expect(continuity((x) => tf.sin(x))).toBe("smooth")
    expect(continuity((x) => tf.relu(x))).toBe("kinked")
    expect(continuity((x) => tf.div(1, x))).toBe("mayJump")
    expect(continuity((x) => tf.div(1, tf.add(1, tf.square(x))))).toBe("smooth")
    expect(continuity((x) => tf.floor(x))).toBe("jumps")
  })
})

describe("values along an axis that is not there yet", () => {
  test("become one value and come back, also where another axis is added before or after", () => {
    tf.setBackend("cpu")
    const graph = record(({ input }) => {
      const all = across(input("x", [2]), "time", 3)
      return { y: tf.mul(along(tf.cumsum(all, 0), "time"), input("w", [])) }
    })
    const time = { name: "time", size: 3, inputs: new Set(["x"]), sites: new Set<string>() }
    const rows = { name: "rows", size: 2, inputs: new Set(["w"]), sites: new Set<string>() }
    const x = tf.tensor([1, 2, 3, 4, 5, 6], [3, 2])
    const right = [1, 2, 4, 6, 9, 12]
    expect(read(runGraph(vectorise(graph, time), { x, w: tf.scalar(1) })["y"] as tf.Tensor)).toEqual(right)
    const both = runGraph(vectorise(vectorise(graph, time), rows), { x, w: tf.tensor1d([1, 10]) })["y"] as tf.Tensor
    expect(read(both)).toEqual([...right, ...right.map((each) => 10 * each)])
    const batched = vectorise(vectorise(graph, { ...rows, inputs: new Set(["x"]) }), time)
    const other = runGraph(batched, { x: tf.stack([x, tf.mul(2, x)], 1), w: tf.scalar(1) })["y"] as tf.Tensor
    expect(read(tf.transpose(other, [1, 0, 2]))).toEqual([...right, ...right.map((each) => 2 * each)])
  })
})
