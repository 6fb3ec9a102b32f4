import * as tf from "@tensorflow/tfjs"
import { diagonalOf, lowerPart, strictlyLowerPart } from "../../../tensor/linear/matrices.ts"
import { solveTriangular } from "../../../tensor/linear/solveTriangular.ts"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { productLess } from "../../../tensor/special/productLess.ts"
import { stirlingGap } from "../../../tensor/special/stirling.ts"
import { betaGap, dirichletGap } from "../../formula/betaGap.ts"
import { halfSteps } from "../../formula/halfSteps.ts"
import { rowsOf } from "../../formula/lkj.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = log B(αₚ) − log B(α_q) + Σ (α_q − αₚ)ᵢ (ψ(α_qᵢ) − ψ(Σ α_q)). */
const dirichletDirichlet: ClosedForm = (q, p) =>
  dirichletGap(tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0))

/** The densities differ in the power of the diagonal alone: KL = log cₚ − log c_q + (η_q − ηₚ) Σᵢ E_q[log Lᵢᵢ²]. */
const lkjLkj: ClosedForm = (q, p) => {
  const n = Number(get(q, "dimension"))
  const [{ a, half }, { a: b }] = [rowsOf(n, get(q, "concentration")), rowsOf(n, get(p, "concentration"))]
  return tf.sum(betaGap(a, half, b, half), -1)
}

/**
 * KL = log Γₙ(νₚ/2) − log Γₙ(ν_q/2) + ½ (ν_q − νₚ) ψₙ(ν_q/2) + ½ ν_q (tr(Vₚ⁻¹ V_q) − n) + ½ νₚ (log |Vₚ| − log |V_q|)
 * (W. D. Penny, "Kullback–Liebler divergences of normal, gamma, Dirichlet and Wishart densities", 2001). With T = Lₚ⁻¹ L_q each row i from 0 gives the
 * divergence of gamma laws of concentrations (ν − i)/2 whose rates have the ratio r = Tᵢᵢ², and i/2 (r − 1 − log r); what is below the diagonal, its squares.
 */
const wishartWishart: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "df"), get(p, "df")]
  const [ours, theirs] = [lowerPart(tf.add(get(q, "scaleTril"), 0)), lowerPart(tf.add(get(p, "scaleTril"), 0))]
  const n = ours.shape.at(-1) ?? 1
  const factor = solveTriangular(theirs, ours)
  const logDiagonal = tf.sub(tf.log(diagonalOf(ours)), tf.log(diagonalOf(theirs)))
  const [own, other, r] = [halfSteps(tf.mul(0.5, a), n), halfSteps(tf.mul(0.5, b), n), tf.square(diagonalOf(factor))]
  const gammas = tf.add(closeDeviance(other, tf.mul(own, r), productLess(own, r, other)), stirlingGap(own, other))
  const rows = tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i / 2))
  const costs = tf.mul(rows, tf.sub(tf.sub(r, 1), tf.mul(2, logDiagonal)))
  const below = tf.sum(tf.square(strictlyLowerPart(factor)), [-2, -1])
  return tf.add(tf.sum(tf.add(gammas, costs), -1), tf.mul(tf.mul(0.5, a), below))
}

export const multivariate = {
  "Dirichlet‖Dirichlet": dirichletDirichlet,
  "LKJCholesky‖LKJCholesky": lkjLkj,
  "Wishart‖Wishart": wishartWishart
} as const satisfies ClosedForms
