import * as tf from "@tensorflow/tfjs"

const shifts = 8
const steps = Float32Array.from({ length: shifts }, (_, k) => k)

/**
 * ζ(s, a) = Σ_{k ≥ 0} (a + k)^−s for s > 1 and a ≥ 1: eight terms, and the others by the Euler–Maclaurin formula (NIST DLMF 25.11.43), whose terms
 * are positive except for a small last one. Smooth in s.
 */
export const hurwitz = (s: tf.Tensor, a: tf.Tensor): tf.Tensor => {
  const terms = tf.exp(tf.neg(tf.mul(tf.expandDims(s, -1), tf.log(tf.add(tf.expandDims(a, -1), steps)))))
  const { power, rest, b } = othersOf(s, a)
  return tf.add(tf.sum(terms, -1), tf.mul(power, tf.add(tf.div(b, tf.sub(s, 1)), rest)))
}

/** log ζ(s, a), also if ζ underflows float32: computed from ζ(s, a)/a^−s. */
export const logHurwitz = (s: tf.Tensor, a: tf.Tensor): tf.Tensor => {
  const scale = (y: tf.Tensor): tf.Tensor => tf.exp(tf.neg(tf.mul(tf.expandDims(s, -1), tf.log1p(y))))
  const terms = scale(tf.div(steps, tf.expandDims(a, -1)))
  const { rest, b } = othersOf(s, a)
  const power = tf.exp(tf.neg(tf.mul(s, tf.log1p(tf.div(shifts, a)))))
  const sum = tf.add(tf.sum(terms, -1), tf.mul(power, tf.add(tf.div(b, tf.sub(s, 1)), rest)))
  return tf.sub(tf.log(sum), tf.mul(s, tf.log(a)))
}

/** −∂ζ(s, a)/∂s = Σ_{k ≥ 0} log(a + k) (a + k)^−s. */
export const hurwitzSlope = (s: tf.Tensor, a: tf.Tensor): tf.Tensor => {
  const logs = tf.log(tf.add(tf.expandDims(a, -1), steps))
  const terms = tf.mul(logs, tf.exp(tf.neg(tf.mul(tf.expandDims(s, -1), logs))))
  const { power, rest, restSlope, b } = othersOf(s, a)
  const above = tf.sub(s, 1)
  const whole = tf.mul(tf.div(b, above), tf.add(tf.log(b), tf.reciprocal(above)))
  return tf.add(tf.sum(terms, -1), tf.mul(power, tf.add(whole, tf.sub(tf.mul(tf.log(b), rest), restSlope))))
}

/** Σ_{k ≥ 8} (a + k)^−s = b^−s (b/(s − 1) + r) with b = a + 8 and r = ½ + s/12b − s(s + 1)(s + 2)/720b³. */
const othersOf = (s: tf.Tensor, a: tf.Tensor) => {
  const b = tf.add(a, shifts)
  const u = tf.reciprocal(b)
  const cube = tf.mul(tf.square(u), u)
  const product = tf.mul(s, tf.mul(tf.add(s, 1), tf.add(s, 2)))
  const slope = tf.add(tf.mul(s, tf.add(tf.mul(s, 3), 6)), 2)
  return {
    b,
    power: tf.exp(tf.neg(tf.mul(s, tf.log(b)))),
    rest: tf.sub(tf.add(0.5, tf.mul(tf.div(s, 12), u)), tf.mul(tf.div(product, 720), cube)),
    restSlope: tf.sub(tf.div(u, 12), tf.mul(tf.div(slope, 720), cube))
  }
}
