import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../random.ts"
import { column } from "../special/polynomial.ts"
import { runSpecial, type Special } from "../special/Special.ts"
import type { Shape } from "../Tensor.ts"
import { countAt, largeMean, logPoissonMass } from "./counts.ts"
import { columnAt, columns, firstAccepted } from "./proposals.ts"

/**
 * Counts with probabilities λᵏ e⁻λ/k!, as float32 numbers. Below λ = 10 draws invert the distribution function. Above they use transformed rejection
 * with a fixed number of proposals (Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
 * Economics 12, 1993, algorithm PTRS). All proposals are rejected with probability 0.252¹³ = 2⁻²⁵ at λ = 10 and less often above, and the draw is
 * then ⌊λ⌋. A draw jumps when λ changes, and its gradient is 0.
 *
 * @param rate λ ≥ 0: a number, or a tensor that broadcasts to the shape
 * @param shape the shape of the draw
 */
export const poisson = (key: Key, rate: tf.Tensor | number, shape: Shape): tf.Tensor =>
  runSpecial(Poisson, [rate, uniform(key, [...shape, 1 + 2 * proposals])])

const proposals = 13

export const Poisson: Special = {
  kernel: "Poisson",
  inputs: ["rate", "uniforms"],
  noise: ["uniforms"],
  jumps: true,
  forward: ([rate, uniforms]) => {
    const [given, noise] = [rate as tf.Tensor, uniforms as tf.Tensor]
    const small = tf.minimum(given, largeMean)
    const few = countAt(columnAt(noise, 0), tf.neg(small), (n) => tf.div(column(small), n))
    const many = byRejection(tf.maximum(given, largeMean), noise)
    const large = tf.cast(tf.greaterEqual(given, largeMean), "float32")
    return tf.add(tf.mul(large, many), tf.mul(tf.sub(1, large), few))
  },
  gradient: (_, inputs) => inputs.map((input) => () => tf.zerosLike(input))
}

/** The constants are those of Hörmann's PTRS. Below λ = 1200 its hat function is in places up to 0.58 % below the probabilities, so it is raised here. */
const byRejection = (rate: tf.Tensor, noise: tf.Tensor): tf.Tensor => {
  const b = tf.add(tf.mul(tf.sqrt(rate), 2.53), 0.931)
  const a = tf.sub(tf.mul(b, 0.02483), 0.059)
  const inverseAlpha = tf.mul(tf.add(tf.div(1.1328, tf.sub(b, 3.4)), 1.1239), 1.006)
  const u = tf.sub(columns(noise, 1, proposals), 0.5)
  const v = columns(noise, 1 + proposals, proposals)
  const room = tf.sub(0.5, tf.abs(u))
  const steep = tf.add(tf.div(column(tf.mul(a, 2)), room), column(b))
  const k = tf.floor(tf.add(tf.mul(steep, u), column(tf.add(rate, 0.43))))
  const hat = tf.add(tf.div(column(a), tf.square(room)), column(b))
  const height = tf.log(tf.div(tf.mul(v, column(inverseAlpha)), hat))
  const mass = logPoissonMass(tf.maximum(k, 0), column(rate))
  const accepted = tf.logicalAnd(tf.greaterEqual(k, 0), tf.lessEqual(height, mass))
  const middle = tf.floor(rate)
  return tf.add(middle, firstAccepted(accepted, tf.sub(k, column(middle))))
}
