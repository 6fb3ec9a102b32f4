import * as tf from "@tensorflow/tfjs"
import { masks } from "../../../src/dist/flow/made.ts"
import { type Tensor, typed } from "../../../src/tensor/Tensor.ts"
import { normals } from "../../infer/harness.ts"

/** Fixed numbers of moderate size as a tensor. */
export const numbers = (seed: number, shape: ReadonlyArray<number>, scale = 0.5): tf.Tensor =>
  tf.mul(
    scale,
    tf.tensor(
      normals(
        seed,
        Math.max(
          1,
          shape.reduce((size, n) => size * n, 1)
        )
      ),
      [...shape]
    )
  )

export const vector = (seed: number, n: number, scale = 0.5): Tensor<readonly [number]> =>
  typed(numbers(seed, [n], scale))

type Net = (x: tf.Tensor) => Tensor<readonly [number]>

/** A net with fixed weights and tanh between the layers; masked, if that is asked for. */
export const fixedNet =
  (layers: readonly [number, ...ReadonlyArray<number>, number], masked = false): Net =>
  (x) => {
    const allowed = masked ? masks(layers) : []
    const last = layers.length - 2
    return typed(
      layers.slice(1).reduce<tf.Tensor>((input, out, i) => {
        const from = layers[i] ?? 1
        const mask = allowed[i]
        const weight = numbers(10 + i, [from, out])
        const used = mask === undefined ? weight : tf.mul(weight, tf.tensor2d(mask.values, [...mask.shape]))
        const y = tf.add(
          tf.reshape(tf.matMul(tf.reshape(input, [1, from]), used as tf.Tensor2D), [out]),
          numbers(20 + i, [out], 0.25)
        )
        return i === last ? y : tf.tanh(y)
      }, x)
    )
  }
