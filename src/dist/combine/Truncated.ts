import * as tf from "@tensorflow/tfjs"
import { uniform } from "../../tensor/random.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { type Dist, fromFamily, type Gradient, type Has } from "../Dist.ts"
import type { Kinds } from "../Support.ts"
import { between } from "./between.ts"
import type { Invertible } from "./copies.ts"

/** A density of numbers with a cdf and its inverse. */
export type InvertibleDensity = Invertible & {
  readonly support: { readonly [P in keyof Kinds]: Kinds[P] extends "density" ? P : never }[keyof Kinds]
}

type TruncatedOf<D extends Dist> = Dist<
  D["shape"],
  "interval",
  Extract<D["gradients"][number], "reparameterized" | "score">,
  `Truncated(${D["family"]})`
> &
  Has<D["shape"], "cdf" | "icdf">

/**
 * A distribution of numbers given that they lie between two ends, log p(x) = log p_base(x) − log(F(high) − F(low)).
 *
 * Draws are the base's quantiles of uniform numbers between F(low) and F(high), so that none is rejected. Mean and variance are quadratures,
 * good to about 1e-5 of the width. The cdf ends the precision: in float32 it has no numbers within 6e-8 of 1, and an interval
 * further in the right tail than that is empty. (Mirror the base, or truncate a family of its own, such as an exponential tail.)
 *
 * @param base a density with `cdf` and `icdf`
 * @param low, high the ends, numbers that may be infinite
 * @throws SupportViolation when nothing of the base's support lies between the ends
 * @example
 * ```ts
 * const short = Truncated(Exponential(1), 0, 1)
 * short.logProb(tf.scalar(0.5)) // => -0.5 - Math.log(1 - Math.exp(-1))
 * short.cdf(tf.scalar(1)) // => 1
 * ```
 */
export function Truncated<const D extends InvertibleDensity>(base: D, low: number, high: number): TruncatedOf<D>
export function Truncated(base: Invertible, low: number, high: number): Dist & Has<Shape, "cdf" | "icdf"> {
  const part = between("Truncated", base, low, high)
  const gradients: ReadonlyArray<Gradient> = base.gradients.filter(
    (each) => each === "reparameterized" || each === "score"
  )
  return fromFamily({
    family: `Truncated(${base.family})`,
    shape: base.shape,
    support: "interval",
    gradients,
    constraints: base.constraints,
    parameters: base.parameters,
    ...(base.remark !== undefined && { remark: base.remark }),
    logDensity: (x) =>
      tf.add(tf.sub(base.logDensity(part.clip(x)), tf.log(part.inside())), insideOf(x, part.low, part.high)),
    draw: (key, size) => part.quantile(uniform(key, size)),
    mean: () => part.expect((x) => x),
    variance: () => {
      const mean = part.expect((x) => x)
      return part.expect((x) => tf.square(tf.sub(x, mean)))
    },
    cdf: part.cdf,
    icdf: part.quantile
  })
}
