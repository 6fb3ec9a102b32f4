import { Effect } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { leaf } from "../../src/trace/Graph.ts"
import { nativeIsSetUp } from "./engines.ts"
import { nothing, pure } from "./harness.ts"

/** The engine that `auto` takes, made from freshly loaded modules. */
const chosen = async () => {
  vi.resetModules()
  const [{ layers }, { Engine }] = await Promise.all([
    import("../../src/engine/layers.ts"),
    import("../../src/engine/Engine.ts")
  ])
  return Effect.runPromise(
    Effect.provide(
      Effect.map(Engine, ({ name, because }) => ({ name, because })),
      layers.auto
    )
  )
}

const absent = (name: string, reason: string): void => {
  vi.doMock(name, () => {
    throw new Error(reason)
  })
}

/** A package of ONNX Runtime that makes sessions in its own way. */
const runtime = (create: () => Promise<unknown>) => ({
  InferenceSession: { create },
  Tensor: Array,
  env: { versions: { node: "1.2.3" } }
})

const startsNot = (name: string, reason: string): void => {
  vi.doMock(name, () => runtime(() => Promise.reject(new Error(reason))))
}

const withoutTensorflow = (): void => {
  vi.doMock("../../src/engine/tensorflow/native.ts", async () => ({
    backendName: "tensorflow",
    nativeBackend: () => undefined,
    load: Effect.fail(
      new (await import("../../src/Errors.ts")).EngineUnavailable({
        engine: "tensorflow",
        reason: "@tensorflow/tfjs-node is not set up",
        advice: ""
      })
    )
  }))
}

describe("the automatic choice of an engine", () => {
  afterEach(() => {
    vi.doUnmock("onnxruntime-node")
    vi.doUnmock("onnxruntime-web")
    vi.doUnmock("../../src/engine/tensorflow/native.ts")
  })

  it("takes ONNX Runtime where it loads, and says so", async () => {
    const { name, because } = await chosen()
    expect(name).toBe("onnx")
    expect(because).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ loads$/)
  })

  if (nativeIsSetUp)
    it("takes TensorFlow where ONNX Runtime does not load, and says why", async () => {
      absent("onnxruntime-node", "no binary for this platform")
      const { name, because } = await chosen()
      expect(name).toBe("tensorflow")
      expect(because).toMatch(/^onnxruntime-node does not load: .*; TensorFlow \d+\.\d+\.\d+ loads/)
    })

  it("takes ONNX Runtime as WebAssembly where no native engine loads, and says why", async () => {
    absent("onnxruntime-node", "no binary for this platform")
    withoutTensorflow()
    const { name, because } = await chosen()
    expect(name).toBe("onnx-web")
    expect(because).toMatch(
      /^onnxruntime-node does not load: .*; @tensorflow\/tfjs-node is not set up; onnxruntime-web \d+\.\d+\.\d+ loads$/
    )
  })

  it("takes the next engine where a package loads whose library does not start, and says why", async () => {
    startsNot("onnxruntime-node", "no memory for its threads")
    withoutTensorflow()
    const { name, because } = await chosen()
    expect(name).toBe("onnx-web")
    expect(because).toMatch(/^onnxruntime-node does not load: no memory for its threads; .*onnxruntime-web .* loads$/)
  })

  it("takes the next engine where a library computes something else, and says why", async () => {
    const wrong = { run: async () => ({ y: { data: [41] } }), release: async () => {} }
    vi.doMock("onnxruntime-node", () => runtime(async () => wrong))
    withoutTensorflow()
    const { name, because } = await chosen()
    expect(name).toBe("onnx-web")
    expect(because).toMatch(/^onnxruntime-node does not load: it does not give back a number/)
  })

  it("takes tfjs where neither loads, and says why", async () => {
    absent("onnxruntime-node", "no binary for this platform")
    absent("onnxruntime-web", "it was not found")
    withoutTensorflow()
    const { name, because } = await chosen()
    expect(name).toMatch(/^eager/)
    expect(because).toMatch(/^onnxruntime-node does not load: .*; onnxruntime-web does not load: .*; tfjs wasm or cpu/)
  })
})

describe("an engine", () => {
  afterEach(() => vi.doUnmock("onnxruntime-node"))

  it("fails with EngineUnavailable where its library starts but refuses a graph", async () => {
    const echo = { run: async () => ({ y: { data: [42] } }), release: async () => {} }
    const create = vi.fn(async () => echo).mockResolvedValueOnce(echo)
    create.mockImplementation(() => Promise.reject(new Error("unknown operator")))
    vi.doMock("onnxruntime-node", () => runtime(create))
    vi.resetModules()
    const [{ layers }, { Engine }] = await Promise.all([
      import("../../src/engine/layers.ts"),
      import("../../src/engine/Engine.ts")
    ])
    const compiling = Effect.flatMap(Engine, (engine) =>
      engine.compile(pure({ nodes: [leaf.input("x", [])], outputs: { x: 0 } }), nothing)
    )
    const failure = await Effect.runPromise(Effect.scoped(Effect.flip(Effect.provide(compiling, layers.onnx))))
    expect(failure._tag).toBe("EngineUnavailable")
    expect(failure.message).toContain("ONNX Runtime refused the graph: unknown operator")
  })
})
