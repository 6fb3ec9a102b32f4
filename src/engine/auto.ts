import { Effect, Layer } from "effect"
import type { EngineUnavailable } from "../Errors.ts"
import { onNode } from "../host.ts"
import { Engine } from "./Engine.ts"
import { eager } from "./eager.ts"
import { onnx, onnxWeb } from "./onnx/index.ts"
import { tensorflow } from "./tensorflow/index.ts"

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

/**
 * The first engine that works here, of: ONNX Runtime, which starts fastest; TensorFlow, whose steps are faster on large networks; ONNX Runtime as
 * WebAssembly; tfjs. `because` gives the reason why the earlier ones do not work.
 */
export const auto: EngineLayer = preferred.reduceRight((rest, engine) => orElse(engine, rest), eager)
