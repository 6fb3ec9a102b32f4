import { Effect, Layer } from "effect"
import { Engine } from "../src/index.ts"

/** One call of an engine, which ran so many steps. */
export interface Call {
  readonly steps: number
  /** inside the engine */
  readonly milliseconds: number
  /** one for each step */
  readonly losses: ReadonlyArray<number>
  /** how the engine runs at this moment */
  readonly detail: string
}

/** An engine that tells how each call went. */
export const timed = (tell: (call: Call) => void) =>
  Layer.effect(
    Engine,
    Effect.gen(function* () {
      const engine = yield* Engine
      return {
        ...engine,
        compile: (loop, bindings, hint) =>
          Effect.map(engine.compile(loop, bindings, hint), (session) => ({
            ...session,
            run: (steps, feeds) =>
              Effect.suspend(() => {
                const started = performance.now()
                return Effect.tap(session.run(steps, feeds), (emitted) =>
                  Effect.sync(() => {
                    const milliseconds = performance.now() - started
                    tell({ steps, milliseconds, losses: [...(emitted["value"] ?? [])], detail: session.detail })
                  })
                )
              })
          }))
      }
    })
  )
