import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { fuse } from "../../src/engine/tensorflow/fuse.ts"
import { type Binding, load } from "../../src/engine/tensorflow/native.ts"
import { open } from "../../src/engine/tensorflow/session.ts"
import { forget } from "../../src/engine/tensorflow/xla/programs.ts"
import { leaf, print } from "../../src/trace/Graph.ts"
import { nativeIsSetUp, tensorflows } from "./engines.ts"
import { nothing, pure, runOnce, Sketch, single, using } from "./harness.ts"
import { regression } from "./models.ts"

/** w goes down by one a step, and the loss is log w: not a number from the fourth step on. */
const descent = () => {
  const g = new Sketch()
  const w = g.input("w", [])
  const [value, next] = [g.unary("Log", w), g.pair("Sub", w, g.scalar(1))]
  const loop = {
    graph: { nodes: g.nodes, outputs: { value, next, w } },
    carried: { w: "next" },
    fixed: [],
    rows: {},
    emitted: ["value", "w"]
  }
  return { loop, bindings: { ...nothing, state: { w: Float32Array.of(2.5) } } }
}

if (nativeIsSetUp)
  describe.each(tensorflows)("%s", (_, source) => {
    it("stops after the first step whose loss is not a number, and goes back to before the call", async () => {
      const { loop, bindings } = descent()
      await using(source, loop, bindings, (session) =>
        Effect.gen(function* () {
          const { value, w } = yield* session.run(7, {})
          expect([...(w ?? [])]).toEqual([2.5, 1.5, 0.5, -0.5, Number.NaN, Number.NaN, Number.NaN])
          expect([...(value ?? [])].map(Number.isFinite)).toEqual([true, true, true, false, false, false, false])
          expect((yield* session.state)["w"]).toEqual(Float32Array.of(-1.5))
          yield* session.undo
          expect((yield* session.state)["w"]).toEqual(Float32Array.of(2.5))
          expect([...((yield* session.run(3, {}))["w"] ?? [])]).toEqual([2.5, 1.5, 0.5])
        })
      )
    })

    it("names a kernel that it does not have", async () => {
      const node = { kernel: "Bessel", inputs: [0], names: ["x"], attrs: {}, shape: [2], dtype: "float32" as const }
      const compiled = using(source, pure(single(node, [leaf.input("x", [2])])), nothing, (session) =>
        Effect.succeed(session.detail)
      )
      await expect(compiled).rejects.toThrow(/'Bessel' cannot be used while (running on tfjs tensorflow|lowering to)/)
    })

    it("leaves the current backend as it was, and nothing of its own behind in TensorFlow", async () => {
      await tf.setBackend("cpu")
      const { binding } = await Effect.runPromise(load)
      const { loop, bindings, feeds } = regression()
      const held = (): ReadonlyArray<number> => {
        forget(binding, 0)
        return [tf.memory().numTensors, counted(binding)]
      }
      const before = held()
      for (let i = 0; i < 3; i++) await runOnce(source, loop, bindings, 2, feeds(2, 0))
      expect(tf.getBackend()).toBe("cpu")
      expect(held()).toEqual(before)
    })

    it("says in detail which TensorFlow runs", async () => {
      const { loop, bindings } = descent()
      const detail = await using(source, loop, bindings, (session) => Effect.succeed(session.detail))
      expect(detail).toMatch(/^TensorFlow \d+\.\d+\.\d+, (one graph|XLA)/)
    })

    it("does not stop a loop that learns nothing", async () => {
      const graph = single({ kernel: "Log", inputs: [0], names: ["x"], attrs: {}, shape: [], dtype: "float32" }, [
        leaf.input("x", [])
      ])
      const loop = pure({ ...graph, outputs: { value: 1 } })
      const { value } = await runOnce(source, loop, nothing, 3, { x: Float32Array.of(1, 0, 1) })
      expect(value).toEqual(Float32Array.of(0, -Infinity, 0))
    })

    it("keeps the states of two sessions of one loop apart", async () => {
      const { loop, bindings } = descent()
      await using(source, loop, bindings, (one) =>
        Effect.promise(() =>
          using(source, loop, bindings, (other) =>
            Effect.gen(function* () {
              yield* one.run(2, {})
              expect((yield* other.state)["w"]).toEqual(Float32Array.of(2.5))
              expect((yield* one.state)["w"]).toEqual(Float32Array.of(0.5))
            })
          )
        )
      )
    })

    it("does not keep the arrays that it is given: they may change afterwards", async () => {
      const { loop, bindings } = descent()
      const start = Float32Array.of(2.5)
      await using(source, loop, { ...bindings, state: { w: start } }, (session) =>
        Effect.gen(function* () {
          start[0] = 99
          expect((yield* session.state)["w"]).toEqual(Float32Array.of(2.5))
        })
      )
    })

    it("records kernels that refuse zeros", async () => {
      const node = { kernel: "Mod", inputs: [0, 1], names: ["a", "b"], attrs: {}, shape: [2], dtype: "int32" as const }
      const graph = single(node, [leaf.input("a", [2], "int32"), leaf.input("b", [2], "int32")])
      const feeds = { a: Int32Array.of(7, 8), b: Int32Array.of(4, 3) }
      expect((await runOnce(source, pure(graph), nothing, 1, feeds))["result"]).toEqual(Float32Array.of(3, 2))
    })
  })

