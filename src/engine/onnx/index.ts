import { Effect, Layer, type Scope } from "effect"
import { EngineUnavailable, type UnsupportedKernel } from "../../Errors.ts"
import { nodeAt } from "../../trace/Graph.ts"
import { contract } from "../contract.ts"
import { type Bindings, Engine, type Hint, type Loop, type Session } from "../Engine.ts"
import { checkBindings, checkFeeds, feedsOf, neededNodes } from "../leaves.ts"
import { bfloat16Elsewhere } from "../precision.ts"
import { fuse } from "./fuse.ts"
import { layout } from "./layout.ts"
import { lower } from "./lower.ts"
import { narrowRows } from "./narrowRows.ts"
import { native } from "./native.ts"
import { missingRule } from "./rules.ts"
import type { Loading, Runtime } from "./runtime.ts"
import { memory, open } from "./session.ts"
import { runner } from "./tune.ts"
import { web } from "./web.ts"
import { largestOp } from "./work.ts"

const engineOf = (loading: Loading): Layer.Layer<Engine, EngineUnavailable> =>
  Layer.effect(
    Engine,
    Effect.map(loading, (runtime) => ({
      name: runtime.name,
      because: runtime.because,
      bfloat16: bfloat16Elsewhere(runtime.name),
      compile: (loop: Loop, bindings: Bindings, hint: Hint = {}) => compile(runtime, loop, bindings, hint)
    }))
  )

/** ONNX Runtime's native CPU kernels: a loop of steps is one call. */
export const onnx = engineOf(native)

/** The same graphs on ONNX Runtime as WebAssembly: in web pages, and in Node without native code. */
export const onnxWeb = engineOf(web)

const compile = (
  runtime: Runtime,
  loop: Loop,
  bindings: Bindings,
  hint: Hint
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingRule(neededNodes(loop).map((id) => nodeAt(loop.graph, id)))
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const narrow = narrowRows(loop, bindings.tables)
    const { loop: laidOut, transposed } = layout({ ...narrow.loop, graph: fuse(contract(loop.graph)) })
    const model = lower(laidOut, bindings)
    const steps = hint.steps ?? (Object.keys(loop.carried).length === 0 ? 1 : 10_000)
    const settings = runtime.settings({ steps, largest: largestOp(laidOut.graph) })
    const held = memory(runtime, model, bindings, transposed)
    const given = feedsOf(loop, bindings)
    const running = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => runner({ settings, open: (setting) => open(runtime, model, held, setting, steps) }),
        catch: (error) => refused(runtime, error)
      }),
      ({ release }) => Effect.promise(release)
    )
    return {
      get detail() {
        return running.detail()
      },
      run: (k, feeds) =>
        Effect.uninterruptible(
          Effect.promise(async () => {
            checkFeeds(given, k, feeds)
            return running.run(k, narrow.read(feeds))
          })
        ),
      state: Effect.sync(held.read),
      finite: (names) => Effect.sync(() => held.finite(names)),
      undo: Effect.sync(held.undo),
      restore: (state) => Effect.sync(() => held.write(state))
    }
  })

const refused = ({ name }: Runtime, error: unknown): EngineUnavailable =>
  new EngineUnavailable({
    engine: name,
    reason: `ONNX Runtime refused the graph: ${error instanceof Error ? error.message : String(error)}`,
    advice: "Run it on another engine, such as Engine.eager, and please report this."
  })
