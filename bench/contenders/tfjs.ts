import { createRequire } from "node:module"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Data, type Dataset } from "../../src/index.ts"
import { eagerLoop, logisticByHand, vaeByHand } from "../eagerLoop.ts"
import { readColumns } from "../tables.ts"
import type { Work } from "../workloads.ts"
import type { Prepare } from "./Prepare.ts"

/** Programs by hand in eager tfjs: `tfjs-node` or `tfjs-wasm`. */
export const tfjs =
  (name: string): Prepare =>
  async (work) => {
    await (name === "tfjs-node" ? useNode() : useWasm())
    const batch = await batches(work)
    return async () => {
      const program =
        work.kind === "vae" ? vaeByHand(work) : work.kind === "logistic" ? logisticByHand(work) : undefined
      if (program === undefined) throw new Error(`${name} has no program of kind '${work.kind}'`)
      const step = eagerLoop(program, work.learningRate, batch)
      return { run: async (steps) => step(steps), versions: { tfjs: tf.version.tfjs } }
    }
  }

const useWasm = async (): Promise<void> => {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm")
  const path = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm")
  setWasmPaths(path.replace(/[^/\\]+$/, ""))
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs's wasm backend does not start")
}

const useNode = async (): Promise<void> => {
  // tfjs-node 4.22 calls a function that Node 23 has removed.
  const old = createRequire(import.meta.url)("node:util") as { isNullOrUndefined?: (x: unknown) => boolean }
  old.isNullOrUndefined ??= (x) => x === null || x === undefined
  const module: string = "@tensorflow/tfjs-node"
  await import(module).catch(() => {
    throw new Error("tfjs-node is not installed")
  })
  if (!(await tf.setBackend("tensorflow"))) throw new Error("tfjs-node does not start")
}

/** The next batch as tensors: images in their order, or all rows of a table. */
const batches = async (work: Work): Promise<() => { readonly x: tf.Tensor2D; readonly y: tf.Tensor1D }> => {
  if (work.kind === "vae") {
    const { train } = await Effect.runPromise(Data.mnist)
    let at = 0
    return () => {
      if (at + work.batch > train.images.size) at = 0
      const x = rows(train.images, at, at + work.batch)
      at += work.batch
      return { x, y: tf.tensor1d([]) }
    }
  }
  const width = work.kind === "logistic" ? work.columns : 0
  const [x = new Float32Array(), y = new Float32Array()] = readColumns(work, width + 1, [
    [0, width],
    [width, width + 1]
  ])
  return () => ({ x: tf.tensor2d(x, [work.rows, width]), y: tf.tensor1d(y) })
}

const rows = (images: Dataset<readonly [784], string>, from: number, to: number): tf.Tensor2D =>
  tf.reshape(Data.toTensor(images, from, to), [to - from, 784])
