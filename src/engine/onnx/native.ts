import { Effect } from "effect"
import { EngineUnavailable } from "../../Errors.ts"
import { cores, optional } from "../../host.ts"
import { common, type Loading, type Ort, reasonOf } from "./runtime.ts"
import { switchOffTelemetry } from "./telemetry.ts"
import { settingsFor } from "./tune.ts"

/** `onnxruntime-node`: native kernels, each session with threads of its own. */
export const native: Loading = Effect.map(
  Effect.tryPromise({
    try: async () => {
      await switchOffTelemetry()
      return (await optional("onnxruntime-node")) as Ort
    },
    catch: (error) =>
      new EngineUnavailable({
        engine: "onnx",
        reason: reasonOf("onnxruntime-node", error),
        advice: "Run `npm install onnxruntime-node`."
      })
  }),
  (ort) => ({
    name: "onnx",
    because: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common} loads`,
    ort,
    settings: (steps) => settingsFor(cores(), steps),
    /** An idle session must not spin: its waiting threads would take the cores from everything else. */
    options: ({ threads, spin }) => ({
      ...common,
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: spin ? "1" : "0" }, force_spinning_stop: "1" } }
    }),
    inPlace: true,
    alone: (work) => work()
  })
)
