import { Effect, Layer, type Scope } from "effect"
import { EngineUnavailable, type InvalidOption, type UnsupportedKernel } from "../../Errors.ts"
import { contract } from "../contract.ts"
import { type Bindings, Engine, type Hint, type Loop, type Session } from "../Engine.ts"
import { checkBindings, neededNodes } from "../leaves.ts"
import { bfloat16OnCpu, refuseBfloat16 } from "../precision.ts"
import { missingKernel } from "../runGraph.ts"
import { takeOutAdam } from "./adam.ts"
import { fuse } from "./fuse.ts"
import { lower } from "./lower.ts"
import { backendName, load, type Native } from "./native.ts"
import { missingProducts, withOneDnn } from "./products.ts"
import { open } from "./session.ts"
import { trace } from "./trace.ts"
import { compile as xla } from "./xla.ts"

/** TensorFlow's native CPU kernels, by way of tfjs-node: a loop of steps is one call of one TensorFlow graph. */
export const tensorflow: Layer.Layer<Engine, EngineUnavailable> = Layer.effect(
  Engine,
  Effect.map(
    Effect.suspend(() => load),
    (native) => ({
      name: "tensorflow",
      because: `TensorFlow ${native.binding.TF_Version} loads (@tensorflow/tfjs-node)`,
      bfloat16: bfloat16On(native),
      compile: (loop: Loop, bindings: Bindings, hint?: Hint) =>
        process.env["LATENT_TF"] === "dataflow" || loop.precision === "bfloat16"
          ? compile(native, loop, bindings)
          : xla(native, loop, bindings, hint)
    })
  )
)

const compile = (
  native: Native,
  loop: Loop,
  bindings: Bindings
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingKernel(loop.graph, neededNodes(loop), backendName)
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const precision = loop.precision ?? "float32"
    const oneDnn = missingProducts(native.binding, precision) === undefined
    const graph = precision === "float32" ? contract(loop.graph) : loop.graph
    const inPlace = takeOutAdam({ ...loop, graph: fuse(graph) })
    const traced = trace(native, inPlace.loop)
    const model = lower(loop, inPlace, bindings, oneDnn ? withOneDnn(traced, precision) : traced)
    const held = yield* Effect.acquireRelease(
      Effect.try({ try: () => open(native.binding, model, bindings), catch: refused }),
      ({ release }) => Effect.sync(release)
    )
    return {
      detail: `TensorFlow ${native.binding.TF_Version}, one graph${oneDnn ? ", oneDNN" : ""}${precision === "bfloat16" ? ", products in bfloat16" : ""}`,
      run: (k, feeds) =>
        Effect.gen(function* () {
          const emitted = held.run(k, feeds)
          yield* Effect.yieldNow
          return emitted
        }),
      state: Effect.sync(held.read),
      undo: Effect.sync(held.undo),
      restore: (state) => Effect.sync(() => held.write(state))
    }
  })

const bfloat16On = ({ binding }: Native): Effect.Effect<void, InvalidOption> =>
  Effect.andThen(
    bfloat16OnCpu,
    Effect.suspend(() => {
      const reason = missingProducts(binding, "bfloat16")
      return reason === undefined
        ? Effect.void
        : refuseBfloat16(
            `on TensorFlow ${binding.TF_Version}, which has no products in bfloat16 of oneDNN's (${reason})`
          )
    })
  )

const refused = (error: unknown): EngineUnavailable =>
  new EngineUnavailable({
    engine: "tensorflow",
    reason: `the graph could not be handed to TensorFlow: ${error instanceof Error ? error.message : String(error)}`,
    advice: "Is there room for a temporary file? Otherwise run on another engine (Engine.onnx, Engine.eager)."
  })
