import * as tf from "@tensorflow/tfjs"
import type { Broadcasts, Joined } from "../ops/broadcast.ts"
import { type Operand, resultOf } from "../ops/Operand.ts"
import { digammaGap, halfLog2Pi, lgamma, stirlingRest } from "./gamma.ts"
import { column, polynomial } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b) for a, b > 0, without the cancellation of large logarithms: where an argument is 8 or
 * more, Stirling's series is subtracted term by term (DiDonato and Morris, "Algorithm 708", ACM TOMS 18, 1992).
 *
 * @example
 * ```ts
 * lbeta(2, 3) // => -2.4849066
 * ```
 */
export const lbeta = <A extends Operand, B extends Operand>(a: A, b: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Lbeta, [a, b]))

export const Lbeta: Special = {
  kernel: "Lbeta",
  inputs: ["a", "b"],
  forward: ([a, b]) => lbetaOf(tf.minimum(a as tf.Tensor, b as tf.Tensor), tf.maximum(a as tf.Tensor, b as tf.Tensor)),
  gradient: byPartials(([a, b]) => [
    () => tf.neg(digammaStep(a as tf.Tensor, b as tf.Tensor)),
    () => tf.neg(digammaStep(b as tf.Tensor, a as tf.Tensor))
  ])
}

/** With p ≤ q. */
const lbetaOf = (p: tf.Tensor, q: tf.Tensor): tf.Tensor => {
  const [smallP, smallQ] = [tf.minimum(p, 8), tf.minimum(q, 8)]
  const lgammaP = lgamma(smallP)
  const small = tf.sub(tf.add(lgammaP, lgamma(smallQ)), lgamma(tf.add(smallP, smallQ)))

  const far = tf.maximum(q, 8)
  const ratio = tf.log1p(tf.div(p, far))
  const rests = tf.sub(stirlingRest(far), stirlingRest(tf.add(p, far)))
  const mixed = tf.sub(
    tf.add(lgammaP, rests),
    tf.add(tf.mul(tf.add(tf.sub(far, 0.5), p), ratio), tf.mul(p, tf.sub(tf.log(far), 1)))
  )

  const farP = tf.maximum(p, 8)
  const share = tf.log(tf.div(farP, tf.add(farP, far)))
  const stirling = tf.add(
    tf.sub(tf.mul(tf.sub(farP, 0.5), share), tf.mul(far, tf.log1p(tf.div(farP, far)))),
    tf.add(tf.sub(halfLog2Pi, tf.div(tf.log(far), 2)), tf.add(stirlingRest(farP), rests))
  )
  return tf.where(tf.less(q, 8), small, tf.where(tf.less(p, 8), mixed, stirling))
}

const shifts = 8

/**
 * ψ(a + b) − ψ(a) = Σₖ b/((a + k)(a + b + k)) + the same at a + 8, whose asymptotic series is subtracted term by term: a sum of
 * positive numbers, exact also where b is small beside a.
 */
export const digammaStep = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const steps = tf.tensor1d(Float32Array.from({ length: shifts }, (_, k) => k))
  const below = tf.add(column(a), steps)
  const terms = tf.sum(tf.div(column(b), tf.mul(below, tf.add(below, column(b)))), -1)
  const low = tf.add(a, shifts)
  return tf.add(terms, tf.add(tf.log1p(tf.div(b, low)), gapFallFar(low, b)))
}

/** log a − ψ(a) less the same at a + b, for a from 8 on, by its series u/2 + u²/12 − u⁴/120 in u = 1/a and v = 1/(a + b). */
const gapFallFar = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const [u, v] = [tf.reciprocal(a), tf.reciprocal(tf.add(a, b))]
  /** (uᵏ − vᵏ)/(u − v), and u − v = b u v */
  const sum = tf.add(u, v)
  const squares = tf.add(tf.square(u), tf.square(v))
  const series = polynomial(sum, [0.5, 1 / 12])
  const fourth = tf.mul(tf.mul(sum, squares), 1 / 120)
  return tf.mul(tf.mul(b, tf.mul(u, v)), tf.sub(series, fourth))
}

/** The same for all a > 0 and b ≥ 0. */
export const gapFall = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const near = tf.minimum(a, shifts)
  const direct = tf.sub(digammaGap(near), digammaGap(tf.add(near, b)))
  return tf.where(tf.less(tf.add(a, tf.zerosLike(b)), shifts), direct, gapFallFar(tf.maximum(a, shifts), b))
}
