import * as tf from "@tensorflow/tfjs"
import { uniform } from "../../tensor/random.ts"
import { exactLog } from "../../tensor/special/tails.ts"
import type { Alike, Param, Shape, ShapeOf, Tensor } from "../../tensor/Tensor.ts"
import { type Dist, fromFamily, type Gradient, type Has, type Quantiles, type Tails } from "../Dist.ts"
import { densityBetween } from "../formula/bounds.ts"
import type { Kinds } from "../Support.ts"
import { between } from "./between.ts"
import type { Invertible } from "./copies.ts"

/** A density of numbers with a cdf and its inverse. */
export type InvertibleDensity = Invertible & {
  readonly support: { readonly [P in keyof Kinds]: Kinds[P] extends "density" ? P : never }[keyof Kinds]
}

/** `unknown` for a valid bound of a distribution: a number, a scalar, or a tensor of its shape. */
export type Bound<D extends Dist, A> = Alike<Tensor<D["shape"]>, A>

/** The common shape of a distribution and its bounds. */
export type ShapeWith<D extends Dist, A, B> = D extends Dist<infer S> ? ShapeOf<Tensor<S>, A, B> : never

/** The gradients of a truncated distribution: bounds that are tensors may move, and then there is no score function. */
type GradientsOf<D extends Dist, A, B> = Extract<
  D["gradients"][number],
  [A, B] extends [number, number] ? "reparameterized" | "score" : "reparameterized"
>

type TruncatedOf<D extends Dist, A, B> = Dist<
  ShapeWith<D, A, B>,
  "interval",
  GradientsOf<D, A, B>,
  `Truncated(${D["family"]})`
> &
  Has<ShapeWith<D, A, B>, Tails | Quantiles>

/**
 * A distribution of numbers given that they lie between two bounds, log p(x) = log p_base(x) − log(F(high) − F(low)).
 *
 * Draws are the base's quantiles of uniform numbers between F(low) and F(high), so that none is rejected. Mean and variance are computed by
 * quadrature, exact to about 1e-5 of the width. Probabilities are kept as logarithms and subtracted in the nearer tail, so the interval may lie far
 * out in either tail. If the interval is so narrow that log F changes by only d between its bounds, log p has an error of about 1e-7 |log F|/d.
 * Quantiles and draws have the same error relative to the width: 4e-4 for [−1, 1] under Normal(0, 1e4). `TruncatedNormal`, which integrates the
 * density between its bounds, has no such limit.
 *
 * Bounds that are tensors may move with parameters or with other draws, and the score function misses that change of the support. So gradients go
 * through the draw, as those of `Uniform` do.
 *
 * @param base a density with `cdf` and `icdf`
 * @param low, high the bounds: numbers, or tensors of the base's shape (of any shape, if the base is of one number). They may be infinite: such a bound
 *   cuts nothing off. Rows with infinite numbers are made by `Data.of(bounds, [], "extendedReal")`
 * @throws SupportViolation when the bounds are numbers and no part of the base's support lies between them; ShapeMismatch when a bound has another
 *   shape
 * @example
 * ```ts
 * const short = Truncated(Exponential(1), 0, 1)
 * short.logProb(tf.scalar(0.5)) // => -0.5 - Math.log(1 - Math.exp(-1))
 * short.cdf(tf.scalar(1)) // => 1
 * Truncated(Exponential(1), Tensor.of([2], tf.tensor([1, 2])), Infinity).mean() // => [2, 3]
 * ```
 */
export function Truncated<const D extends InvertibleDensity, const A extends Param, const B extends Param>(
  base: D,
  low: A & Bound<D, A>,
  high: B & Bound<D, B> & Alike<A, B>
): TruncatedOf<D, A, B>
export function Truncated(base: Invertible, low: Param, high: Param): Dist & Has<Shape, Tails | Quantiles> {
  const part = between("Truncated", base, low, high)
  const { whole } = part
  const quantile = (u: tf.Tensor): tf.Tensor => part.quantile(tf.log(u), tf.log1p(tf.neg(u)))
  const logCdf = (x: tf.Tensor): tf.Tensor => exactLog(part.logCdf(x), part.logSurvival(x))
  const logSurvival = (x: tf.Tensor): tf.Tensor => exactLog(part.logSurvival(x), part.logCdf(x))
  const fixed = typeof low === "number" && typeof high === "number"
  const known: ReadonlyArray<Gradient> = fixed ? ["reparameterized", "score"] : ["reparameterized"]
  return fromFamily({
    family: `Truncated(${base.family})`,
    shape: whole.shape,
    support: "interval",
    gradients: known.filter((each) => base.gradients.includes(each)),
    constraints: { ...base.constraints, low: "extendedReal", high: "extendedReal" },
    parameters: () => ({ ...base.parameters(), low, high }),
    ...(base.remark !== undefined && { remark: base.remark }),
    logDensity: (x) =>
      densityBetween(tf.sub(whole.logDensity(part.clip(x)), part.logInside()), x, part.low(), part.high()),
    draw: (key, size) => quantile(uniform(key, size)),
    mean: () => part.expect((x) => x),
    variance: () => {
      const mean = part.expect((x) => x)
      return part.expect((x) => tf.square(tf.sub(x, mean)))
    },
    cdf: (x) => tf.exp(logCdf(x)),
    logCdf,
    logSurvival,
    icdf: quantile,
    icdfOfLogs: part.quantile
  })
}
