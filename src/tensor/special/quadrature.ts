import * as tf from "@tensorflow/tfjs"
import { column, polynomial, rational } from "./polynomial.ts"

/** Nodes and weights on [0, 1] of the Gauss–Legendre rule with n nodes, by Newton's method on the Legendre polynomial. */
export const gaussLegendre = (n: number): readonly [nodes: Float32Array, weights: Float32Array] => {
  const [nodes, weights] = [new Float32Array(n), new Float32Array(n)]
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let step = 0; step < 8; step++) {
      let [before, now] = [1, x]
      for (let k = 2; k <= n; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k]
      slope = (n * (x * now - before)) / (x * x - 1)
      x -= now / slope
    }
    nodes[i] = (1 - x) / 2
    weights[i] = 1 / ((1 - x * x) * slope * slope)
  }
  return [nodes, weights]
}

const [nodes, weights] = gaussLegendre(24)

/** The integrands below are cut off at e⁻¹⁷ = 4e-8 times their largest value. */
export const cutoff = 17

/** The points of the quadrature from 0 to `length`, along a new trailing axis. */
export const pointsTo = (length: tf.Tensor): tf.Tensor => tf.mul(column(length), tf.tensor1d(nodes))

/** The integral from 0 to `length` of a function from its values at `pointsTo(length)`. */
export const integral = (values: tf.Tensor, length: tf.Tensor): tf.Tensor =>
  tf.mul(tf.sum(tf.mul(values, tf.tensor1d(weights)), -1), length)

/** A bound on the s > 0 at which d s + c s²/2 reaches the cutoff. */
export const reach = (d: tf.Tensor, c: tf.Tensor): tf.Tensor =>
  tf.div(2 * cutoff, tf.add(d, tf.sqrt(tf.add(tf.square(d), tf.mul(c, 2 * cutoff)))))

/** s − 1 + e⁻ˢ for s ≥ 0. */
export const expRestBelow = (s: tf.Tensor): tf.Tensor => restOf(s, below, tf.add(s, tf.expm1(tf.neg(s))))

/** eˢ − 1 − s for s ≥ 0. */
export const expRestAbove = (s: tf.Tensor): tf.Tensor => restOf(s, above, tf.sub(tf.expm1(s), s))

const restOf = (s: tf.Tensor, series: ReadonlyArray<number>, direct: tf.Tensor): tf.Tensor => {
  const small = tf.minimum(s, 1)
  return tf.where(tf.less(s, 1), tf.mul(tf.square(small), polynomial(small, series)), direct)
}

/** (s − 1 + e⁻ˢ)/s² and (eˢ − 1 − s)/s² on [0, 1], to 1e-9. */
const below = [0.5, -0.166666641, 0.0416662694, -0.00833096308, 0.00138207563, -0.000188178794, 1.68798869e-5]
const above = [0.5, 0.166666624, 0.041667363, 0.00832911379, 0.00140092603, 0.00018108479, 3.67157953e-5]

/** (z − log(1 + z))/z² = ½ − z/3 + … for −½ ≤ z ≤ 1. */
export const logCurve = (z: tf.Tensor): tf.Tensor => tf.sub(0.5, tf.mul(z, rational(z, third)))

/** (½ − (z − log(1 + z))/z²)/z on [−½, 1], to 2.3e-9. */
const third = {
  p: [0.333333333, 0.553413026, 0.269507772, 0.0358694175],
  q: [1, 2.41023907, 2.01620246, 0.673616805, 0.0720408216]
}
