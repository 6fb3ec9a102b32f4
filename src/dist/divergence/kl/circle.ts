import * as tf from "@tensorflow/tfjs"
import { besselRatio, logI0 } from "../../../tensor/special/bessel.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** From VonMises(μ, κ) to VonMises(ν, λ): I₁(κ)/I₀(κ) (κ − λ cos(μ − ν)) − log I₀(κ) + log I₀(λ). */
const vonMisesVonMises: ClosedForm = (q, p) => {
  const [own, other] = [get(q, "concentration"), get(p, "concentration")]
  const turned = tf.mul(other, tf.cos(tf.sub(get(q, "loc"), get(p, "loc"))))
  return tf.add(tf.mul(besselRatio(own), tf.sub(own, turned)), tf.sub(logI0(other), logI0(own)))
}

export const circle = { "VonMises‖VonMises": vonMisesVonMises } as const satisfies ClosedForms
