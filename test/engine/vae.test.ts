import { beforeAll, describe, expect, it } from "vitest"
import { Engine } from "../../src/index.ts"
import { apart, type Trained, train } from "./smallVae.ts"

describe("a small VAE", () => {
  let reference: Trained
  beforeAll(async () => {
    reference = await train(Engine.eagerOn("cpu"))
  })

  it("learns", () => {
    const { losses } = reference
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0))
  })

  it.each([
    ["onnx", Engine.onnx],
    ["onnx-web", Engine.onnxWeb]
  ] as const)("is the same on %s as on the reference engine", async (name, source) => {
    const trained = await train(source)
    expect(trained.engine).toBe(name)
    expect(apart(trained, reference)).toBeLessThan(1e-4)
  })
})
