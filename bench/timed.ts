import { Effect, Layer } from "effect"
import { Engine } from "../src/index.ts"

/** An engine that tells how long each call took inside of it. */
export const timed = (tell: (call: { readonly steps: number; readonly milliseconds: number }) => void) =>
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
                return Effect.tap(session.run(steps, feeds), () =>
                  Effect.sync(() => tell({ steps, milliseconds: performance.now() - started }))
                )
              })
          }))
      }
    })
  )
