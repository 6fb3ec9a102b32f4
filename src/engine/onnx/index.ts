import { availableParallelism } from "node:os"
import { Effect, Layer, type Scope } from "effect"
import { EngineUnavailable, type UnsupportedKernel } from "../../Errors.ts"
import { nodeAt } from "../../trace/Graph.ts"
import { type Bindings, Engine, type Hint, type Loop, type Session } from "../Engine.ts"
import { checkBindings, neededNodes } from "../leaves.ts"
import { fuse } from "./fuse.ts"
import { lower } from "./lower.ts"
import { missingRule } from "./rules.ts"
import { memory, open, type Runtime } from "./session.ts"
import { runner, settingsFor } from "./tune.ts"

/** ONNX Runtime's native CPU kernels: a loop of steps is one call. */
export const onnx: Layer.Layer<Engine, EngineUnavailable> = Layer.effect(
  Engine,
  Effect.map(
    Effect.suspend(() => load),
    (ort) => ({
      name: "onnx",
      because: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common} loads`,
      compile: (loop: Loop, bindings: Bindings, hint: Hint = {}) => compile(ort, loop, bindings, hint)
    })
  )
)

const compile = (
  ort: Runtime,
  loop: Loop,
  bindings: Bindings,
  hint: Hint
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingRule(neededNodes(loop).map((id) => nodeAt(loop.graph, id)))
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const model = lower({ ...loop, graph: fuse(loop.graph) }, bindings)
    const steps = hint.steps ?? (Object.keys(loop.carried).length === 0 ? 1 : 10_000)
    const settings = settingsFor(availableParallelism(), steps)
    const held = memory(ort, model, bindings)
    const running = yield* Effect.acquireRelease(
      Effect.promise(() => runner({ settings, open: (setting) => open(ort, model, held, setting) })),
      ({ release }) => Effect.promise(release)
    )
    return {
      get detail() {
        return running.detail()
      },
      run: (k, feeds) => Effect.uninterruptible(Effect.promise(() => running.run(k, feeds))),
      state: Effect.sync(held.read),
      undo: Effect.sync(held.undo),
      restore: (state) => Effect.sync(() => held.write(state))
    }
  })

const load: Effect.Effect<Runtime, EngineUnavailable> = Effect.tryPromise({
  try: () => import("onnxruntime-node"),
  catch: (error) => {
    const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n")
    const absent = /Cannot find (package|module)/.test(reason)
    return new EngineUnavailable({
      engine: "onnx",
      reason: absent ? "onnxruntime-node is not installed" : `onnxruntime-node does not load: ${reason}`,
      advice: "Run `npm install onnxruntime-node`."
    })
  }
})
