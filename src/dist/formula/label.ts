import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { logMass, timesLog } from "../../tensor/special/masses.ts"
import type { Shape, Tensor } from "../../tensor/Tensor.ts"

/** A vector with a number for each label; leading dimensions are those of independent labels. */
export type Vectors = readonly [number, ...Shape]

/** The shape of labels that have a vector of probabilities each: all dimensions but the last. */
export type LabelsOf<A> =
  A extends Tensor<infer S> ? (S extends readonly [...infer L extends Shape, number] ? L : Shape) : never

/** The probabilities of labels: as unnormalised logarithms, or as themselves. */
export type Weights<A extends Tensor<Vectors> = Tensor<Vectors>> =
  | { readonly logits: A; readonly probs?: undefined }
  | { readonly probs: A; readonly logits?: undefined }

export const weightsConstraints = { logits: "real", probs: "simplex" } as const

export const logitsOf = ({ logits, probs }: Weights): tf.Tensor => logits ?? logMass(probs)

/** The probabilities of labels and their logarithms. */
export interface Shares {
  readonly probs: tf.Tensor
  readonly logProbs: tf.Tensor
}

/** Both are computed from the given parameter, so that they and their gradients are also right for probabilities of 0. */
export const sharesOf = ({ logits, probs }: Weights): Shares => {
  if (probs === undefined) return sharesOfLogs(normalised(logits))
  const sum = tf.sum(probs, -1, true)
  return { probs: tf.div(probs, sum), logProbs: tf.sub(logMass(probs), tf.log(sum)) }
}

export const sharesOfLogs = (logProbs: tf.Tensor): Shares => ({ probs: tf.exp(logProbs), logProbs })

/** log softmax along the last axis; the largest is subtracted first, so that large logits lose no digits. */
export const normalised = (logits: tf.Tensor): tf.Tensor => {
  const shifted = tf.sub(logits, tf.max(logits, -1, true))
  return tf.sub(shifted, logSumExp(shifted, -1, true))
}

/** The number of labels. */
export const labelCount = (family: string, shape: Shape): number => {
  const n = shape.at(-1)
  if (n !== undefined) return n
  throw new ShapeMismatch({
    site: undefined,
    where: family,
    expected: [2],
    actual: shape,
    advice: "Give a vector with a number for each label."
  })
}

/** Labels as vectors of zeros with a single 1. */
export const oneHot = (labels: tf.Tensor, n: number): tf.Tensor =>
  tf.cast(tf.oneHot(tf.cast(labels, "int32"), n), "float32")

/** The position of the largest of n numbers along the last dimension, as such a vector. */
export const largest = (x: tf.Tensor, n: number): tf.Tensor => oneHot(tf.argMax(x, -1), n)

/** −Σ p log p along the last axis. */
export const entropyOf = ({ probs, logProbs }: Shares): tf.Tensor => tf.neg(tf.sum(timesLog(probs, logProbs), -1))

/** The moments, tails and mode of labels 0, 1, … n − 1 as numbers, from the probabilities [..., n] of the labels. */
export const labelForms = (n: number, shares: () => Shares) => {
  const labels = (): tf.Tensor => tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i))
  const expected = (f: tf.Tensor): tf.Tensor => tf.sum(tf.mul(shares().probs, f), -1)
  const mean = (): tf.Tensor => expected(labels())
  return {
    logDensity: (x: tf.Tensor) => {
      const label = tf.clipByValue(x, 0, n - 1)
      const logMassOf = tf.sum(timesLog(oneHot(label, n), shares().logProbs), -1)
      return tf.add(logMassOf, insideOf(x, 0, n - 1, { integer: true }))
    },
    mean,
    variance: () => expected(tf.square(tf.sub(labels(), tf.expandDims(mean(), -1)))),
    entropy: () => entropyOf(shares()),
    mode: () => tf.cast(tf.argMax(shares().logProbs, -1), "float32"),
    supportValues: labels
  }
}
