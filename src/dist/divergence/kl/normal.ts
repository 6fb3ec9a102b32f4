import * as tf from "@tensorflow/tfjs"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = log(σₚ/σ_q) + (σ_q² + (μ_q − μₚ)²)/(2σₚ²) − ½ (Kingma and Welling 2014, appendix B, for a standard normal p). */
const normalNormal: ClosedForm = (q, p) => {
  const ratio = tf.exp(tf.mul(2, tf.sub(get(q, "logScale"), get(p, "logScale"))))
  const distance = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), get(p, "scale")))
  return tf.sub(tf.mul(0.5, tf.sub(tf.add(ratio, distance), 1)), tf.sub(get(q, "logScale"), get(p, "logScale")))
}

export const normal = { "Normal‖Normal": normalNormal } as const satisfies ClosedForms
