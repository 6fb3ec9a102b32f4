import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { layers } from "../../src/engine/layers.ts"
import { tensorflowBy } from "../../src/engine/tensorflow/index.ts"
import type { Source } from "./harness.ts"

/** Whether tfjs-node has been set up here (`npm run native`). Where it has, everything has to work on it. */
export const nativeIsSetUp: boolean = (() => {
  try {
    const root = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node/package.json"))
    const lib = join(root, "lib")
    return existsSync(lib) && readdirSync(lib).some((each) => existsSync(join(lib, each, "tfjs_binding.node")))
  } catch {
    return false
  }
})()

/** The two ways in which the tensorflow engine compiles a loop: it takes the one or the other by the number of steps. */
export const tensorflows: ReadonlyArray<readonly [string, Source]> = [
  ["tensorflow", tensorflowBy("dataflow")],
  ["tensorflow by XLA", tensorflowBy("xla")]
]

/** The engines whose whole suite runs here. Without tfjs-node, tensorflow.test.ts holds what is said of its absence. */
export const engines: ReadonlyArray<readonly [string, Source]> = [
  ...(nativeIsSetUp ? tensorflows : []),
  ["onnx", layers.onnx],
  ["onnx-web", layers.onnxWeb],
  ["eager on cpu", layers.eagerOn("cpu")],
  ["eager on wasm", layers.eagerOn("wasm")]
]
