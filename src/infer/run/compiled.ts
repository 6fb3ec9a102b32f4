import { Effect, type Scope } from "effect"
import { EngineUnavailable, type UnsupportedKernel } from "../../Errors.ts"
import { type Arrays, type Bindings, Engine, type Hint, type Loop, type Session } from "../../engine/Engine.ts"
import type { EngineChoice } from "../../engine/EngineChoice.ts"
import { inSpan } from "./spans.ts"

/** A session in whose calls an engine's library may throw: out of memory, a device that is gone, a bug. */
export interface Compiled {
  readonly run: (...args: Parameters<Session["run"]>) => Effect.Effect<Arrays, EngineUnavailable>
  readonly state: Effect.Effect<Arrays, EngineUnavailable>
  readonly finite: (names: Iterable<string>) => Effect.Effect<boolean, EngineUnavailable>
  readonly undo: Effect.Effect<void, EngineUnavailable>
  readonly restore: (state: Arrays) => Effect.Effect<void, EngineUnavailable>
  readonly detail: () => string
  readonly chosen: () => EngineChoice | undefined
}

/** Compiles a loop on the engine in the environment; what the engine throws then, or while it runs, is a typed error. */
export const compiled = (
  loop: Loop,
  bindings: Bindings,
  hint?: Hint
): Effect.Effect<Compiled, EngineUnavailable | UnsupportedKernel, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const { name, compile } = yield* Engine
    const guarded = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E | EngineUnavailable, R> =>
      Effect.catchDefect(call, (defect) => Effect.fail(failed(name, defect)))
    const session = yield* guarded(compile(loop, bindings, hint)).pipe(
      inSpan("latent.compile", { engine: name, nodes: loop.graph.nodes.length })
    )
    return {
      run: (k, feeds) => guarded(session.run(k, feeds)),
      state: guarded(session.state),
      finite: (names) => guarded(session.finite(names)),
      undo: guarded(session.undo),
      restore: (state) => guarded(session.restore(state)),
      detail: () => session.detail,
      chosen: () => session.chosen
    }
  })

const failed = (engine: string, defect: unknown): EngineUnavailable =>
  new EngineUnavailable({
    engine,
    reason: `it failed while it ran (${defect instanceof Error ? defect.message : String(defect)})`,
    advice:
      "Smaller steps need less memory ({ batchSize, particles }); otherwise run on another engine. A fit with a checkpoint can go on from it ({ resume: true })."
  })
