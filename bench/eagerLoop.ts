import * as tf from "@tensorflow/tfjs"
import type { LogisticWork, VaeWork } from "./workloads.ts"

/** A program by hand: its trained variables and the loss of one batch, a mean over the batch. */
export interface Program {
  readonly variables: ReadonlyArray<tf.Variable>
  readonly loss: (x: tf.Tensor2D, y: tf.Tensor1D) => tf.Scalar
}

type Layer = readonly [weight: tf.Variable<tf.Rank.R2>, bias: tf.Variable<tf.Rank.R1>]

const layers = (sizes: ReadonlyArray<number>): ReadonlyArray<Layer> =>
  sizes.slice(1).map((to, i) => {
    const from = sizes[i] ?? 1
    const bound = 1 / Math.sqrt(from)
    const drawn = (shape: Array<number>): tf.Tensor => tf.randomUniform(shape, -bound, bound)
    return [tf.variable(drawn([from, to]) as tf.Tensor2D), tf.variable(drawn([to]) as tf.Tensor1D)]
  })

const apply = (net: ReadonlyArray<Layer>, x: tf.Tensor2D): tf.Tensor2D =>
  net.reduce<tf.Tensor2D>(
    (input, [weight, bias], i) => tf.add(tf.matMul(i === 0 ? input : tf.relu(input), weight), bias),
    x
  )

/** Σ ½(exp(logVariance) + loc² − 1 − logVariance), over the last dimension. */
const klToStandard = (loc: tf.Tensor, logVariance: tf.Tensor): tf.Tensor =>
  tf.mul(0.5, tf.sum(tf.sub(tf.add(tf.exp(logVariance), tf.square(loc)), tf.add(1, logVariance)), -1))

const crossEntropy = (logits: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.sub(tf.softplus(logits), tf.mul(x, logits))

/** The tutorials' VAE as one writes it by hand with tfjs; particles are rows of one larger batch for the decoder. */
export const vaeByHand = ({ hidden, latent, batch, particles }: VaeWork): Program => {
  const encoder = layers([784, ...hidden, 2 * latent])
  const decoder = layers([latent, ...hidden.toReversed(), 784])
  return {
    variables: [...encoder, ...decoder].flat(),
    loss: (x) => {
      const [loc, logVariance] = tf.split(apply(encoder, x), 2, 1)
      if (loc === undefined || logVariance === undefined) throw new Error("the encoder gave no halves")
      const noise = tf.randomNormal([particles, batch, latent])
      const z = tf.add(loc, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise))
      const logits = tf.reshape(apply(decoder, tf.reshape(z, [particles * batch, latent])), [particles, batch, 784])
      const reconstruction = tf.mean(tf.sum(crossEntropy(logits, x), 2), 0)
      return tf.mean(tf.add(reconstruction, klToStandard(loc, logVariance))).asScalar()
    }
  }
}

/** Mean-field logistic regression; the loss is for all rows, divided by their number. */
export const logisticByHand = ({ rows, columns }: LogisticWork): Program => {
  const loc = tf.variable(tf.zeros([columns]))
  const logScale = tf.variable(tf.fill([columns], Math.log(0.1)))
  return {
    variables: [loc, logScale],
    loss: (x, y) => {
      const w = tf.add(loc, tf.mul(tf.exp(logScale), tf.randomNormal([columns])))
      const logits = tf.reshape(tf.matMul(x, tf.reshape(w, [columns, 1])), [rows])
      const total = tf.add(tf.sum(crossEntropy(logits, y)), klToStandard(loc, tf.mul(2, logScale)))
      return tf.div(total, rows).asScalar()
    }
  }
}

/** One step after the other with tfjs's Adam; returns the losses. */
export const eagerLoop = (
  { variables, loss }: Program,
  learningRate: number,
  batch: () => { readonly x: tf.Tensor2D; readonly y: tf.Tensor1D }
): ((steps: number) => ReadonlyArray<number>) => {
  const optimizer = tf.train.adam(learningRate)
  return (steps) =>
    Array.from({ length: steps }, () => {
      const { x, y } = batch()
      const value = optimizer.minimize(() => loss(x, y), true, [...variables])
      const [number = Number.NaN] = value?.dataSync() ?? []
      tf.dispose([x, y, value ?? []])
      return number
    })
}
