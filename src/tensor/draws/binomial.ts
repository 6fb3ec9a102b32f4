import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../random.ts"
import { column } from "../special/polynomial.ts"
import { runSpecial, type Special } from "../special/Special.ts"
import type { Shape } from "../Tensor.ts"
import { countAt, largeMean, logPoissonMass } from "./counts.ts"
import { columnAt, columns, firstAccepted } from "./proposals.ts"

/**
 * The number of successes in n independent trials of probability p, as float32 numbers: C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ. For p > ½ failures are counted. Below
 * n p = 10 draws invert the distribution function. Above they use transformed rejection with a fixed number of proposals (Hörmann, "The generation of
 * binomial random variates", J. Statistical Computation and Simulation 46, 1993, algorithm BTRS). All proposals are rejected with probability below
 * 0.291¹⁶ = 2⁻²⁸, and the draw is then ⌊(n + 1) p⌋. A draw jumps when its parameters change, and its gradient is 0.
 *
 * @param count n, a whole number ≥ 0: a number, or a tensor that broadcasts to the shape
 * @param probs p in [0, 1]: a number, or a tensor that broadcasts to the shape
 * @param shape the shape of the draw
 */
export const binomial = (key: Key, count: tf.Tensor | number, probs: tf.Tensor | number, shape: Shape): tf.Tensor =>
  runSpecial(Binomial, [count, probs, uniform(key, [...shape, 1 + 2 * proposals])])

const proposals = 16

export const Binomial: Special = {
  kernel: "Binomial",
  inputs: ["count", "probs", "uniforms"],
  noise: ["uniforms"],
  jumps: true,
  forward: (inputs) => {
    const [n, probs, noise] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
    const p = tf.minimum(probs, tf.sub(1, probs))
    const mean = tf.mul(n, p)
    const large = tf.cast(tf.greaterEqual(mean, largeMean), "float32")
    const small = tf.sub(1, large)
    /** Each method is called with parameters for which it is valid. Where the other method is used, these are n = 20 and p = ½, or n = 0. */
    const few = countAt(columnAt(noise, 0), tf.mul(tf.mul(n, tf.log1p(tf.neg(p))), small), (k) =>
      tf.mul(column(tf.mul(tf.div(p, tf.sub(1, p)), small)), tf.div(tf.sub(column(tf.add(n, 1)), k), k))
    )
    const many = byRejection(
      tf.add(tf.mul(n, large), tf.mul(small, 2 * largeMean)),
      tf.add(tf.mul(p, large), tf.mul(small, 0.5)),
      noise
    )
    const successes = tf.add(tf.mul(large, many), tf.mul(small, few))
    const mirrored = tf.cast(tf.greater(probs, 0.5), "float32")
    return tf.add(successes, tf.mul(mirrored, tf.sub(n, tf.mul(successes, 2))))
  },
  gradient: (_, inputs) => inputs.map((input) => () => tf.zerosLike(input))
}

/** The constants are those of Hörmann's table for BTRS. */
const byRejection = (n: tf.Tensor, p: tf.Tensor, noise: tf.Tensor): tf.Tensor => {
  const mean = tf.mul(n, p)
  const spread = tf.sqrt(tf.mul(mean, tf.sub(1, p)))
  const b = tf.add(tf.mul(spread, 2.53), 1.15)
  const a = tf.add(tf.sub(tf.mul(b, 0.0248), 0.0873), tf.mul(p, 0.01))
  const alpha = tf.mul(tf.add(tf.div(5.1, b), 2.83), spread)
  const mode = tf.floor(tf.mul(tf.add(n, 1), p))
  const u = tf.sub(columns(noise, 1, proposals), 0.5)
  const v = columns(noise, 1 + proposals, proposals)
  const room = tf.sub(0.5, tf.abs(u))
  const steep = tf.add(tf.div(column(tf.mul(a, 2)), room), column(b))
  const k = tf.floor(tf.add(tf.mul(steep, u), column(tf.add(mean, 0.5))))
  const hat = tf.add(tf.div(column(a), tf.square(room)), column(b))
  const height = tf.log(tf.div(tf.mul(v, column(alpha)), hat))
  const within = tf.logicalAnd(tf.greaterEqual(k, 0), tf.lessEqual(k, column(n)))
  const failures = tf.sub(n, mean)
  /** log p(k), up to a constant in k: the product of the Poisson probabilities of k successes and of n − k failures */
  const log = (k: tf.Tensor, of: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
    tf.add(logPoissonMass(k, of(mean)), logPoissonMass(tf.sub(of(n), k), of(failures)))
  const inside = tf.minimum(tf.maximum(k, 0), column(n))
  const mass = tf.sub(log(inside, column), column(log(mode, (x) => x)))
  const accepted = tf.logicalAnd(within, tf.lessEqual(height, mass))
  return tf.add(mode, firstAccepted(accepted, tf.sub(k, column(mode))))
}
