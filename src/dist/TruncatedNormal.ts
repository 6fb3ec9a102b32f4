import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logaddexp } from "../tensor/special/logs.ts"
import { column } from "../tensor/special/polynomial.ts"
import { exactLog, logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { densityBetween, mustIncrease, within } from "./formula/bounds.ts"
import { floor } from "./formula/inside.ts"
import { depth, outward, over, type Side, sideOf } from "./formula/normalSide.ts"

const constraints = { loc: "real", scale: "positive", low: "extendedReal", high: "extendedReal" } as const

/** The smallest probability of a side that is used as a divisor. */
const least = 1e-15

/**
 * A normal variable given that it lies between two bounds, log p(x) = log N(x; loc, scale) − log(Φ(β) − Φ(α)) for low ≤ x ≤ high, where α and β are
 * the bounds in standard deviations from `loc`. It is also exact if `loc` lies far outside of the bounds, and if the bounds are close to each other.
 *
 * The bounds may move with parameters, and the score function misses that change of the support: gradients go through the draw.
 *
 * @param loc, scale mean and standard deviation before the truncation: numbers, or tensors of the value's shape
 * @param low, high the bounds, which may be infinite: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0, or the bounds are numbers and
 *   low is not below high
 * @example
 * ```ts
 * TruncatedNormal(0, 2, 0, Infinity).mean() // => 1.595769122
 * TruncatedNormal(0, 1, -1, 1).cdf(tf.scalar(0)) // => 0.5
 * ```
 */
export const TruncatedNormal = <
  const A extends Param,
  const B extends Param,
  const C extends Param,
  const D extends Param
>(
  loc: A,
  scale: B & Alike<A, B>,
  low: C & Alike<A, C> & Alike<B, C>,
  high: D & Alike<A, D> & Alike<B, D> & Alike<C, D>
): Dist<ShapeOf<A, B, C, D>, "interval", "reparameterized", "TruncatedNormal"> &
  Has<ShapeOf<A, B, C, D>, "entropy" | Tails | Quantiles | "mode"> => {
  const shape = shapeOfParameters("TruncatedNormal", constraints, { loc, scale, low, high }) as ShapeOf<A, B, C, D>
  mustIncrease("TruncatedNormal", { low, high })
  /** the density's highest point, and its distance from `loc` */
  const top = (): tf.Tensor => within(tf.add(loc, 0), low, high)
  const shift = (): tf.Tensor => tf.div(tf.sub(top(), loc), scale)
  const leftOf = (x: tf.Tensor, c: tf.Tensor): Side => sideOf(c, tf.sub(x, low), scale)
  const rightTo = (x: tf.Tensor | number, c: tf.Tensor): Side => sideOf(c, tf.sub(x, top()), scale)
  const left = (): Side => leftOf(top(), tf.relu(tf.neg(shift())))
  const right = (): Side => rightTo(high, tf.relu(shift()))
  const masses = (): readonly [tf.Tensor, tf.Tensor] => [over(left()), over(right())]
  const total = (): tf.Tensor => tf.maximum(tf.addN([...masses()]), floor)
  /** the mean's distance from the top, in standard deviations */
  const lean = (): tf.Tensor => {
    const [below, above] = [left(), right()].map((side) => over(side, (s) => s)) as [tf.Tensor, tf.Tensor]
    return tf.div(tf.sub(above, below), total())
  }
  const quantile = (logU: tf.Tensor, logRest: tf.Tensor): tf.Tensor => {
    const [below, above] = masses().map((mass) => tf.log(tf.maximum(tf.div(mass, total()), least))) as [
      tf.Tensor,
      tf.Tensor
    ]
    const down = outward(left(), tf.minimum(tf.sub(logU, below), 0))
    const up = outward(right(), tf.minimum(tf.sub(logRest, above), 0))
    return within(tf.add(top(), tf.mul(scale, tf.sub(up, down))), low, high)
  }
  const icdf = (u: tf.Tensor): tf.Tensor => quantile(tf.log(u), tf.log1p(tf.neg(u)))
  /** the log probability on one side of a number, from its two parts: beyond the number, and between the number and the top; one of the two is empty */
  const logSide = (depth: tf.Tensor, beyond: tf.Tensor, between: tf.Tensor): tf.Tensor =>
    tf.sub(logaddexp(tf.sub(logShare(beyond, Infinity), depth), logShare(between, Infinity)), tf.log(total()))
  const logLeft = (x: tf.Tensor): tf.Tensor => {
    const inside = within(x, low, high)
    const [below, above] = [tf.minimum(inside, top()), tf.maximum(inside, top())]
    const [c, down] = [tf.relu(tf.neg(shift())), tf.div(tf.sub(top(), below), scale)]
    return logSide(depth(c, down), over(leftOf(below, tf.add(c, down))), over(rightTo(above, tf.relu(shift()))))
  }
  const logRight = (x: tf.Tensor): tf.Tensor => {
    const inside = within(x, low, high)
    const [below, above] = [tf.minimum(inside, top()), tf.maximum(inside, top())]
    const [c, up] = [tf.relu(shift()), tf.div(tf.sub(above, top()), scale)]
    const beyond = over(sideOf(tf.add(c, up), tf.sub(high, above), scale))
    return logSide(depth(c, up), beyond, over(sideOf(tf.relu(tf.neg(shift())), tf.sub(top(), below), scale)))
  }
  return fromFamily({
    family: "TruncatedNormal",
    shape,
    support: "interval",
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ loc, scale, low, high }),
    logDensity: (x) => {
      const fall = depth(shift(), tf.div(tf.sub(x, top()), scale))
      return densityBetween(tf.neg(tf.add(fall, tf.add(tf.log(scale), tf.log(total())))), x, low, high)
    },
    draw: (key, size) => icdf(uniform(key, size)),
    mean: () => tf.add(top(), tf.mul(scale, lean())),
    variance: () => {
      const center = column(lean())
      const below = over(left(), (s) => tf.square(tf.add(s, center)))
      const above = over(right(), (s) => tf.square(tf.sub(s, center)))
      return tf.mul(tf.square(scale), tf.div(tf.add(below, above), total()))
    },
    entropy: () => {
      const falls = [left(), right()].map((side) => over(side, (_, fall) => fall))
      return tf.add(tf.div(tf.addN(falls), total()), tf.add(tf.log(scale), tf.log(total())))
    },
    cdf: (x) => {
      const inside = within(x, low, high)
      const [below, above] = [tf.minimum(inside, top()), tf.maximum(inside, top())]
      const [c, down] = [tf.relu(tf.neg(shift())), tf.div(tf.sub(top(), below), scale)]
      // the probability left of x, and the probability between the top and x
      const tail = tf.mul(tf.exp(tf.neg(depth(c, down))), over(leftOf(below, tf.add(c, down))))
      return tf.div(tf.add(tail, over(rightTo(above, tf.relu(shift())))), total())
    },
    logCdf: (x) => exactLog(logLeft(x), logRight(x)),
    logSurvival: (x) => exactLog(logRight(x), logLeft(x)),
    icdf,
    icdfOfLogs: quantile,
    mode: top
  })
}
