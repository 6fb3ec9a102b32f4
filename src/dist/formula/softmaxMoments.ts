import * as tf from "@tensorflow/tfjs"
import { asColumn } from "../../tensor/linear/matrices.ts"

/** The numbers of points of the outer and the inner integral. With them the moments are exact to 1e-6 for scales up to 5. */
const [outer, inner] = [192, 128]
const least = 1e-30

interface Moments {
  readonly mean: tf.Tensor
  readonly variance: tf.Tensor
}

/**
 * Mean and variance of x = softmax(y₁, …, yₘ, 0) with independent normal y of the given loc and scale, [..., m].
 *
 * With 1/s = ∫ e^(−ts) dt the denominator becomes a product: E[xᵢ] = ∫₀^∞ E[e^yᵢ exp(−t e^yᵢ)] Πⱼ≠ᵢ E[exp(−t e^yⱼ)] dt, and E[xᵢ²] is the same with t
 * e^2yᵢ. Both integrals, over u = log t and over each y, use the trapezoid rule. The integrands are analytic, so its error decreases exponentially
 * with the number of points.
 */
export const softmaxMoments = (loc: tf.Tensor, scale: tf.Tensor): Moments => {
  const lead = loc.shape.slice(0, -1)
  const zero = tf.zeros([...lead, 1])
  const [center, spread] = [tf.concat([loc, zero], -1), tf.concat([scale, zero], -1)]
  const n = center.shape.at(-1) ?? 1
  const grid = Float32Array.from({ length: inner }, (_, i) => ((2 * i + 1) / inner - 1) * 7)
  const total = grid.reduce((sum, e) => sum + Math.exp(-0.5 * e * e), 0)
  const weights = tf.tensor1d(grid.map((e) => Math.exp(-0.5 * e * e) / total))
  const y = tf.add(asColumn(center), tf.mul(asColumn(spread), tf.tensor1d(grid)))

  /** u runs from a point at which all exp(−t e^y) are 1 to a point at which exp(−t) is 0 */
  const top = 4.7
  const low = tf.sub(-18, tf.maximum(tf.max(tf.add(center, tf.mul(spread, 6)), -1, true), 0))
  const step = tf.div(tf.sub(top, low), outer)
  const places = Float32Array.from({ length: outer }, (_, i) => i + 0.5)
  const u = tf.reshape(tf.add(low, tf.mul(step, tf.tensor1d(places))), [...lead, outer, 1, 1])

  const rates = tf.exp(tf.minimum(tf.add(u, tf.reshape(y, [...lead, 1, n, inner])), 10))
  const decays = tf.mul(tf.exp(tf.neg(rates)), weights)
  const all = tf.maximum(tf.sum(decays, -1), least)
  const product = tf.exp(tf.sum(tf.log(all), -1, true))
  const integral = (weighted: tf.Tensor): tf.Tensor =>
    tf.mul(tf.sum(tf.mul(tf.div(tf.sum(weighted, -1), all), product), -2), step)
  const first = tf.mul(decays, rates)
  const mean = integral(first)
  return { mean, variance: tf.maximum(tf.sub(integral(tf.mul(first, rates)), tf.square(mean)), 0) }
}
