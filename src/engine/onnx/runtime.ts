import type { Effect } from "effect"
import type { InferenceSession } from "onnxruntime-node"
import type { EngineUnavailable } from "../../Errors.ts"

/** What `onnxruntime-node` and `onnxruntime-web` both are. */
export type Ort = Pick<typeof import("onnxruntime-node"), "InferenceSession" | "Tensor" | "env">

/** How many threads work inside an operator, and whether they wait for work in a busy loop. */
export interface Setting {
  readonly threads: number
  readonly spin: boolean
}

/** ONNX Runtime as it is here: its module, and all in which the native one and WebAssembly differ. */
export interface Runtime {
  readonly name: string
  readonly because: string
  readonly ort: Ort
  /** The settings worth comparing for so many steps, the safest first. */
  readonly settings: (steps: number) => ReadonlyArray<Setting>
  readonly options: (setting: Setting) => InferenceSession.SessionOptions
  /** Whether a call reads its inputs where they lie and writes its outputs where it is told, or copies both. */
  readonly inPlace: boolean
  /** Runs a piece of work when no other is under way, where the runtime can do but one thing at a time. */
  readonly alone: <A>(work: () => Promise<A>) => Promise<A>
}

/** A runtime that is loaded when the effect runs. */
export type Loading = Effect.Effect<Runtime, EngineUnavailable>

/** Options that do not depend on where the runtime runs. */
export const common = {
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3
} as const satisfies InferenceSession.SessionOptions

/** Why a package did not load, in words. */
export const reasonOf = (name: string, error: unknown): string => {
  const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n")
  return /Cannot find (package|module)/.test(reason) ? `${name} is not installed` : `${name} does not load: ${reason}`
}
