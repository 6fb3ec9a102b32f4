import * as tf from "@tensorflow/tfjs"
import { lgammaGap } from "../../../tensor/special/lgammaGap.ts"
import { decreasingByHalves } from "../../formula/decreasingByHalves.ts"
import { get } from "../kl/closedForm.ts"
import { continuous } from "../kl/continuous.ts"
import { gamma } from "../kl/gamma.ts"
import { multivariate } from "../kl/multivariate.ts"
import { unitInterval } from "../kl/unitInterval.ts"
import { between, infiniteOutside, scaleOf } from "./covariances.ts"
import { ifPositive, least, mix, positive, type RenyiForm, type RenyiForms, throughMember } from "./member.ts"

/**
 * The natural parameters are ν/2 and V⁻¹, the log normaliser is log Γₙ(ν/2) + ½ν log |V| up to a multiple of ν. The gap of its first term is that of
 * log Γ; the gap of its second term is ½(αν_q ℓ + νₚ((1 − α)ℓ − r)), with ℓ and r of {@link between}.
 */
const wishartWishart: RenyiForm = (q, p, alpha) => {
  const [ours, theirs] = [scaleOf(q), scaleOf(p)]
  const [a, b] = [get(q, "df"), get(p, "df")]
  const n = ours.shape.at(-1) ?? 1
  const [x, y] = [decreasingByHalves(tf.mul(0.5, a), n), decreasingByHalves(tf.mul(0.5, b), n)]
  const m = mix(x, y, alpha)
  const gammas = throughMember<tf.Tensor>(x, y, tf.maximum(m, least), alpha, lgammaGap)
  const covariances = between(ours, theirs, alpha)
  const { slope, log } = covariances
  const scales = tf.add(tf.mul(tf.mul(alpha, a), slope), tf.mul(b, tf.sub(tf.mul(1 - alpha, slope), log)))
  return gammas && infiniteOutside(tf.add(tf.sum(tf.sub(gammas, ifPositive(m)), -1), tf.mul(0.5, scales)), covariances)
}

export const gammas = {
  "Exponential‖Exponential": positive(continuous["Exponential‖Exponential"], ["rate"]),
  "Gamma‖Gamma": positive(gamma["Gamma‖Gamma"], ["concentration", "rate"]),
  "Chi2‖Chi2": positive(gamma["Chi2‖Chi2"], ["concentration"]),
  "InverseGamma‖InverseGamma": positive(gamma["InverseGamma‖InverseGamma"], ["concentration", "scale"]),
  "Beta‖Beta": positive(unitInterval["Beta‖Beta"], ["concentration1", "concentration0"]),
  "Dirichlet‖Dirichlet": positive(multivariate["Dirichlet‖Dirichlet"], ["concentration"], (x) =>
    tf.sum(ifPositive(x), -1)
  ),
  "LKJCholesky‖LKJCholesky": positive(multivariate["LKJCholesky‖LKJCholesky"], ["concentration"]),
  "Wishart‖Wishart": wishartWishart
} as const satisfies RenyiForms
