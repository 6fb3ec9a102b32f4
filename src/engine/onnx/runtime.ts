import type { Effect } from "effect"
import type { InferenceSession } from "onnxruntime-node"
import type { EngineUnavailable } from "../../Errors.ts"

/** The common interface of `onnxruntime-node` and `onnxruntime-web`. */
export type Ort = Pick<typeof import("onnxruntime-node"), "InferenceSession" | "Tensor" | "env">

/** The number of threads inside an operator, and whether they wait for work in a busy loop. */
export interface Setting {
  readonly threads: number
  readonly spin: boolean
}

/** What is known of the work before it begins. */
export interface Work {
  readonly steps: number
  /** the size of its largest op, in numbers or multiplications */
  readonly largest: number
}

/** A variant of ONNX Runtime: its module, and everything in which the native and the WebAssembly variant differ. */
export interface Runtime {
  readonly name: string
  readonly because: string
  readonly ort: Ort
  /** The settings worth comparing for some work, the safest first. */
  readonly settings: (work: Work) => ReadonlyArray<Setting>
  readonly options: (setting: Setting) => InferenceSession.SessionOptions
  /** Whether a call reads inputs and writes outputs directly in the caller's memory, or copies both. */
  readonly inPlace: boolean
  /** Runs a piece of work. A runtime that can do only one thing at a time waits until no other work is running. */
  readonly alone: <A>(work: () => Promise<A>) => Promise<A>
}

/** A runtime that is loaded when the effect runs. */
export type Loading = Effect.Effect<Runtime, EngineUnavailable>

/** Options that are the same for all variants of the runtime. */
export const common = {
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3
} as const satisfies InferenceSession.SessionOptions

/** The reason why a package did not load, in words. */
export const reasonOf = (name: string, error: unknown): string => {
  const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n")
  return /Cannot find (package|module)/.test(reason) ? `${name} is not installed` : `${name} does not load: ${reason}`
}
