import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../random.ts"
import { besselRest } from "../special/bessel.ts"
import { refuseSecond } from "../special/gammainc.ts"
import { column } from "../special/polynomial.ts"
import { cutoff, integral, pointsTo } from "../special/quadrature.ts"
import { byPartials, runSpecial, type Special } from "../special/Special.ts"
import { sumTo } from "../sumTo.ts"
import type { Shape } from "../Tensor.ts"
import { columns, firstAccepted } from "./proposals.ts"

/**
 * Angles in (−π, π) with density exp(κ cos θ)/(2π I₀(κ)). Best and Fisher, "Efficient simulation of the von Mises distribution" (Applied Statistics 28,
 * 1979), with a fixed number of proposals from a wrapped Cauchy distribution: all are rejected with probability 0.343¹⁶ = 2⁻²⁴ for large κ and less
 * often for small, and the draw is then 0. Its gradient by κ is the implicit one, −(∂F/∂κ)/p (Figurnov, Mohamed and Mnih, NeurIPS 2018).
 *
 * @param concentration κ ≥ 0: a number, or a tensor that broadcasts to the shape
 * @param shape the shape of the draw
 */
export const vonMises = (key: Key, concentration: tf.Tensor | number, shape: Shape): tf.Tensor =>
  runSpecial(VonMises, [concentration, uniform(key, [...shape, 2 * proposals])])

const proposals = 16

export const VonMises: Special = {
  kernel: "VonMises",
  inputs: ["concentration", "uniforms"],
  noise: ["uniforms"],
  /** With r = τ/2κ in the paper's notation: tan(θ/2) = √((r − 1)/(r + 1)) tan φ for an even φ in (−π/2, π/2), and c = κ (r − cos θ). */
  forward: ([concentration, uniforms]) => {
    const [kappa, noise] = [concentration as tf.Tensor, uniforms as tf.Tensor]
    const double = tf.mul(kappa, 2)
    const root = tf.sqrt(tf.add(tf.square(double), 1))
    /** τ − 2κ */
    const gap = tf.add(tf.reciprocal(tf.add(root, double)), 1)
    const scale = tf.sqrt(tf.div(gap, tf.add(tf.add(root, 1), double)))
    const phi = tf.mul(tf.sub(columns(noise, 0, proposals), 0.5), Math.PI)
    const [across, along] = [tf.mul(column(scale), tf.sin(phi)), tf.cos(phi)]
    const height = tf.div(tf.square(across), tf.add(tf.square(across), tf.square(along)))
    const c = tf.add(column(tf.mul(gap, 0.5)), tf.mul(column(double), height))
    const accepted = tf.less(tf.log(columns(noise, proposals, proposals)), tf.sub(tf.add(tf.log(c), 1), c))
    return tf.mul(firstAccepted(accepted, tf.atan2(across, along)), 2)
  },
  gradient: (dy, [kappa, noise], y) => [
    () => sumTo(tf.mul(dy, angleSlope(kappa as tf.Tensor, y)), (kappa as tf.Tensor).shape),
    () => tf.zerosLike(noise as tf.Tensor)
  ]
}

/** The derivative of an angle by κ at a fixed value of its distribution function. */
const angleSlope = (kappa: tf.Tensor, angle: tf.Tensor): tf.Tensor => runSpecial(VonMisesSlope, [kappa, angle])

export const VonMisesSlope: Special = {
  kernel: "VonMisesSlope",
  inputs: ["kappa", "angle"],
  /**
   * For θ > 0, with A = I₁/I₀: −(∂F/∂κ)/p = ∫ (cos t − A) exp(κ (cos t − cos θ)) dt from θ to π, or the negative of the same from 0 to θ. If cos θ >
   * A, cos t − A is positive from 0 to θ; otherwise it is negative from θ to π. So no terms of a sum cancel.
   */
  forward: ([concentration, angle]) => {
    const [kappa, theta] = [concentration as tf.Tensor, tf.abs(angle as tf.Tensor)]
    const rest = besselRest(kappa)
    const height = tf.square(tf.sin(tf.mul(theta, 0.5)))
    const inner = tf.cast(tf.less(tf.mul(height, 2), rest), "float32")
    const outer = tf.sub(1, inner)
    const double = tf.mul(kappa, 2)
    const reached = tf.add(height, tf.div(cutoff, tf.maximum(double, 1e-3)))
    const end = tf.mul(tf.asin(tf.sqrt(tf.minimum(reached, 1))), 2)
    const length = tf.add(tf.mul(inner, theta), tf.mul(outer, tf.maximum(tf.sub(end, theta), 0)))
    const t = tf.add(column(tf.mul(outer, theta)), pointsTo(length))
    const heights = tf.square(tf.sin(tf.mul(t, 0.5)))
    const exponent = tf.mul(column(double), tf.sub(column(height), heights))
    const values = tf.mul(tf.sub(column(rest), tf.mul(heights, 2)), tf.exp(tf.minimum(exponent, 2)))
    return tf.mul(tf.mul(tf.sign(angle as tf.Tensor), tf.sub(outer, inner)), integral(values, length))
  },
  gradient: byPartials(() => [() => refuseSecond("VonMisesSlope"), () => refuseSecond("VonMisesSlope")])
}
