import * as tf from "@tensorflow/tfjs"
import { type Key, normal, uniform } from "../random.ts"
import { logQuantileSlope } from "../special/gammainc.ts"
import { column } from "../special/polynomial.ts"
import { runSpecial, type Special } from "../special/Special.ts"
import { sumTo } from "../sumTo.ts"
import type { Shape } from "../Tensor.ts"
import { columnAt, columns, firstAccepted } from "./proposals.ts"

/** The logarithms of the smallest and the largest positive number of float32, with a small margin. */
const [logLeast, logMost] = [-87.3, 88.7]

/**
 * Numbers with density z^(α−1) e⁻ᶻ/Γ(α) for z > 0, and the gradient of each by α at a fixed value of its distribution function (see
 * `logStandardGamma`). Small α give numbers that are too small for float32; these become the smallest float32 number.
 *
 * @param concentration α > 0: a number, or a tensor that broadcasts to the shape
 * @param shape the shape of the draw
 */
export const standardGamma = (key: Key, concentration: tf.Tensor | number, shape: Shape): tf.Tensor =>
  tf.exp(tf.clipByValue(logStandardGamma(key, concentration, shape), logLeast, logMost))

/**
 * The logarithm of a standard gamma number, exact also if the number itself is too small for float32. Marsaglia and Tsang, "A simple method for
 * generating gamma variables" (ACM TOMS 26, 2000), with a fixed number of proposals: all are rejected with probability 0.049⁶ = 2⁻²⁶ at α = 1 and
 * less often at others, and the draw is then d = α − ⅓. For α < 1 it is the draw at α + 1 times U^(1/α). Its gradient by α is the implicit one,
 * −(∂F/∂α)/p (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018).
 *
 * @param concentration α > 0: a number, or a tensor that broadcasts to the shape
 * @param shape the shape of the draw
 */
export const logStandardGamma = (key: Key, concentration: tf.Tensor | number, shape: Shape): tf.Tensor =>
  runSpecial(LogStandardGamma, [
    concentration,
    normal(key, [...shape, proposals]),
    uniform(key, [...shape, proposals + 1])
  ])

const proposals = 6

/** A proposal whose 1 + t is so near to 0 that its logarithm is inexact. Such proposals are accepted less than once in 10¹² draws. */
const leastT = -0.9999

export const LogStandardGamma: Special = {
  kernel: "LogStandardGamma",
  inputs: ["a", "normals", "uniforms"],
  noise: ["normals", "uniforms"],
  forward: (inputs) => {
    const [a, normals, uniforms] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
    const boosted = tf.cast(tf.less(a, 1), "float32")
    const d = tf.sub(tf.add(a, boosted), 1 / 3)
    const t = tf.mul(normals, column(tf.rsqrt(tf.mul(d, 9))))
    const inside = tf.maximum(t, leastT)
    const log = tf.log1p(inside)
    /** x²/2 + d (1 − v + log v), with v = (1 + t)³ and x² = 9 d t² */
    const room = tf.sub(tf.mul(tf.square(t), tf.sub(1.5, t)), tf.mul(tf.sub(inside, log), 3))
    const accepted = tf.logicalAnd(
      tf.less(tf.log(columns(uniforms, 0, proposals)), tf.mul(column(d), room)),
      tf.greater(t, leastT)
    )
    const boost = tf.mul(tf.div(tf.log(columnAt(uniforms, proposals)), tf.minimum(a, 1)), boosted)
    return tf.add(tf.add(tf.log(d), tf.mul(firstAccepted(accepted, log), 3)), boost)
  },
  gradient: (dy, [a, ...noise], y) => [
    () => sumTo(tf.mul(dy, logQuantileSlope(a as tf.Tensor, y)), (a as tf.Tensor).shape),
    ...noise.map((each) => () => tf.zerosLike(each))
  ]
}
