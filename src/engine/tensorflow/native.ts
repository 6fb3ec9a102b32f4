import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { EngineUnavailable } from "../../Errors.ts"
import { builtin, onNode } from "../../host.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import { withoutCodeGeneration } from "./codeGeneration.ts"

/** The name under which tfjs-node registers its backend. */
export const backendName = "tensorflow"

/** TensorFlow's description of a tensor that it made. */
export interface Made {
  readonly id: number
  readonly shape: Shape
  readonly dtype: number
}

/** An attribute of an op; `type` is one of TensorFlow's attribute kinds. */
export interface OpAttr {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** TensorFlow's numbers for kinds of attributes (tf_attrtype.h). */
export const attrKind = { text: 0, flag: 3, type: 4 } as const

/** The part of tfjs-node's native binding that is used here. It identifies tensors by numbers, and keeps them until they are deleted. */
export interface Binding {
  readonly TF_Version: string
  readonly createTensor: (shape: Shape, dtype: number, values: Values) => number
  readonly deleteTensor: (id: number) => void
  readonly tensorDataSync: (id: number) => Values
  readonly executeOp: (
    op: string,
    attrs: ReadonlyArray<OpAttr>,
    inputs: ReadonlyArray<number>,
    outputs: number
  ) => ReadonlyArray<Made>
  readonly loadSavedModel: (directory: string, tags: string) => number
  readonly deleteSavedModel: (session: number) => void
  /** Feeds and fetches are given as names of graph nodes, joined by commas. */
  readonly runSavedModel: (
    session: number,
    inputs: ReadonlyArray<number>,
    inputNames: string,
    outputNames: string
  ) => ReadonlyArray<Made>
}

/** tfjs-node's backend: all its kernels call `binding`. */
export interface Native extends tf.KernelBackend {
  binding: Binding
  readonly getInputTensorIds: (tensors: ReadonlyArray<tf.Tensor>) => ReadonlyArray<number>
  readonly executeSingleOutput: (
    op: string,
    attrs: ReadonlyArray<OpAttr>,
    inputs: ReadonlyArray<tf.Tensor>
  ) => tf.Tensor
}

/** Loads tfjs-node, without changing tfjs's current backend. */
export const load: Effect.Effect<Native, EngineUnavailable> = Effect.tryPromise({
  try: async () => {
    const known = nativeBackend()
    if (known !== undefined) return known
    if (!onNode) throw new Error("a page has no native code")
    prepareProcess()
    const before = tf.getBackend() || "cpu"
    try {
      withoutCodeGeneration(() => builtin("node:module").createRequire(import.meta.url)(packageName))
    } finally {
      void tf.setBackend(before)
    }
    const native = nativeBackend()
    if (native === undefined) throw new Error("it registered no backend that this version of latent knows")
    return native
  },
  catch: (error) => {
    const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n")
    return new EngineUnavailable({
      engine: "tensorflow",
      reason: /Cannot find (package|module)|Could not resolve|native addon module/.test(reason)
        ? "@tensorflow/tfjs-node is not set up"
        : `@tensorflow/tfjs-node does not load: ${reason}`,
      advice: "Run `npx latent native`, which installs it and its native library."
    })
  }
})

const packageName = "@tensorflow/tfjs-node"

/** tfjs-node's backend, if it has been loaded. */
export const nativeBackend = (): Native | undefined => {
  if (tf.findBackendFactory(backendName) == null) return undefined
  const backend = tf.findBackend(backendName)
  return isNative(backend) ? backend : undefined
}

const isNative = (backend: tf.KernelBackend): backend is Native =>
  "binding" in backend && "getInputTensorIds" in backend

/**
 * Preparations before TensorFlow loads. tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 22 warns about and Node 23 removed. TensorFlow
 * writes a line to stderr if oneDNN is on for all ops, so it is switched off; products.ts calls oneDNN by name where it is faster. TensorFlow also
 * reports each model that it loads, which is switched off too. Variables that the user has set are kept.
 */
const prepareProcess = (): void => {
  Object.assign(builtin("node:util"), { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  process.env["TF_ENABLE_ONEDNN_OPTS"] ??= "0"
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"
}
