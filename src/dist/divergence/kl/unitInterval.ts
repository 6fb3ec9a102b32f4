import * as tf from "@tensorflow/tfjs"
import { digammaStep, lbeta } from "../../../tensor/special/beta.ts"
import { log1mexp } from "../../../tensor/special/logs.ts"
import { betaGap } from "../../formula/betaGap.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"
import { normal } from "./normal.ts"

/** From Beta(a, b) to Beta(c, d): log B(c, d) − log B(a, b) + (a − c) (ψ(a) − ψ(a + b)) + (b − d) (ψ(b) − ψ(a + b)). */
const betaBeta: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "concentration1"), get(q, "concentration0")]
  const [c, d] = [get(p, "concentration1"), get(p, "concentration0")]
  return betaGap(a, b, c, d)
}

/**
 * From Kumaraswamy(a, b) to Beta(c, d): log ab − (b − 1)/b + (a − c) E[log x] − (d − 1) E[log(1 − x)] + log B(c, d), where E[log x] = −(ψ(b + 1) +
 * γ)/a (Nalisnick and Smyth 2017, who expand E[log(1 − x)] in a series; its terms decrease slowly, as m⁻ᵇ⁻¹). Here it is an integral, exact to
 * float32 for all a and b: see {@link logComplement}.
 */
const kumaraswamyBeta: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "concentration1"), get(q, "concentration0")]
  const [c, d] = [get(p, "concentration1"), get(p, "concentration0")]
  const meanLog = tf.neg(tf.div(digammaStep(tf.scalar(1), tf.add(b, 0)), a))
  const own = tf.add(tf.sub(tf.add(tf.log(a), tf.log(b)), 1), tf.div(1, b))
  const other = tf.sub(tf.mul(tf.sub(a, c), meanLog), tf.mul(tf.sub(d, 1), logComplement(a, b)))
  return tf.add(tf.add(own, other), lbeta(c, d))
}

const n = 64
const h = 7.2 / n
const ts = Array.from({ length: n + 1 }, (_, i) => (i - n / 2) * h)
/** Σ wᵢ f(sᵢ) is ∫₀^∞ e⁻ˢ f(s) ds, by the double exponential rule s = exp(t − e⁻ᵗ) (Takahasi and Mori 1974). */
const points = Float32Array.from(ts, (t) => Math.exp(t - Math.exp(-t)))
const weights = Float32Array.from(ts, (t) => {
  const s = Math.exp(t - Math.exp(-t))
  return h * s * (1 + Math.exp(-t)) * Math.exp(-s)
})

/** Above this l the function below equals −log a in float32. */
const most = 20

/**
 * E[log(1 − x)] for x of Kumaraswamy(a, b). With y = xᵃ, the number l = −log(1 − y) is exponentially distributed with rate b, and log(1 − x) = −l +
 * (l + log(1 − y^(1/a))). The mean of the first term is −1/b. The second term is a bounded function of l, from 0 to −log a.
 */
const logComplement = (a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor => {
  const column = (x: tf.Tensor | number): tf.Tensor => tf.expandDims(tf.add(x, 0), -1)
  const l = tf.minimum(tf.div(tf.tensor1d(points), column(b)), most)
  const bounded = tf.add(log1mexp(tf.neg(tf.div(log1mexp(l), column(a)))), l)
  return tf.sub(tf.sum(tf.mul(bounded, tf.tensor1d(weights)), -1), tf.div(1, b))
}

export const unitInterval = {
  "Beta‖Beta": betaBeta,
  "Kumaraswamy‖Beta": kumaraswamyBeta,
  // one bijection of both variables, so this is the divergence of the normal ones
  "LogitNormal‖LogitNormal": normal["Normal‖Normal"]
} as const satisfies ClosedForms
