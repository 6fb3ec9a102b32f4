import { Effect } from "effect"
import { EngineUnavailable } from "../../Errors.ts"
import { cores, onNode, optional } from "../../host.ts"
import { probe } from "./probe.ts"
import { common, type Loading, type Ort, reasonOf } from "./runtime.ts"

/**
 * `onnxruntime-web`: the same kernels as WebAssembly, in a web page and in Node, with one pool of threads for all sessions. Values in `ort.env.wasm`
 * (`numThreads`, `wasmPaths`) that were set before the first use are kept.
 */
export const web: Loading = Effect.tryPromise({
  try: async () => {
    const ort = onNode ? ((await optional("onnxruntime-web")) as Ort) : await import("onnxruntime-web/wasm")
    const { wasm, versions } = ort.env
    wasm.numThreads ??= threadsOn(cores())
    await alone(() => probe(ort, options))
    const setting = { threads: wasm.numThreads, spin: false }
    return {
      name: "onnx-web",
      because: `onnxruntime-web ${versions.web ?? versions.common} loads`,
      ort,
      settings: () => [setting],
      options: () => options,
      inPlace: false,
      alone
    }
  },
  catch: (error) =>
    new EngineUnavailable({
      engine: "onnx-web",
      reason: reasonOf("onnxruntime-web", error),
      advice: onNode
        ? "Run `npm install onnxruntime-web`."
        : "Install onnxruntime-web, and serve its file ort-wasm-simd-threaded.wasm beside the script or where `env.wasm.wasmPaths` of `onnxruntime-web/wasm` says."
    })
})

/**
 * Its threads wait in a busy loop, so one thread that shares its core with other work delays all of them. On a machine with many cores one core is
 * left free.
 */
const threadsOn = (cores: number): number => (cores < 3 ? cores : Math.min(4, cores - 1))

const options = { ...common, executionProviders: ["wasm"] }

/**
 * A process has one instance of the WebAssembly, and a call keeps its stack while it awaits. So calls must not overlap, not even those of different
 * sessions. All sessions share this queue, as they share the instance.
 */
let free: Promise<void> = Promise.resolve()
const alone = <A>(work: () => Promise<A>): Promise<A> => {
  const result = free.then(work)
  const done = (): void => {}
  free = result.then(done, done)
  return result
}
