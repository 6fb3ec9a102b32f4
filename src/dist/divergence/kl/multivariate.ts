import * as tf from "@tensorflow/tfjs"
import { logDetFromCholesky } from "../../../tensor/linear/cholesky.ts"
import { lowerPart } from "../../../tensor/linear/matrices.ts"
import { solveTriangular } from "../../../tensor/linear/solveTriangular.ts"
import { lgammaGap } from "../../../tensor/special/lgammaGap.ts"
import { rowsOf } from "../../formula/lkj.ts"
import { halfSteps } from "../../formula/multigamma.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = log B(αₚ) − log B(α_q) + Σ (α_q − αₚ)ᵢ (ψ(α_qᵢ) − ψ(Σ α_q)). */
const dirichletDirichlet: ClosedForm = (q, p) => {
  const [a, b] = [tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0)]
  return tf.sub(tf.sum(lgammaGap(a, b), -1), lgammaGap(tf.sum(a, -1), tf.sum(b, -1)))
}

/** The densities differ in the power of the diagonal alone: KL = log cₚ − log c_q + (η_q − ηₚ) Σᵢ E_q[log Lᵢᵢ²]. */
const lkjLkj: ClosedForm = (q, p) => {
  const n = Number(get(q, "dimension"))
  const [{ a, half }, { a: b }] = [rowsOf(n, get(q, "concentration")), rowsOf(n, get(p, "concentration"))]
  return tf.sum(tf.sub(lgammaGap(a, b), lgammaGap(tf.add(a, half), tf.add(b, half))), -1)
}

/**
 * KL = log Γₙ(νₚ/2) − log Γₙ(ν_q/2) + ½ (ν_q − νₚ) ψₙ(ν_q/2) + ½ ν_q (tr(Vₚ⁻¹ V_q) − n) + ½ νₚ (log |Vₚ| − log |V_q|)
 * (W. D. Penny, "Kullback–Liebler divergences of normal, gamma, Dirichlet and Wishart densities", 2001).
 */
const wishartWishart: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "df"), get(p, "df")]
  const [ours, theirs] = [lowerPart(tf.add(get(q, "scaleTril"), 0)), lowerPart(tf.add(get(p, "scaleTril"), 0))]
  const n = ours.shape.at(-1) ?? 1
  const trace = tf.sum(tf.square(solveTriangular(theirs, ours)), [-2, -1])
  const logDets = tf.sub(logDetFromCholesky(theirs), logDetFromCholesky(ours))
  const gammas = tf.sum(lgammaGap(halfSteps(tf.mul(0.5, a), n), halfSteps(tf.mul(0.5, b), n)), -1)
  return tf.add(gammas, tf.mul(0.5, tf.add(tf.mul(a, tf.sub(trace, n)), tf.mul(b, logDets))))
}

export const multivariate = {
  "Dirichlet‖Dirichlet": dirichletDirichlet,
  "LKJCholesky‖LKJCholesky": lkjLkj,
  "Wishart‖Wishart": wishartWishart
} as const satisfies ClosedForms
