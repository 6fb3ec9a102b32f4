import * as tf from "@tensorflow/tfjs"
import { besselRatio, besselRest, logI0Rest } from "../../../tensor/special/bessel.ts"
import { oneMinusCos } from "../../VonMises.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/**
 * From VonMises(μ, κ) to VonMises(ν, λ): A(κ) (κ − λ cos(μ − ν)) − log I₀(κ) + log I₀(λ) with A = I₁/I₀. It is computed from the remainders 1 − A, x
 * − log I₀(x) and 1 − cos, so that large numbers do not cancel.
 */
const vonMisesVonMises: ClosedForm = (q, p) => {
  const [own, other] = [tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0)]
  const turned = tf.mul(tf.mul(other, oneMinusCos(tf.sub(get(q, "loc"), get(p, "loc")))), besselRatio(own))
  const spread = tf.mul(tf.sub(other, own), besselRest(own))
  return tf.add(tf.add(turned, spread), tf.sub(logI0Rest(own), logI0Rest(other)))
}

export const circle = { "VonMises‖VonMises": vonMisesVonMises } as const satisfies ClosedForms
