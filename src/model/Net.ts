import * as tf from "@tensorflow/tfjs"
import type { Mask } from "../dist/flow/made.ts"
import { ShapeMismatch } from "../Errors.ts"
import { type Shape, sameShape, type Tensor, typed } from "../tensor/Tensor.ts"
import { currentStore, type Init } from "./Param.ts"

/** What stands between two layers. */
export type Activation = "relu" | "tanh" | "sigmoid" | "softplus" | "elu"

type Layers = readonly [number, ...ReadonlyArray<number>, number]
type Last<L extends Layers> = L extends readonly [...ReadonlyArray<number>, infer O extends number] ? O : never

const activations: { readonly [A in Activation]: (x: tf.Tensor) => tf.Tensor } = {
  relu: tf.relu,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  elu: tf.elu
}

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
const mlp = <const L extends Layers>(
  layers: L,
  options: { readonly activation?: Activation; readonly name?: string; readonly masks?: ReadonlyArray<Mask> } = {}
): ((x: Tensor<readonly [L[0]]>) => Tensor<readonly [Last<L>]>) => {
  const activate = activations[options.activation ?? "relu"]
  const identity = {}
  return (x) => {
    const store = currentStore(options.name ?? "Net.mlp")
    const name = options.name ?? store.nameOf(identity, "mlp")
    const get = (parameter: string, shape: Shape, init: Init): tf.Tensor =>
      store.get({ name: parameter, shape, init, support: "real", plate: undefined })
    const sizes = layers.slice(1)
    const result = sizes.reduce<tf.Tensor>((input, out, i) => {
      const fanIn = layers[i] ?? 1
      const init = { kind: "uniform", bound: 1 / Math.sqrt(fanIn) } as const
      const weight = get(`${name}.${i}.weight`, [fanIn, out], init)
      const bias = get(`${name}.${i}.bias`, [out], init)
      const allowed = masked(name, weight, options.masks?.[i])
      const product = tf.reshape(tf.matMul(tf.reshape(input, [1, fanIn]), allowed), [out])
      const y = tf.add(product, bias)
      return i < sizes.length - 1 ? activate(y) : y
    }, x)
    return typed(result)
  }
}

const masked = (name: string, weight: tf.Tensor, mask: Mask | undefined): tf.Tensor => {
  if (mask === undefined) return weight
  if (!sameShape(mask.shape, weight.shape))
    throw new ShapeMismatch({ site: undefined, where: `a mask of ${name}`, expected: weight.shape, actual: mask.shape })
  return tf.mul(weight, tf.tensor2d(mask.values, [...mask.shape]))
}

/** Neural networks of one datum. */
export const Net = { mlp }
