import { builtin } from "../../host.ts"

/** ONNX Runtime's native library reads this environment variable of the process when it starts. */
const variable = "ORT_DISABLE_TELEMETRY"

/**
 * Turns ONNX Runtime's telemetry off. Without this its native library writes a device id and a database of events below the user's cache folder, and
 * sends the events to its makers. The variable must be set before the library starts. A value that the user has set is kept.
 *
 * @throws Error in a worker thread whose main thread does not answer
 */
export const switchOffTelemetry = async (): Promise<void> => {
  const { isMainThread } = builtin("node:worker_threads")
  const wanted = (process.env[variable] ??= "1")
  if (isMainThread) return
  try {
    await inMainThread(`process.env.${variable} ??= ${JSON.stringify(wanted)}`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `its telemetry cannot be switched off from a worker thread (${reason}): start Node with ${variable}=1`
    )
  }
}

/** The time in milliseconds for the main thread to answer. It also answers while it computes. */
const patience = 5000

/** A worker thread changes only its copy of the variables, which native code does not see. The main thread changes those of the process. */
const inMainThread = (expression: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const session = new (builtin("node:inspector").Session)()
    session.connectToMainThread()
    const timer = setTimeout(() => {
      session.disconnect()
      reject(new Error("the main thread does not answer"))
    }, patience)
    session.post("Runtime.evaluate", { expression, silent: true }, (error, answer) => {
      clearTimeout(timer)
      session.disconnect()
      if (error === null && answer.exceptionDetails === undefined) resolve()
      else reject(error ?? new Error("the main thread refused"))
    })
  })
