import * as tf from "@tensorflow/tfjs"
import { digammaStep } from "../../tensor/special/beta.ts"
import { lgamma } from "../../tensor/special/gamma.ts"
import { column } from "../../tensor/special/polynomial.ts"
import { gaussLegendre } from "../../tensor/special/quadrature.ts"
import { euler } from "./euler.ts"

type Value = tf.Tensor | number

/**
 * Differences of log Γ, computed without subtraction. Up to terms that are linear in z, log Γ(z) is ∫ e^(−zs)/(s (1 − e⁻ˢ)) ds from 0 to ∞ (Malmstén,
 * NIST DLMF 5.9.18). So each difference here is an integral of a product of positive factors 1 − e^(−ts). With s = eᵘ the integral is computed by the
 * trapezoidal rule. It is exact to 1e-8 at this step, because the integrand is analytic for |Im u| < π/2 (Trefethen and Weideman 2014).
 */
const step = 0.5
const nodes = Float64Array.from({ length: 72 }, (_, i) => Math.exp(step * (i - 64)))
const points = Float32Array.from(nodes)
const weights = Float32Array.from(nodes, (s) => step / Math.expm1(s))

const sumOver = (values: tf.Tensor): tf.Tensor => tf.sum(tf.mul(values, tf.tensor1d(weights)), -1)

/** 1 − e^(−ts) at the nodes. */
const rise = (t: Value): tf.Tensor => tf.neg(tf.expm1(tf.neg(tf.mul(column(tf.add(t, 0)), tf.tensor1d(points)))))

/** log Γ(1 + t + b) − log Γ(1 + t) − log Γ(1 + b) for t, b ≥ 0. */
export const mixedGap = (t: Value, b: Value): tf.Tensor => sumOver(tf.mul(rise(t), rise(b)))

/** log Γ(1 + 2t) − 2 log Γ(1 + t) for t ≥ 0, less the same of Γ(1 + b + …). It is log E[x²] − 2 log E[x]. */
export const squaresGap = (t: Value, b?: Value): tf.Tensor => {
  const squares = tf.square(rise(t))
  return sumOver(b === undefined ? squares : tf.mul(squares, rise(b)))
}

/**
 * log Γ(a) + log Γ(a + 1) − 2 log Γ(a + ½), less the same at a + h, for a, h > 0. For a gamma or beta variable x of concentration a it is log E[x] −
 * 2 log E[√x].
 */
export const rootsGap = (a: Value, h: Value): tf.Tensor => {
  const given = tf.add(a, 0)
  const isSmall = tf.less(given, 1)
  const from = tf.where(isSmall, tf.add(given, 1), given)
  const falls = tf.exp(tf.neg(tf.mul(column(tf.sub(from, 1)), tf.tensor1d(points))))
  const far = sumOver(tf.mul(falls, tf.mul(tf.square(rise(0.5)), rise(h))))
  const step = (at: tf.Tensor): tf.Tensor => tf.log1p(tf.div(0.25, tf.mul(at, tf.add(at, 1))))
  return tf.add(far, tf.where(isSmall, tf.sub(step(given), step(tf.add(given, h))), tf.zerosLike(given)))
}

const [places, shares] = gaussLegendre(8)

/** log Γ(1 + t) + γ t ≥ 0 for t ≥ 0: Up to t = 1 it is the integral of its derivative ψ(1 + t) − ψ(1), which is exact for small t. */
export const tangentGap = (t: Value): tf.Tensor => {
  const near = tf.minimum(t, 1)
  const slopes = digammaStep(tf.scalar(1), tf.mul(column(near), tf.tensor1d(places)))
  const integral = tf.mul(near, tf.sum(tf.mul(slopes, tf.tensor1d(shares)), -1))
  const beyond = tf.relu(tf.sub(t, 1))
  return tf.add(integral, tf.add(lgamma(tf.add(beyond, 2)), tf.mul(euler, beyond)))
}
