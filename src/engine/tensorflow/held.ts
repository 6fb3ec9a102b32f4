import { Effect } from "effect"
import { EngineUnavailable } from "../../Errors.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Arrays, Session } from "../Engine.ts"

/** A loop and its state in TensorFlow's memory. All functions are synchronous native code. */
export interface Held {
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Arrays
  readonly read: () => Arrays
  readonly finite: (names: Iterable<string>) => boolean
  readonly write: (state: Arrays) => void
  readonly undo: () => void
  readonly release: () => void
}

export const sessionOf = (held: Held, detail: string): Session => ({
  detail,
  run: (k, feeds) =>
    Effect.gen(function* () {
      const emitted = held.run(k, feeds)
      yield* Effect.yieldNow
      return emitted
    }),
  state: Effect.sync(held.read),
  finite: (names) => Effect.sync(() => held.finite(names)),
  undo: Effect.sync(held.undo),
  restore: (state) => Effect.sync(() => held.write(state))
})

export const refused = (error: unknown): EngineUnavailable =>
  new EngineUnavailable({
    engine: "tensorflow",
    reason: `the graph could not be handed to TensorFlow: ${error instanceof Error ? error.message : String(error)}`,
    advice: "Is there room for a temporary file? Otherwise run on another engine (Engine.onnx, Engine.eager)."
  })
