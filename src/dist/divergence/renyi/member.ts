import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { type ClosedForm, get, type Parameters } from "../kl/closedForm.ts"

type Value = tf.Tensor | number

/** A closed form of D_α(q‖p) for each event of the value, for α ≥ ½ other than 1; `undefined` for parameters without a closed form. */
export type RenyiForm = (q: Parameters, p: Parameters, alpha: number) => tf.Tensor | undefined

/** Closed forms by pair of families, `Q‖P`. */
export type RenyiForms = Readonly<Record<`${string}‖${string}`, RenyiForm>>

/** αx + (1 − α)y, exactly x if both are the same. */
export const mix = (x: Value, y: Value, alpha: number): tf.Tensor => tf.add(x, tf.mul(1 - alpha, tf.sub(y, x)))

/**
 * D_α(q‖p) = [αA(η_q) + (1 − α)A(η_p) − A(η_m)]/(1 − α) for members of one exponential family with the log normaliser A. The member m has the natural
 * parameters η_m = αη_q + (1 − α)η_p (Gil, Alajaji and Linder 2013). A is convex, so this gap in Jensen's inequality is a sum of two Bregman
 * divergences KL(q‖p) = A(η_p) − A(η_q) − ⟨η_p − η_q, ∇A(η_q)⟩, in which nothing cancels: KL(m‖p) + α/(1 − α) KL(m‖q) for α < 1, where m lies between
 * q and p, and KL(q‖p) + KL(q‖m)/(α − 1) for α > 1, where q lies between m and p.
 */
export const throughMember = <L>(
  q: L,
  p: L,
  m: L,
  alpha: number,
  divergence: (q: L, p: L) => tf.Tensor | undefined
): tf.Tensor | undefined => {
  const [first, second, weight] =
    alpha < 1
      ? [divergence(m, p), divergence(m, q), alpha / (1 - alpha)]
      : [divergence(q, p), divergence(q, m), 1 / (alpha - 1)]
  return first && second && tf.add(first, tf.mul(weight, second))
}

/** 0 for positive numbers, −∞ for others. */
export const ifPositive = (x: tf.Tensor): tf.Tensor => insideOf(x, 0, Number.POSITIVE_INFINITY, { inclusive: false })

/** Replaces a parameter that is not positive; the divergence is made infinite afterwards. */
export const least = 1e-30

/**
 * For a family whose natural parameters are its own parameters `names`, up to constants, and must be positive. The divergence is infinite if one of m
 * is not positive. `inside` is `ifPositive` summed over an event.
 */
export const positive =
  (kl: ClosedForm, names: ReadonlyArray<string>, inside: (x: tf.Tensor) => tf.Tensor = ifPositive): RenyiForm =>
  (q, p, alpha) => {
    const mixed = names.map((name) => [name, mix(get(q, name), get(p, name), alpha)] as const)
    const m = { ...q, ...Object.fromEntries(mixed.map(([name, x]) => [name, tf.maximum(x, least)])) }
    return mixed.reduce((sum, [, x]) => sum && tf.sub(sum, inside(x)), throughMember(q, p, m, alpha, kl))
  }
