import { auto } from "./auto.ts"
import { eager, eagerOn } from "./eager.ts"
import { onnx, onnxWeb } from "./onnx/index.ts"
import { tensorflow } from "./tensorflow/index.ts"

/** The ways to provide an `Engine`. */
export const layers = { auto, onnx, tensorflow, onnxWeb, eager, eagerOn } as const
