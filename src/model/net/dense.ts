import * as tf from "@tensorflow/tfjs"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { type Activation, activations } from "./activation.ts"
import { boundOf, type Initialiser, type Layer, type LayerOptions, layerOf, mustBeSize } from "./layer.ts"

/**
 * A dense layer on the last dimension, x W + b: `[…, in] → […, out]`. The number of inputs is read from the first value that it sees.
 *
 * @param out the number of outputs
 * @throws InvalidOption when `out` is no whole number from 1
 * @example
 * ```ts
 * const net = Net.sequential(Net.dense(32), Net.activation("relu"), Net.dense(2))
 * ```
 */
export const dense = <const O extends number>(
  out: O,
  options: LayerOptions & { readonly init?: Initialiser; readonly bias?: boolean } = {}
): (<const L extends Shape>(x: Tensor<readonly [...L, number]>) => Tensor<readonly [...L, O]>) => {
  mustBeSize("Net.dense", out)
  const { init = "pytorch", bias = true } = options
  return layerOf("dense", options, (x: Tensor, { get, filled }) => {
    const [lead, fanIn] = [x.shape.slice(0, -1), x.shape.at(-1) ?? 1]
    const bound = boundOf(init, fanIn, out)
    const rows = lead.reduce((all, n) => all * n, 1)
    const product = tf.matMul(tf.reshape(x, [rows, fanIn]), get("weight", [fanIn, out], bound) as tf.Tensor2D)
    const shift = bias ? (init === "pytorch" ? get("bias", [out], bound) : filled("bias", [out], 0)) : undefined
    return tf.reshape(shift === undefined ? product : tf.add(product, shift), [...lead, out])
  }) as <const L extends Shape>(x: Tensor<readonly [...L, number]>) => Tensor<readonly [...L, O]>
}

/** An activation as a layer. */
export const activation =
  (name: Activation): (<S extends Shape>(x: Tensor<S>) => Tensor<S>) =>
  (x) =>
    typed(activations[name](x))

/** All numbers of a value as one vector. */
export const flatten = (): ((x: Tensor<Shape>) => Tensor<readonly [number]>) => (x) => typed(tf.reshape(x, [-1]))

/** The same numbers in another shape; throws ShapeMismatch by tfjs's words when the numbers do not fit. */
export const unflatten =
  <const S extends Shape>(shape: S): ((x: Tensor<Shape>) => Tensor<S>) =>
  (x) =>
    typed(tf.reshape(x, [...shape]))

/** x + f(x) (He et al. 2016). */
export const residual =
  <S extends Shape>(f: Layer<S, S>): Layer<S, S> =>
  (x) =>
    typed(tf.add(x, f(x)))
