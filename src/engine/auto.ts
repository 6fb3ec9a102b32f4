import { Effect, Layer, type Scope } from "effect"
import { EngineUnavailable, type UnsupportedKernel } from "../Errors.ts"
import { onNode } from "../host.ts"
import { type Bindings, Engine, type Hint, type Loop, type Session } from "./Engine.ts"
import { eager } from "./eager.ts"
import { onnx, onnxWeb } from "./onnx/index.ts"
import { tensorflow } from "./tensorflow/index.ts"
import { type Limits, withTrial } from "./trial.ts"

type EngineLayer = Layer.Layer<Engine, EngineUnavailable>

/** An engine; if it does not work, another one, whose `because` gives the reason. */
const orElse = (first: EngineLayer, second: EngineLayer): EngineLayer =>
  first.pipe(
    Layer.catchTag("EngineUnavailable", (absent) =>
      Layer.effect(
        Engine,
        Effect.map(Engine, (engine) => ({ ...engine, because: `${absent.reason}; ${engine.because}` }))
      ).pipe(Layer.provide(second))
    )
  )

/** The engines that are tried before the last one, the eager engine (decision 009). */
const preferred: ReadonlyArray<EngineLayer> = onNode ? [onnx, tensorflow, onnxWeb] : [onnxWeb]

/** The engines that a saved fit may have run on, by name. */
const known: ReadonlyMap<string, EngineLayer> = new Map([
  ["onnx", onnx],
  ["tensorflow", tensorflow],
  ["onnx-web", onnxWeb]
])

/** The engine that may turn out to be faster than another one. Both are native code; the others are many times slower. */
const rivals: ReadonlyMap<string, EngineLayer> = new Map(onNode ? [["onnx", tensorflow]] : [])

/** The first of some engines, which leaves a long fit to its rival where that is faster, and a fit that goes on to the engine on which it began (decision 054). */
export const choosing = (first: EngineLayer, rivals: ReadonlyMap<string, EngineLayer>, limits?: Limits): EngineLayer =>
  Layer.effect(
    Engine,
    Effect.map(Engine, (engine) => ({
      ...engine,
      compile: (
        loop: Loop,
        bindings: Bindings,
        { engine: wanted, ...hint }: Hint = {}
      ): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> => {
        if (typeof wanted === "object" && wanted.name !== engine.name) return goingOn(wanted.name, loop, bindings, hint)
        const rival = rivals.get(engine.name)
        if (wanted !== "fastest" || rival === undefined) return engine.compile(loop, bindings, hint)
        return withTrial(engine, serviceOf(rival), [loop, bindings, hint], limits)
      }
    }))
  ).pipe(Layer.provide(first))

const serviceOf = (layer: EngineLayer): Effect.Effect<Engine["Service"], EngineUnavailable> =>
  Effect.provide(
    Effect.map(Engine, (engine) => engine),
    layer
  )

/** A session on the engine of that name, for a fit that has run on it. */
const goingOn = (
  name: string,
  loop: Loop,
  bindings: Bindings,
  hint: Hint
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const unlike = (reason: string) =>
      new EngineUnavailable({
        engine: name,
        reason: `the fit that goes on has run on it, and ${reason}`,
        advice:
          "To let it go on elsewhere, with other roundings, name an engine (such as Engine.onnx) in place of Engine.auto."
      })
    const engine = yield* Effect.mapError(serviceOf(known.get(name) ?? eager), ({ reason }) => unlike(reason))
    if (engine.name !== name) return yield* unlike("Engine.auto does not have it")
    const session = yield* engine.compile(loop, bindings, hint)
    const chosen = { engine: name, because: "the fit has run on it before" }
    return {
      ...session,
      chosen,
      get detail() {
        return session.detail
      }
    }
  })

/**
 * The first engine that works here, of: ONNX Runtime, which starts fastest; TensorFlow; ONNX Runtime as WebAssembly; tfjs. `because` gives the reason why the
 * earlier ones do not work. A fit that would take more than twenty seconds on ONNX Runtime is tried on TensorFlow too, and runs where its steps are faster: the event `Engine` of its progress says
 * which it was.
 */
export const auto: EngineLayer = choosing(
  preferred.reduceRight((rest, engine) => orElse(engine, rest), eager),
  rivals
)
