import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { EngineUnavailable } from "../Errors.ts"
import "../tensor/quietCpu.ts"

/** The tfjs backends that the eager engine tries by default, the fastest first. */
export const preferred = ["wasm", "cpu"] as const

/** Runs synchronous tfjs code on a backend, and always restores the current backend afterwards, also after an error. */
export const onBackend = <A>(backend: string, body: () => A): A => {
  const before = tf.getBackend() || "cpu"
  if (before === backend) return body()
  switchTo(backend)
  try {
    return body()
  } finally {
    switchTo(before)
  }
}

/** Runs synchronous tfjs code on the cpu backend, which is there wherever tfjs is. */
export const onCpu = <A>(body: () => A): A => onBackend("cpu", body)

/** Makes a backend ready without making it the current one. */
export const prepare = (backend: string): Effect.Effect<string, EngineUnavailable> =>
  Effect.tryPromise({
    try: async () => {
      if (backend === "wasm" && !registered("wasm")) await loadWasm()
      if (!registered(backend)) throw new Error(`tfjs has no backend '${backend}'`)
      if (!ready(backend)) await initialise(backend)
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

/** Switching to a backend that is ready is synchronous; for others tfjs returns a promise. */
const switchTo = (backend: string): void => {
  void tf.setBackend(backend)
}

/** The wasm package registers itself with a higher priority than cpu. This keeps cpu for a program that has chosen no backend. */
const loadWasm = async (): Promise<void> => {
  if (!tf.getBackend()) switchTo("cpu")
  await import("@tensorflow/tfjs-backend-wasm")
}

/**
 * Builds a backend and registers the finished backend in place of its factory. If tfjs itself waited for an asynchronous factory, every other use of
 * tfjs would throw meanwhile.
 */
const initialise = async (backend: string): Promise<void> => {
  const instance = await tf.findBackendFactory(backend)()
  if (ready(backend)) return
  tf.removeBackend(backend)
  tf.registerBackend(backend, () => instance, backend === "wasm" ? 2 : 1)
  tf.findBackend(backend)
}
