import { Effect } from "effect"
import * as ort from "onnxruntime-web"
import { beforeAll, describe, expect, it } from "vitest"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { leaf } from "../../src/trace/Graph.ts"
import { nothing, pure, using } from "./harness.ts"

beforeAll(() => {
  ort.env.wasm.numThreads = 1
})

/** A loop that gives back its inputs, of four numbers each. */
const echo = (inputs: number) => {
  const nodes = Array.from({ length: inputs }, (_, i) => leaf.input(`x${i}`, [4]))
  return pure({ nodes, outputs: Object.fromEntries(nodes.map((_, i) => [`y${i}`, i])) })
}

/** How many of the outputs of many calls, of one to three turns each, are not what went in. */
const mistakes = (inputs: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const session = yield* (yield* Engine).compile(echo(inputs), nothing)
      let wrong = 0
      for (let call = 0; call < 200; call++) {
        const number = (i: number): number => 1000 * inputs + i + call
        const size = 4 * (1 + ((call * inputs) % 3))
        const feed = (i: number) => [`x${i}`, new Float32Array(size).fill(number(i))] as const
        const results = yield* session.run(
          size / 4,
          Object.fromEntries(Array.from({ length: inputs }, (_, i) => feed(i)))
        )
        for (let i = 0; i < inputs; i++) {
          const result = results[`y${i}`] ?? new Float32Array()
          if (result.length !== size || result.some((x) => x !== number(i))) wrong++
        }
      }
      return wrong
    })
  )

describe("ONNX Runtime as WebAssembly", () => {
  it("keeps the number of threads that was set before", async () => {
    expect(await using(layers.onnxWeb, echo(1), nothing, (session) => Effect.succeed(session.detail))).toBe("1 thread")
  })

  it("serves several sessions at once, each with its own numbers", async () => {
    const all = Effect.all([1, 3, 11, 40].map(mistakes), { concurrency: "unbounded" })
    expect(await Effect.runPromise(Effect.provide(all, layers.onnxWeb))).toEqual([0, 0, 0, 0])
  })
})
