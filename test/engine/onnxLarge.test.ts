import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { expect, test } from "vitest"
import type { Loop } from "../../src/engine/Engine.ts"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { lower } from "../../src/engine/onnx/lower.ts"
import type { Runtime } from "../../src/engine/onnx/runtime.ts"
import { type Memory, open } from "../../src/engine/onnx/session.ts"
import { record } from "../../src/trace/record.ts"

/** A carried vector with a long name, of which `count` numbers are read one by one and changed. */
const loopOf = (count: number): { readonly loop: Loop; readonly name: string } => {
  const name = `packed(${Array.from({ length: count }, (_, i) => `parameter${i}[]`).join(", ")})`
  const graph = record(({ input }) => {
    const all = input(name, [count])
    const parts = Array.from({ length: count }, (_, i) => tf.add(tf.exp(tf.neg(tf.slice(all, [i], [1]))), i))
    return { next: tf.concat(parts), total: tf.sum(all) }
  })
  return { name, loop: { graph, carried: { [name]: "next" }, fixed: [], rows: {}, emitted: ["total"] } }
}

test("a model does not grow with the square of its parameters, whose pack is named after all of them", () => {
  const bytes = (count: number): number => {
    const { loop, name } = loopOf(count)
    return lower(loop, { state: { [name]: new Float32Array(count) }, fixed: {}, tables: {} }).bytes.length
  }
  expect(bytes(400) / bytes(200)).toBeLessThan(2.2)
})

test("the runtime's passes are left out for large models alone, the first ones too where few steps follow, which compute the same", async () => {
  const levels: Array<unknown> = []
  const runtime = {
    ort: {
      InferenceSession: {
        create: (_: Uint8Array, options: { readonly graphOptimizationLevel: unknown }) => {
          levels.push(options.graphOptimizationLevel)
          return Promise.resolve({})
        }
      }
    },
    options: () => ({ graphOptimizationLevel: "all" }),
    alone: <A>(work: () => Promise<A>) => work()
  } as unknown as Runtime
  for (const count of [20, 800]) {
    const { loop, name } = loopOf(count)
    const model = lower(loop, { state: { [name]: new Float32Array(count) }, fixed: {}, tables: {} })
    for (const steps of [100, 10_000]) await open(runtime, model, {} as Memory, { threads: 1, spin: false }, steps)
  }
  expect(levels).toEqual(["all", "all", "disabled", "basic"])

  const { loop, name } = loopOf(800)
  const start = Float32Array.from({ length: 800 }, (_, i) => i / 800)
  const program = Effect.gen(function* () {
    const engine = yield* Engine
    const session = yield* engine.compile(loop, { state: { [name]: start }, fixed: {}, tables: {} }, { steps: 1 })
    yield* session.run(1, {})
    return yield* session.state
  })
  const after = await Effect.runPromise(Effect.scoped(Effect.provide(program, layers.onnx)))
  after[name]?.forEach((x, i) => {
    const exact = Math.exp(-(start[i] ?? 0)) + i
    expect(Math.abs(x - exact)).toBeLessThan(1e-6 * (1 + exact))
  })
})
