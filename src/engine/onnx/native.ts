import { Effect } from "effect"
import type { InferenceSession } from "onnxruntime-node"
import { EngineUnavailable } from "../../Errors.ts"
import { cores, optional } from "../../host.ts"
import { probe } from "./probe.ts"
import { common, type Loading, type Ort, reasonOf, type Setting } from "./runtime.ts"
import { switchOffTelemetry } from "./telemetry.ts"
import { settingsFor } from "./tune.ts"

/** `onnxruntime-node`: native kernels, each session with threads of its own. */
export const native: Loading = Effect.tryPromise({
  try: async () => {
    await switchOffTelemetry()
    const ort = (await optional("onnxruntime-node")) as Ort
    await probe(ort, options({ threads: 1, spin: false }))
    return {
      name: "onnx",
      because: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common} loads`,
      ort,
      settings: (work) => settingsFor(cores(), work),
      options,
      inPlace: true,
      alone: (work) => work()
    }
  },
  catch: (error) =>
    new EngineUnavailable({
      engine: "onnx",
      reason: reasonOf("onnxruntime-node", error),
      advice:
        "Run `npm install --ignore-scripts onnxruntime-node`: its install script fetches CUDA libraries, which are not used here."
    })
})

/** An idle session must not spin: its waiting threads would take the processor cores from all other work. */
const options = ({ threads, spin }: Setting): InferenceSession.SessionOptions => ({
  ...common,
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: spin ? "1" : "0" }, force_spinning_stop: "1" } }
})
