import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { doctor } from "../../src/cli/doctor.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { nativeIsSetUp } from "../engine/engines.ts"

describe("latent doctor", () => {
  it("says of each engine whether it works, with its version", async () => {
    const { text, anyWorks } = await Effect.runPromise(doctor)
    expect(anyWorks).toBe(true)
    expect(text).toMatch(/works +onnx +onnxruntime-node \d+\.\d+\.\d+ loads/)
    expect(text).toMatch(/works +eager \(cpu\) +tfjs \d+\.\d+\.\d+, cpu backend/)
    expect(text).toMatch(/Engine\.auto takes: \w+/)
  })

  it("says whether there is bfloat16, and where not, why", async () => {
    const answer = await Effect.runPromise(
      Effect.result(
        Effect.provide(
          Effect.flatMap(Engine, ({ bfloat16 }) => bfloat16),
          layers.tensorflow
        )
      )
    )
    const { text } = await Effect.runPromise(doctor)
    if (Result.isSuccess(answer))
      expect(text).toContain("bfloat16 (the option precision): Engine.tensorflow has it here.")
    else expect(text).toMatch(/No bfloat16 \(the option precision\): .+/)
  })

  if (nativeIsSetUp)
    it("gives TensorFlow's version where tfjs-node is set up", async () => {
      expect((await Effect.runPromise(doctor)).text).toMatch(/works +tensorflow +TensorFlow \d+\.\d+\.\d+ loads/)
    })

  if (!nativeIsSetUp)
    it("says how to get TensorFlow where it is not", async () => {
      const { text } = await Effect.runPromise(doctor)
      expect(text).toMatch(/is missing +tensorflow +@tensorflow\/tfjs-node is not set up\n +Run `npx latent native`/)
    })
})
