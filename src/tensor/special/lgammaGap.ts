import * as tf from "@tensorflow/tfjs"
import { digammaStep } from "./beta.ts"
import { polygamma } from "./gamma.ts"
import { column } from "./polynomial.ts"
import { logCurve } from "./quadrature.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * log Γ(b) − log Γ(a) − (b − a) ψ(a) for a, b > 0: the distance at b of log Γ from its tangent at a, which is the Bregman divergence of log Γ.
 * Divergences between gamma, beta and similar distributions are made of it.
 *
 * By log Γ(x) = log Γ(x + 8) − Σₖ log(x + k) and Stirling's series, term by term: each term is convex, so only numbers ≥ 0 are added. The relative
 * error of the sum is a few roundings, for any distance of a and b.
 */
export const lgammaGap = (a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor => runSpecial(LgammaGap, [a, b])

export const LgammaGap: Special = {
  kernel: "LgammaGap",
  inputs: ["a", "b"],
  forward: ([a, b]) => gapOf(a as tf.Tensor, b as tf.Tensor),
  gradient: byPartials(([a, b]) => {
    const step = tf.sub(b as tf.Tensor, a as tf.Tensor)
    return [
      () => tf.neg(tf.mul(step, polygamma(1, a as tf.Tensor))),
      () => {
        const rise = digammaStep(tf.minimum(a as tf.Tensor, b as tf.Tensor), tf.abs(step))
        return tf.where(tf.less(step, 0), tf.neg(rise), rise)
      }
    ]
  })
}

const shifts = 8

const gapOf = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const steps = tf.tensor1d(Float32Array.from({ length: shifts }, (_, k) => k))
  const shifted = curves(tf.add(column(a), steps), tf.add(column(b), steps), column(tf.sub(b, a)))
  const [x, y] = [tf.add(a, shifts), tf.add(b, shifts)]
  const { ofLog, ofXLogX } = curves(x, y, tf.sub(b, a))
  const stirling = tf.add(tf.mul(x, ofXLogX), tf.mul(0.5, ofLog))
  const rest = tf.mul(tf.square(tf.div(tf.sub(b, a), x)), restCurve(tf.reciprocal(x), tf.reciprocal(y)))
  return tf.add(tf.sum(shifted.ofLog, -1), tf.add(stirling, rest))
}

/** With y = (1 + z) x: z − log(1 + z) and (1 + z) log(1 + z) − z, by a series in z for small z. */
const curves = (
  x: tf.Tensor,
  y: tf.Tensor,
  difference: tf.Tensor
): { readonly ofLog: tf.Tensor; readonly ofXLogX: tf.Tensor } => {
  const [z, ratio] = [tf.div(difference, x), tf.div(y, x)]
  const small = tf.clipByValue(z, -0.5, 1)
  const near = tf.equal(z, small)
  const curve = logCurve(small)
  const square = tf.square(small)
  const log = tf.log(ratio)
  return {
    ofLog: tf.where(near, tf.mul(square, curve), tf.sub(z, log)),
    ofXLogX: tf.where(near, tf.mul(square, tf.sub(1, tf.mul(tf.add(1, small), curve))), tf.sub(tf.mul(ratio, log), z))
  }
}

/** The same gap of 1/12x − 1/360x³, over (y/x − 1)², from u = 1/x and v = 1/y. */
export const restCurve = (u: tf.Tensor, v: tf.Tensor): tf.Tensor => {
  const cubes = tf.add(tf.square(v), tf.mul(u, tf.add(tf.mul(2, v), tf.mul(3, u))))
  return tf.mul(v, tf.sub(1 / 12, tf.div(cubes, 360)))
}
