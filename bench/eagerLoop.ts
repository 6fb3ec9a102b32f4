import { createRequire } from "node:module"
import * as tf from "@tensorflow/tfjs"
import { Data, type Dataset } from "../src/index.ts"

export interface Sizes {
  readonly hidden: number
  readonly latent: number
  readonly batch: number
}

/** The fastest tfjs backend that is installed: tfjs-node, then wasm, then plain JavaScript. */
export const useFastestBackend = async (): Promise<string> => {
  for (const name of ["@tensorflow/tfjs-node", "@tensorflow/tfjs-backend-wasm"]) {
    try {
      const module: unknown = await import(name)
      if (name.endsWith("wasm") && isWasm(module)) {
        module.setWasmPaths(
          createRequire(import.meta.url)
            .resolve(`${name}/dist/tfjs-backend-wasm.wasm`)
            .replace(/[^/]+$/, "")
        )
      }
      const backend = name.endsWith("wasm") ? "wasm" : "tensorflow"
      if (await tf.setBackend(backend)) return backend
    } catch {
      // not installed: the next one is tried
    }
  }
  await tf.setBackend("cpu")
  return "cpu"
}

const isWasm = (module: unknown): module is { setWasmPaths: (path: string) => void } =>
  typeof module === "object" && module !== null && "setWasmPaths" in module

/**
 * The tutorials' VAE as one writes it by hand with tfjs: variables, `variableGrads`, tfjs's Adam, one batch a step.
 * Returns the milliseconds of each step.
 */
export const eagerLoop = (
  images: Dataset<readonly [784], string>,
  { hidden, latent, batch }: Sizes,
  steps: number
): ReadonlyArray<number> => {
  const dense = (from: number, to: number): readonly [tf.Variable<tf.Rank.R2>, tf.Variable<tf.Rank.R1>] => {
    const bound = 1 / Math.sqrt(from)
    return [
      tf.variable(tf.randomUniform([from, to], -bound, bound)),
      tf.variable(tf.randomUniform([to], -bound, bound))
    ]
  }
  const layers = [dense(784, hidden), dense(hidden, 2 * latent), dense(latent, hidden), dense(hidden, 784)] as const
  const apply = (x: tf.Tensor2D, [weight, bias]: (typeof layers)[number]): tf.Tensor2D =>
    tf.add(tf.matMul(x, weight), bias)
  const loss = (x: tf.Tensor2D): tf.Scalar => {
    const [loc, logVariance] = tf.split(apply(tf.relu(apply(x, layers[0])), layers[1]), 2, 1)
    if (loc === undefined || logVariance === undefined) throw new Error("the encoder gave no halves")
    const z = tf.add(loc, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), tf.randomNormal([batch, latent])))
    const logits = apply(tf.relu(apply(tf.reshape(z, [batch, latent]), layers[2])), layers[3])
    const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1)
    const kl = tf.mul(0.5, tf.sum(tf.sub(tf.add(tf.exp(logVariance), tf.square(loc)), tf.add(1, logVariance)), 1))
    return tf.mean(tf.add(reconstruction, kl)).asScalar()
  }
  const optimizer = tf.train.adam(1e-3)
  const times: Array<number> = []
  for (let step = 0; step < steps; step++) {
    const x = Data.toTensor(images, step * batch, (step + 1) * batch)
    const started = performance.now()
    const value = optimizer.minimize(() => loss(tf.reshape(x, [batch, 784])), true)
    value?.dataSync()
    times.push(performance.now() - started)
    tf.dispose([x, value ?? []])
  }
  for (const [weight, bias] of layers) tf.dispose([weight, bias])
  optimizer.dispose()
  return times
}
