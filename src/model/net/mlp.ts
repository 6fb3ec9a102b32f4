import * as tf from "@tensorflow/tfjs"
import type { Mask } from "../../dist/flow/made.ts"
import { ShapeMismatch } from "../../Errors.ts"
import { sameShape } from "../../tensor/Tensor.ts"
import { type Activation, activations } from "./activation.ts"
import { type Layer, layerOf } from "./layer.ts"

type Layers = readonly [number, ...ReadonlyArray<number>, number]
type Last<L extends Layers> = L extends readonly [...ReadonlyArray<number>, infer O extends number] ? O : never

/**
 * A multilayer perceptron of one datum, `[in] → [out]`: dense layers with an activation between them and none at the end. Weights and
 * biases begin uniform in ±1/√fan-in (PyTorch's default for linear layers), weights of shape [in, out]. The same net used twice shares its weights.
 *
 * @param layers sizes, input first
 * @param options.masks which weights may differ from 0, a mask a layer: `Flow.masks(layers)` makes the net autoregressive
 * @throws ShapeMismatch when a mask does not have the shape of its layer's weights
 * @example
 * ```ts
 * const decoder = Net.mlp([20, 400, 784])
 * ```
 */
export const mlp = <const L extends Layers>(
  layers: L,
  options: { readonly activation?: Activation; readonly name?: string; readonly masks?: ReadonlyArray<Mask> } = {}
): Layer<readonly [L[0]], readonly [Last<L>]> => {
  const activate = activations[options.activation ?? "relu"]
  return layerOf("mlp", options, (x, { name, get }) => {
    const sizes = layers.slice(1)
    return sizes.reduce<tf.Tensor>((input, out, i) => {
      const fanIn = layers[i] ?? 1
      const bound = 1 / Math.sqrt(fanIn)
      const weight = get(`${i}.weight`, [fanIn, out], bound)
      const bias = get(`${i}.bias`, [out], bound)
      const allowed = masked(name, weight, options.masks?.[i])
      const product = tf.reshape(tf.matMul(tf.reshape(input, [1, fanIn]), allowed), [out])
      const y = tf.add(product, bias)
      return i < sizes.length - 1 ? activate(y) : y
    }, x)
  })
}

const masked = (name: string, weight: tf.Tensor, mask: Mask | undefined): tf.Tensor => {
  if (mask === undefined) return weight
  if (!sameShape(mask.shape, weight.shape))
    throw new ShapeMismatch({ site: undefined, where: `a mask of ${name}`, expected: weight.shape, actual: mask.shape })
  return tf.mul(weight, tf.tensor2d(mask.values, [...mask.shape]))
}
