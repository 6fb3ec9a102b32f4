import * as tf from "@tensorflow/tfjs"
import { resultOf } from "../ops/Operand.ts"
import type { Unary } from "../ops/ofOne.ts"
import { polynomial, rational } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * log I₀(x), the modified Bessel function of order 0, which normalises the von Mises distribution.
 *
 * @example
 * ```ts
 * logI0(2) // => 0.8239935
 * ```
 */
export const logI0: Unary = (x) => resultOf(runSpecial(LogI0, [x]))

/**
 * I₁(x)/I₀(x), the mean resultant length of a von Mises distribution of concentration x: the derivative of log I₀.
 *
 * @example
 * ```ts
 * besselRatio(2) // => 0.6977747
 * ```
 */
export const besselRatio: Unary = (x) => resultOf(runSpecial(BesselRatio, [x]))

/**
 * log I₁(x) for x > 0.
 *
 * @example
 * ```ts
 * logI1(2) // => 0.4641344
 * ```
 */
export const logI1: Unary = (x) => resultOf(tf.add(logI0(x), tf.log(besselRatio(x))))

/** In x² for |x| ≤ 8: log I₀/x² to 3e-9, (I₁/I₀)/x to 1.5e-9, its derivative to 1.6e-8. */
const near = {
  logI0: {
    p: [0.249999999, 0.063927062, 0.00491132356, 0.000125521024, 8.52209952e-7, 6.61086168e-10],
    q: [1, 0.318208197, 0.0325889853, 0.00122418014, 1.48276842e-5, 3.72685662e-8]
  },
  ratio: {
    p: [0.499999999, 0.0474556832, 0.000985075259, 4.95583969e-6, 2.92991498e-9],
    q: [1, 0.219911356, 0.00862574817, 8.73675223e-5, 1.78588026e-7]
  },
  slope: {
    p: [0.500000008, 0.036862087, 0.00259685118, 7.10480973e-5, 8.93724867e-7, -4.07628512e-11],
    q: [1, 0.4487244, 0.0692981698, 0.00445237545, 0.000133522604, 1.73487965e-6]
  }
}

/** In u = 1/x for x ≥ 8: (log(I₀ e⁻ˣ √(2πx)))/u, (1 − I₁/I₀)/u and the ratio's derivative over u², to 2e-6, 1.3e-7 and 1.2e-7. */
const far = {
  logI0: [0.125000197, 0.0624309877, 0.0689760194, 0.0289239781, 0.696149495],
  ratio: [0.499999933, 0.125034023, 0.122131526, 0.281630783, -0.695526044, 6.49596011],
  slope: [0.499999939, 0.250004899, 0.376428228, 0.654691635, 5.71921802, -39.7722975, 245.164145]
}

/** Both forms of a function, each called with arguments in its valid range. */
const joined = (
  x: tf.Tensor,
  below: (x: tf.Tensor, square: tf.Tensor) => tf.Tensor,
  above: (a: tf.Tensor, u: tf.Tensor) => tf.Tensor
): tf.Tensor => {
  const small = tf.clipByValue(x, -8, 8)
  const large = tf.maximum(tf.abs(x), 8)
  return tf.where(tf.less(tf.abs(x), 8), below(small, tf.square(small)), above(large, tf.reciprocal(large)))
}

/**
 * 1 − I₁(x)/I₀(x) for x ≥ 0, for large x about 1/2x, without cancellation.
 */
export const besselRest = (x: tf.Tensor | number): tf.Tensor => runSpecial(BesselRest, [x])

/**
 * x − log I₀(x) for x ≥ 0, for large x about ½ log 2πx, without cancellation.
 */
export const logI0Rest = (x: tf.Tensor | number): tf.Tensor => runSpecial(LogI0Rest, [x])

export const BesselRest: Special = {
  kernel: "BesselRest",
  inputs: ["x"],
  forward: ([x]) =>
    joined(
      x as tf.Tensor,
      (small, square) => tf.sub(1, tf.mul(small, rational(square, near.ratio))),
      (_, u) => tf.mul(u, polynomial(u, far.ratio))
    ),
  gradient: byPartials(([x]) => [() => tf.neg(ratioSlope(x as tf.Tensor))])
}

export const LogI0Rest: Special = {
  kernel: "LogI0Rest",
  inputs: ["x"],
  forward: ([x]) =>
    joined(
      x as tf.Tensor,
      (small, square) => tf.sub(tf.abs(small), tf.mul(square, rational(square, near.logI0))),
      (a, u) => tf.sub(tf.mul(tf.log(tf.mul(a, 2 * Math.PI)), 0.5), tf.mul(u, polynomial(u, far.logI0)))
    ),
  gradient: byPartials(([x]) => [() => besselRest(x as tf.Tensor)])
}

export const LogI0: Special = {
  kernel: "LogI0",
  inputs: ["x"],
  forward: ([x]) =>
    joined(
      x as tf.Tensor,
      (_, square) => tf.mul(square, rational(square, near.logI0)),
      (a, u) => tf.add(tf.sub(a, tf.mul(tf.log(tf.mul(a, 2 * Math.PI)), 0.5)), tf.mul(u, polynomial(u, far.logI0)))
    ),
  gradient: byPartials(([x]) => [() => besselRatio(x as tf.Tensor)])
}

export const BesselRatio: Special = {
  kernel: "BesselRatio",
  inputs: ["x"],
  forward: ([x]) =>
    joined(
      x as tf.Tensor,
      (small, square) => tf.mul(small, rational(square, near.ratio)),
      (_, u) => tf.mul(tf.sign(x as tf.Tensor), tf.sub(1, tf.mul(u, polynomial(u, far.ratio))))
    ),
  gradient: byPartials(([x]) => [() => ratioSlope(x as tf.Tensor)])
}

/** 1 − r/x − r², the derivative of r = I₁/I₀. The formula cancels for large x, so it has its own fits. */
const ratioSlope = (x: tf.Tensor): tf.Tensor =>
  joined(
    x,
    (_, square) => rational(square, near.slope),
    (_, u) => tf.mul(tf.square(u), polynomial(u, far.slope))
  )
