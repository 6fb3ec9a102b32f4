import * as tf from "@tensorflow/tfjs"
import { diagonalOf, lowerPart, strictlyLowerPart } from "../../../tensor/linear/matrices.ts"
import { solveTriangular } from "../../../tensor/linear/solveTriangular.ts"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { stirlingGap } from "../../../tensor/special/stirling.ts"
import { betaGap, dirichletGap } from "../../formula/betaGap.ts"
import { decreasingByHalves } from "../../formula/decreasingByHalves.ts"
import { rowsOf } from "../../formula/lkj.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"
import { cost, logRatio } from "./cost.ts"

/** KL = log B(αₚ) − log B(α_q) + Σ (α_q − αₚ)ᵢ (ψ(α_qᵢ) − ψ(Σ α_q)). */
const dirichletDirichlet: ClosedForm = (q, p) =>
  dirichletGap(tf.add(get(q, "concentration"), 0), tf.add(get(p, "concentration"), 0))

/** The densities differ only in the power of the diagonal: KL = log cₚ − log c_q + (η_q − ηₚ) Σᵢ E_q[log Lᵢᵢ²]. */
const lkjLkj: ClosedForm = (q, p) => {
  const n = Number(get(q, "dimension"))
  const [{ a, half }, { a: b }] = [rowsOf(n, get(q, "concentration")), rowsOf(n, get(p, "concentration"))]
  return tf.sum(betaGap(a, half, b, half), -1)
}

/**
 * KL = log Γₙ(νₚ/2) − log Γₙ(ν_q/2) + ½ (ν_q − νₚ) ψₙ(ν_q/2) + ½ ν_q (tr(Vₚ⁻¹ V_q) − n) + ½ νₚ (log |Vₚ| − log |V_q|) (W. D. Penny, "Kullback–Liebler
 * divergences of normal, gamma, Dirichlet and Wishart densities", 2001). With T = Lₚ⁻¹ L_q each row i from 0 gives two terms: the divergence of gamma
 * distributions of concentrations (ν − i)/2 whose rates have the ratio r = Tᵢᵢ², and i/2 (r − 1 − log r). The entries of T below the diagonal give
 * their squares. Below the diagonal T equals Lₚ⁻¹ (L_q − Lₚ), in which nothing cancels.
 */
const wishartWishart: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "df"), get(p, "df")]
  const [ours, theirs] = [lowerPart(tf.add(get(q, "scaleTril"), 0)), lowerPart(tf.add(get(p, "scaleTril"), 0))]
  const n = ours.shape.at(-1) ?? 1
  const log = tf.mul(2, logRatio(diagonalOf(ours), diagonalOf(theirs)))
  const [own, other] = [decreasingByHalves(tf.mul(0.5, a), n), decreasingByHalves(tf.mul(0.5, b), n)]
  const excess = tf.add(tf.mul(own, tf.expm1(log)), asColumnOf(tf.mul(0.5, tf.sub(a, b))))
  const gammas = tf.add(closeDeviance(other, tf.mul(own, tf.exp(log)), excess), stirlingGap(own, other))
  const rows = tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i / 2))
  const below = strictlyLowerPart(solveTriangular(theirs, tf.sub(ours, theirs)))
  const squares = tf.mul(tf.mul(0.5, a), tf.sum(tf.square(below), [-2, -1]))
  return tf.add(tf.sum(tf.add(gammas, tf.mul(rows, cost(log))), -1), squares)
}

/** One number for each matrix, with a new last axis, so that it broadcasts against the numbers of a diagonal. */
const asColumnOf = (x: tf.Tensor): tf.Tensor => (x.rank === 0 ? x : tf.expandDims(x, -1))

export const multivariate = {
  "Dirichlet‖Dirichlet": dirichletDirichlet,
  "LKJCholesky‖LKJCholesky": lkjLkj,
  "Wishart‖Wishart": wishartWishart
} as const satisfies ClosedForms
