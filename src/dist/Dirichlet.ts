import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import type { Key } from "../tensor/random.ts"
import { closeDeviance } from "../tensor/special/closeDeviance.ts"
import { digammaGap } from "../tensor/special/gamma.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { logSumExp } from "../tensor/special/logSumExp.ts"
import { xlogy } from "../tensor/special/logs.ts"
import { productsLess } from "../tensor/special/productLess.ts"
import { stirling } from "../tensor/special/stirling.ts"
import type { Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { least, logsInside, ofLeast } from "./formula/inside.ts"
import { logMultibeta } from "./formula/multibeta.ts"
import { exactSum, othersOf } from "./formula/polya.ts"
import type { Vectors } from "./formula/vectorShape.ts"

const constraints = { concentration: "positive" } as const

/**
 * Shares of a whole: n numbers, none below 0, that add up to 1, log p(x) = Σ (αᵢ − 1) log xᵢ − log B(α), where log B(α) = Σ log Γ(αᵢ) − log Γ(Σ αᵢ).
 * The density is that of the first n − 1 numbers. A draw is the softmax of the logarithms of gamma draws, so that small shares do not round to 0
 * before the division. Shares below e⁻⁸⁷ are moved up to it. The gradient of a draw is implicit (Figurnov, Mohamed and Mnih, NeurIPS 2018).
 *
 * The mode is NaN unless all concentrations are above 1: otherwise the density is highest at the border.
 *
 * @param concentration α, above 0: a tensor `[…, n]` with n at least 2
 * @throws ShapeMismatch when the concentration is no vector of at least 2 numbers
 * @example
 * ```ts
 * const shares = Dirichlet(Tensor.of([3], tf.tensor1d([1, 2, 3])))
 * shares.mean() // => [1 / 6, 1 / 3, 1 / 2]
 * shares.logProb(tf.tensor1d([0.2, 0.3, 0.5])) // => Math.log(60 * 0.3 * 0.25)
 * ```
 */
export const Dirichlet = <const A extends Tensor<Vectors>>(
  concentration: A
): Dist<ShapeOf<A>, "simplex", "implicit" | "score", "Dirichlet"> & Has<ShapeOf<A>, "entropy" | "mode"> => {
  const shape = shapeOfParameters("Dirichlet", constraints, { concentration }) as ShapeOf<A>
  const n = shape.at(-1) ?? 0
  if (n < 2) throw notShares(shape)
  const sum = (): tf.Tensor => tf.sum(concentration, -1, true)
  const mean = (): tf.Tensor => tf.div(concentration, sum())
  const logDraw = (key: Key, size: Shape): tf.Tensor => {
    const logs = logStandardGamma(key, concentration, size)
    const shifted = tf.sub(logs, tf.max(logs, -1, true))
    return logsInside(tf.sub(shifted, logSumExp(shifted, -1, true)))
  }
  return fromFamily({
    family: "Dirichlet",
    shape,
    eventRank: 1,
    support: "simplex",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration }),
    logDensity: (x) => {
      const atZero = xlogy(tf.sub(concentration, 1), ofLeast(x))
      const inside = tf.sum(insideOf(x, 0, 1), -1)
      const density = dirichletLogDensity(concentration, tf.maximum(tf.abs(x), least))
      return densityInside(tf.add(density, tf.sum(atZero, -1)), inside, 0, 0)
    },
    draw: (key, size) => tf.exp(logDraw(key, size)),
    drawAndLogDensity: (key, size) => {
      const logs = logDraw(key, size)
      const terms = tf.sum(tf.mul(tf.sub(concentration, 1), logs), -1)
      return [tf.exp(logs), tf.sub(terms, logMultibeta(concentration))]
    },
    mean,
    variance: () => tf.div(tf.mul(mean(), tf.div(othersOf(concentration), sum())), tf.add(sum(), 1)),
    /** log B(α) − Σ (αᵢ − 1) ψ(αᵢ) + (A − n) ψ(A) with A = Σ αᵢ, in which αᵢ log αᵢ and A log A cancel */
    entropy: () => {
      const total = sum()
      const [each, all] = [stirling(concentration), stirling(total)]
      const curved = tf.mul(tf.sub(concentration, 1), digammaGap(concentration))
      const terms = tf.add(tf.add(each.s, curved), logQuotient(each.root, total))
      const ofTotal = tf.sub(logQuotient(total, all.root), tf.add(all.s, tf.mul(tf.sub(total, n), digammaGap(total))))
      return tf.add(tf.sum(terms, -1), tf.squeeze(ofTotal, [-1]))
    },
    mode: () => {
      const above = tf.sub(concentration, 1)
      const mode = tf.div(above, tf.sum(above, -1, true))
      const least = tf.add(tf.min(above, -1, true), tf.zerosLike(mode))
      return tf.where(tf.greater(least, 0), mode, tf.fill(mode.shape, Number.NaN))
    }
  })
}

/**
 * Σ (αᵢ − 1) log xᵢ − log B(α) for xᵢ > 0. With A = Σ αᵢ it is made of three parts: the deviances of αᵢ from A xᵢ, the excess of A Σ xᵢ over A, and
 * the remainder of Stirling's formula for B(α).
 */
const dirichletLogDensity = (alpha: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const total = exactSum(alpha)
  const [value, rest] = [tf.expandDims(total.value, -1), tf.expandDims(total.rest, -1)]
  const deviances = closeDeviance(alpha, tf.mul(value, x), productsLess(value, x, rest, x, alpha))
  const shares = exactSum(x)
  const more = tf.mul(total.value, tf.add(tf.sub(shares.value, 1), shares.rest))
  const [each, all] = [stirling(alpha), stirling(total.value)]
  const terms = tf.sub(logQuotient(each.share, x), tf.add(deviances, each.s))
  return tf.add(tf.sum(terms, -1), tf.add(more, tf.sub(all.s, tf.log(all.share))))
}

const notShares = (shape: Shape): ShapeMismatch =>
  new ShapeMismatch({
    site: undefined,
    where: "Dirichlet",
    expected: [...shape.slice(0, -1), 2],
    actual: shape,
    advice: "Give a vector with a number for each share, at least 2."
  })
