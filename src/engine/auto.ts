import { Effect, Layer } from "effect"
import type { EngineUnavailable } from "../Errors.ts"
import { Engine } from "./Engine.ts"
import { eager } from "./eager.ts"
import { onnx } from "./onnx/index.ts"

/** The first engine that works here: ONNX Runtime, then tfjs. `because` says why it was not an earlier one. */
export const auto: Layer.Layer<Engine, EngineUnavailable> = onnx.pipe(
  Layer.catchTag("EngineUnavailable", (absent) =>
    Layer.effect(
      Engine,
      Effect.gen(function* () {
        const engine = yield* Engine
        return { ...engine, because: `${absent.reason}; ${engine.because}` }
      })
    ).pipe(Layer.provide(eager))
  )
)
