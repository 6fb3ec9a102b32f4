import * as tf from "@tensorflow/tfjs"
import { besselRatio, logI0 } from "../../../tensor/special/bessel.ts"
import { logSinhRatio, meanOf } from "../../formula/continuousBernoulliFormulas.ts"
import { get } from "../kl/closedForm.ts"
import { mix, type RenyiForm, type RenyiForms } from "./member.ts"

type Value = tf.Tensor | number
type Of = (x: Value) => tf.Tensor

/** Nodes and weights on [0, 1] of the Gauss–Legendre rule with three nodes. */
const rule = [
  [0.5 - Math.sqrt(0.15), 5 / 18],
  [0.5, 8 / 18],
  [0.5 + Math.sqrt(0.15), 5 / 18]
] as const

/**
 * (f(y) − f(x))/(y − x). For y close to x it is computed as the mean of the derivative between them, which is exact to float32 for an f that varies
 * on the scale of 1 + |x|.
 */
const chord =
  (f: Of, slope: Of) =>
  (x: Value, y: Value): tf.Tensor => {
    const step = tf.sub(y, x)
    const near = tf.less(tf.abs(step), tf.mul(0.25, tf.add(1, tf.abs(x))))
    const inside = tf.where(near, step, tf.zerosLike(step))
    const terms = rule.map(([node, weight]) => tf.mul(weight, slope(tf.add(x, tf.mul(node, inside)))))
    const direct = tf.div(tf.sub(f(y), f(x)), tf.where(near, tf.onesLike(step), step))
    return tf.where(near, tf.addN(terms), direct)
  }

/** The natural parameter is λ: D_α = (λₚ − λ_q)·(mean slope of A from λ_q to λₚ − mean slope of A from λ_q to αλ_q + (1 − α)λₚ). */
const continuousBernoullis: RenyiForm = (q, p, alpha) => {
  const [a, b] = [tf.add(get(q, "logits"), 0), tf.add(get(p, "logits"), 0)]
  const slope = chord(logSinhRatio, (x) => tf.sub(meanOf(x), 0.5))
  return tf.mul(tf.sub(b, a), tf.sub(slope(a, b), slope(a, mix(a, b, alpha))))
}

/**
 * The natural parameters are v = κ(cos μ, sin μ), the log normaliser is log I₀(|v|): D_α = (κₚ − κ_q)·(its mean slope from κ_q to κₚ) − (κ_m −
 * κ_q)/(1 − α)·(its mean slope from κ_q to κ_m). Here κ_m² − κ_q² is computed from v·w and |w|² for w = vₚ − v_q.
 */
const vonMises: RenyiForm = (q, p, alpha) => {
  const [a, b] = [tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0)]
  const rotation = tf.mul(tf.mul(4, tf.mul(a, b)), tf.square(tf.sin(tf.mul(0.5, tf.sub(get(q, "loc"), get(p, "loc"))))))
  const step = tf.sub(b, a)
  /** 2v·w = 2κ_q(κₚ − κ_q) − 4κ_qκₚ sin² ½(μ_q − μₚ) and |w|² */
  const [along, square] = [tf.sub(tf.mul(tf.mul(2, a), step), rotation), tf.add(tf.square(step), rotation)]
  /** (κ_m² − κ_q²)/(1 − α) */
  const growth = tf.add(along, tf.mul(1 - alpha, square))
  const m = tf.sqrt(tf.maximum(tf.add(tf.square(a), tf.mul(1 - alpha, growth)), 1e-37))
  const slope = chord(logI0, besselRatio)
  return tf.sub(tf.mul(step, slope(a, b)), tf.mul(tf.div(growth, tf.add(a, m)), slope(a, m)))
}

export const bounded = {
  "ContinuousBernoulli‖ContinuousBernoulli": continuousBernoullis,
  "VonMises‖VonMises": vonMises
} as const satisfies RenyiForms
