import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { scan } from "../../tensor/scan.ts"
import { type Shape, Tensor, typed } from "../../tensor/Tensor.ts"
import { boundOf, type LayerOptions, layerOf, mustBeSize } from "./layer.ts"

/** A sequence of one datum: positions by numbers. */
export type Sequence<D extends number = number> = Tensor<readonly [number, D]>

/**
 * A gated recurrent unit (Cho et al. 2014, with the reset gate after the product as in cuDNN and PyTorch), `[T, in] → [T, hidden]`: r = σ(Wᵣ x + Uᵣ h), z = σ(W_z x + U_z h),
 * n = tanh(Wₙ x + r ∘ (Uₙ h)), h′ = (1 − z) ∘ n + z ∘ h, each with its biases, from h = 0. One recurrence of the engine, whatever the length.
 */
export const gru = <const H extends number>(
  hidden: H,
  options: LayerOptions & { readonly reverse?: boolean } = {}
): ((xs: Sequence) => Sequence<H>) => {
  mustBeSize("Net.gru", hidden)
  return layerOf("gru", options, (xs: Sequence, { get }) => {
    const [length, size] = [xs.shape[0] ?? 1, xs.shape[1] ?? 1]
    const bound = boundOf("pytorch", hidden, hidden)
    const input = get("input", [size, 3 * hidden], bound)
    const recurrent = get("recurrent", [hidden, 3 * hidden], bound)
    const [shift, recurrentShift] = [get("bias", [3 * hidden], bound), get("recurrentBias", [3 * hidden], bound)]
    const given = tf.add(tf.matMul(tf.reshape(xs, [length, size]), input as tf.Tensor2D), shift)
    const gate = (x: tf.Tensor, i: number): tf.Tensor => tf.slice(x, [i * hidden], [hidden])
    const { ys } = scan(
      { h: Tensor.of([hidden], tf.zeros([hidden])) as Tensor },
      { x: typed<readonly [number, number]>(given) },
      ({ h }, { x }) => {
        const product = tf.add(
          tf.reshape(tf.matMul(tf.reshape(h, [1, hidden]), recurrent as tf.Tensor2D), [3 * hidden]),
          recurrentShift
        )
        const reset = tf.sigmoid(tf.add(gate(x, 0), gate(product, 0)))
        const keep = tf.sigmoid(tf.add(gate(x, 1), gate(product, 1)))
        const fresh = tf.tanh(tf.add(gate(x, 2), tf.mul(reset, gate(product, 2))))
        const next: Tensor = typed(tf.add(fresh, tf.mul(keep, tf.sub(h, fresh))))
        return { carry: { h: next }, y: { h: next } }
      },
      { reverse: options.reverse === true }
    )
    return ys.h
  }) as (xs: Sequence) => Sequence<H>
}

/**
 * Attention of a sequence to itself with several heads (Vaswani et al. 2017, section 3.2), `[T, size] → [T, size]`: softmax(Q Kᵀ/√d) V for each head, and a product of all of them.
 *
 * @param options.causal each position sees itself and those before
 * @throws InvalidOption when the heads do not divide the size of the values
 */
export const attention = (
  heads: number,
  options: LayerOptions & { readonly causal?: boolean } = {}
): (<D extends number>(xs: Sequence<D>) => Sequence<D>) => {
  mustBeSize("Net.attention heads", heads)
  return layerOf("attention", options, (xs: Sequence, { get }) => {
    const [length, size] = [xs.shape[0] ?? 1, xs.shape[1] ?? 1]
    if (size % heads !== 0)
      throw new InvalidOption({
        option: "Net.attention heads",
        value: String(heads),
        expected: `a divisor of ${size}, the size of the values`
      })
    const bound = boundOf("glorot", size, size)
    const each = size / heads
    const part = (name: string): tf.Tensor => {
      const product = tf.matMul(tf.reshape(xs, [length, size]), get(name, [size, size], bound) as tf.Tensor2D)
      return tf.transpose(tf.reshape(product, [length, heads, each]), [1, 0, 2])
    }
    const scores = tf.div(tf.matMul(part("query"), part("key"), false, true), Math.sqrt(each))
    const seen = options.causal === true ? tf.add(scores, causal(length)) : scores
    const mixed = tf.transpose(tf.matMul(tf.softmax(seen, -1), part("value")), [1, 0, 2])
    return tf.matMul(tf.reshape(mixed, [length, size]), get("output", [size, size], bound) as tf.Tensor2D)
  }) as <D extends number>(xs: Sequence<D>) => Sequence<D>
}

/** 0 where a position may look, and a number that no softmax survives where it may not. */
const causal = (length: number): tf.Tensor =>
  tf.tensor2d(Array.from({ length }, (_, i) => Array.from({ length }, (_, j) => (j <= i ? 0 : -1e9))))

/** The values of the last dimension with mean 0 and variance 1, scaled and shifted by learned numbers (Ba, Kiros and Hinton 2016). */
export const layerNorm = (options: LayerOptions = {}): (<S extends Shape>(x: Tensor<S>) => Tensor<S>) =>
  layerOf("layerNorm", options, (x: Tensor, { filled }) => {
    const size = x.shape.at(-1) ?? 1
    const centred = tf.sub(x, tf.mean(x, -1, true))
    const variance = tf.mean(tf.square(centred), -1, true)
    return tf.add(
      tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), filled("scale", [size], 1)),
      filled("shift", [size], 0)
    )
  }) as <S extends Shape>(x: Tensor<S>) => Tensor<S>

/** A learned vector for each of `count` labels 0 … count − 1: `[…] → […, size]`. */
export const embedding = <const D extends number>(
  count: number,
  size: D,
  options: LayerOptions = {}
): (<const S extends Shape>(labels: Tensor<S>) => Tensor<readonly [...S, D]>) => {
  mustBeSize("Net.embedding count", count)
  mustBeSize("Net.embedding size", size)
  return layerOf("embedding", options, (labels: Tensor, { get }) =>
    tf.gather(get("weight", [count, size], 1), tf.cast(labels, "int32") as tf.Tensor1D)
  ) as <const S extends Shape>(labels: Tensor<S>) => Tensor<readonly [...S, D]>
}
