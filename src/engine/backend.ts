import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { EngineUnavailable } from "../Errors.ts"

/** The tfjs backends that the eager engine takes by itself, the faster one first. */
export const preferred = ["wasm", "cpu"] as const

/** Runs synchronous tfjs code on a backend, and puts the current backend back on every way out. */
export const onBackend = <A>(backend: string, body: () => A): A => {
  const before = tf.getBackend() || "cpu"
  if (backend === "cpu") quiet()
  if (before === backend) return body()
  switchTo(backend)
  try {
    return body()
  } finally {
    switchTo(before)
  }
}

/** Runs synchronous tfjs code on the cpu backend, which is there wherever tfjs is. */
export const onCpu = <A>(body: () => A): A => {
  quiet()
  return onBackend("cpu", body)
}

/** Makes a backend ready without making it the current one. */
export const prepare = (backend: string): Effect.Effect<string, EngineUnavailable> =>
  Effect.tryPromise({
    try: async () => {
      if (backend === "wasm" && !registered("wasm")) await loadWasm()
      if (!registered(backend)) throw new Error(`tfjs has no backend '${backend}'`)
      if (!ready(backend)) await initialise(backend)
      if (backend === "cpu") quiet()
      return backend
    },
    catch: (error) =>
      new EngineUnavailable({
        engine: `eager on tfjs ${backend}`,
        reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
        advice:
          backend === "wasm"
            ? "Run `npm install @tensorflow/tfjs-backend-wasm@4.22.0`, or use the cpu backend."
            : "Import the package that registers it before the engine is made."
      })
  })

const registered = (backend: string): boolean => tf.findBackendFactory(backend) != null
const ready = (backend: string): boolean => Object.hasOwn(tf.engine().registry, backend)

/** The switch is synchronous for a backend that is ready; tfjs returns a promise for those that are not. */
const switchTo = (backend: string): void => {
  void tf.setBackend(backend)
}

/** The package registers itself with a higher priority than cpu: a program that has chosen no backend keeps cpu. */
const loadWasm = async (): Promise<void> => {
  if (!tf.getBackend()) switchTo("cpu")
  await import("@tensorflow/tfjs-backend-wasm")
}

/**
 * Builds a backend and registers the finished one in place of its factory: while tfjs itself waits for an asynchronous
 * factory, every other use of tfjs throws.
 */
const initialise = async (backend: string): Promise<void> => {
  const instance = await tf.findBackendFactory(backend)()
  if (ready(backend)) return
  tf.removeBackend(backend)
  tf.registerBackend(backend, () => instance, backend === "wasm" ? 2 : 1)
  tf.findBackend(backend)
}

/** The cpu backend advertises tfjs-node when it is first used in Node, unless it takes this for a later use. */
const quiet = (): void => {
  Reflect.set(tf.findBackend("cpu"), "firstUse", false)
}