/** How many tensors and sessions TensorFlow holds for JavaScript. */
const counted = (binding: Binding): number =>
  ["getNumOfTensors", "getNumOfSavedModels"].reduce((sum, name) => {
    const count: unknown = Reflect.get(binding, name)
    return sum + (typeof count === "function" ? Number(count.call(binding)) : Number.NaN)
  }, 0)

describe("the directory that hands a graph to TensorFlow", () => {
  const before = process.env["TMPDIR"]
  let folder = ""

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latent-test-"))
    process.env["TMPDIR"] = folder
  })

  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
    rmSync(folder, { recursive: true, force: true })
  })

  const model = {
    bytes: Uint8Array.of(1, 2, 3),
    steps: "",
    feeds: [],
    carried: {},
    fixed: {},
    tables: {},
    emitted: [],
    done: "",
    undo: ""
  }
  const stub = (seen: Array<string>, loadSavedModel: Binding["loadSavedModel"]): Binding => ({
    TF_Version: "0",
    createTensor: () => 0,
    deleteTensor: () => {},
    tensorDataSync: () => new Float32Array(),
    executeOp: () => [],
    loadSavedModel: (directory, tags) => {
      seen.push(...readdirSync(directory))
      return loadSavedModel(directory, tags)
    },
    deleteSavedModel: () => {},
    runSavedModel: () => []
  })

  it("is gone when the graph is loaded", () => {
    const seen: Array<string> = []
    open(
      stub(seen, () => 7),
      model,
      nothing
    )
    expect(seen).toEqual(["saved_model.pb"])
    expect(readdirSync(folder)).toEqual([])
  })

  it("is gone when the graph is refused", () => {
    const seen: Array<string> = []
    const refusing = stub(seen, () => {
      throw new Error("no such op")
    })
    expect(() => open(refusing, model, nothing)).toThrow("no such op")
    expect(seen).toEqual(["saved_model.pb"])
    expect(readdirSync(folder)).toEqual([])
  })
})

if (!nativeIsSetUp)
  describe("without tfjs-node", () => {
    it("the engine says how to get it", async () => {
      await expect(Effect.runPromise(Effect.provide(Engine, layers.tensorflow))).rejects.toMatchObject({
        _tag: "EngineUnavailable",
        message:
          "the engine 'tensorflow' is not available: @tensorflow/tfjs-node is not set up. Run `npx latent native`, which installs it and its native library."
      })
    })
  })

describe("fusing for TensorFlow", () => {
  it("writes a ReLU's gradient as one op", () => {
    const g = new Sketch()
    const [x, dy] = [g.input("x", [2, 3]), g.input("dy", [2, 3])]
    const relu = g.unary("Relu", x)
    const slope = g.unary("Step", x, { alpha: 0 })
    const result = g.pair("Multiply", dy, slope)
    expect(print(fuse({ nodes: g.nodes, outputs: { relu, result } })).split("\n")[4]).toBe(
      "%4 = ReluGrad(%1, %2) : float32[2,3]"
    )
  })

  it("leaves the slope alone where it is not that of a ReLU or has another shape", () => {
    const g = new Sketch()
    const [x, dy] = [g.input("x", [3]), g.input("dy", [2, 3])]
    const relu = g.unary("Relu", x)
    const leaky = g.pair("Multiply", x, g.unary("Step", x, { alpha: 0.1 }))
    const wide = g.pair("Multiply", dy, g.unary("Step", x, { alpha: 0 }))
    const graph = { nodes: g.nodes, outputs: { relu, leaky, wide } }
    expect(fuse(graph)).toEqual(graph)
  })
})
