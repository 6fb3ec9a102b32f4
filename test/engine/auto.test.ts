import { Effect } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"

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

describe("the automatic choice of an engine", () => {
  afterEach(() => {
    vi.doUnmock("onnxruntime-node")
  })

  it("takes ONNX Runtime where it loads, and says so", async () => {
    const { name, because } = await chosen()
    expect(name).toBe("onnx")
    expect(because).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ loads$/)
  })

  it("takes tfjs where ONNX Runtime does not load, and says why", async () => {
    vi.doMock("onnxruntime-node", () => {
      throw new Error("no binary for this platform")
    })
    const { name, because } = await chosen()
    expect(name).toMatch(/^eager/)
    expect(because).toMatch(/^onnxruntime-node does not load: .*; tfjs wasm or cpu/)
  })
})
