import * as tf from "@tensorflow/tfjs"
import { logDetFromCholesky } from "../../tensor/linear/cholesky.ts"
import { lowerPart } from "../../tensor/linear/matrices.ts"
import { solveTriangular } from "../../tensor/linear/solveTriangular.ts"
import { digamma } from "../../tensor/special/gamma.ts"
import { logConstant, logSquares, rowsOf } from "../lkj.ts"
import { logMultibeta } from "../multibeta.ts"
import { logMultigamma, multidigamma } from "../multigamma.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = log B(αₚ) − log B(α_q) + Σ (α_q − αₚ)ᵢ (ψ(α_qᵢ) − ψ(Σ α_q)). */
const dirichletDirichlet: ClosedForm = (q, p) => {
  const [a, b] = [tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0)]
  const logs = tf.sub(digamma(a), digamma(tf.sum(a, -1, true)))
  return tf.add(tf.sub(logMultibeta(b), logMultibeta(a)), tf.sum(tf.mul(tf.sub(a, b), logs), -1))
}

/** The densities differ in the power of the diagonal alone: KL = log cₚ − log c_q + (η_q − ηₚ) Σᵢ E_q[log Lᵢᵢ²]. */
const lkjLkj: ClosedForm = (q, p) => {
  const n = Number(get(q, "dimension"))
  const [a, b] = [get(q, "concentration"), get(p, "concentration")]
  const rows = rowsOf(n, a)
  const constants = tf.sub(logConstant(rowsOf(n, b)), logConstant(rows))
  return tf.add(constants, tf.mul(tf.sub(a, b), tf.sum(logSquares(rows), -1)))
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
  const gammas = tf.sub(logMultigamma(tf.mul(0.5, b), n), logMultigamma(tf.mul(0.5, a), n))
  const slopes = tf.mul(tf.sub(a, b), multidigamma(tf.mul(0.5, a), n))
  const rest = tf.add(tf.mul(a, tf.sub(trace, n)), tf.mul(b, logDets))
  return tf.add(gammas, tf.mul(0.5, tf.add(slopes, rest)))
}

export const multivariate = {
  "Dirichlet‖Dirichlet": dirichletDirichlet,
  "LKJCholesky‖LKJCholesky": lkjLkj,
  "Wishart‖Wishart": wishartWishart
} as const satisfies ClosedForms
