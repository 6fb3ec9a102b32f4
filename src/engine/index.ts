import { Engine as Service } from "./Engine.ts"
import { layers } from "./layers.ts"

/**
 * The service that runs recorded graphs. Provide one of its layers: `Engine.auto`, `Engine.onnx`, `Engine.tensorflow`, `Engine.onnxWeb`,
 * `Engine.eager` or `Engine.eagerOn(backend)`.
 */
export const Engine = Object.assign(Service, layers)
export type Engine = Service
