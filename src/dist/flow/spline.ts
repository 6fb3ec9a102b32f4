import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { least as smallest } from "../formula/inside.ts"
import { logOfPositive } from "../formula/logOfPositive.ts"
import { type Elementwise, elementwise } from "../transform/elementwise.ts"
import { cut, lengthOf, sumLast, sumsBefore } from "../transform/lastAxis.ts"

/** The smallest width of a bin, as a fraction of the whole, and the smallest slope (the numbers of the paper's own code). */
const least = 1e-3

/**
 * A monotone rational-quadratic spline on [−bound, bound], and the identity outside (Gregory and Delbourgo 1982; Durkan, Bekasov, Murray and
 * Papamakarios 2019, equations 4–8 and 29). It is computed as a sum of the contributions of all bins, without a search for the bin of x. So value and
 * slope are continuous in every parameter.
 *
 * @param parameters `[…, 3K − 1]` real numbers for K bins: K logits of the widths, K of the heights, and K − 1 of the slopes between them. If all are
 *   0 the spline is the identity. Leading dimensions are those of the value.
 * @throws ShapeMismatch when the last dimension is not 3K − 1
 * @example
 * ```ts
 * Flow.spline(tf.zeros([8]), { bound: 3 }).forward(tf.scalar(1.25)) // => 1.25
 * ```
 */
export const spline = (
  parameters: tf.Tensor,
  { bound }: { readonly bound: number }
): Elementwise<"real", "real", "spline(…)", "increasing"> => {
  const count = lengthOf(parameters)
  const bins = (count + 1) / 3
  if (!Number.isInteger(bins) || parameters.rank === 0) {
    const advice = "Give 3K − 1 numbers for K bins."
    const expected = [...parameters.shape.slice(0, -1), 3 * Math.ceil(bins) - 1]
    throw new ShapeMismatch({ site: undefined, where: "spline(…)", expected, actual: parameters.shape, advice })
  }
  const knots = (): Knots => {
    const widths = parts(cut(parameters, 0, bins), bound)
    const heights = parts(cut(parameters, bins, bins), bound)
    const inner = bins === 1 ? undefined : slopes(cut(parameters, 2 * bins, bins - 1))
    const one = tf.ones([...parameters.shape.slice(0, -1), 1])
    const axis = parameters.rank - 1
    return {
      widths,
      heights,
      lefts: tf.sub(sumsBefore(widths), bound),
      bottoms: tf.sub(sumsBefore(heights), bound),
      before: inner === undefined ? one : tf.concat([one, inner], axis),
      after: inner === undefined ? one : tf.concat([inner, one], axis),
      steepness: tf.div(heights, widths)
    }
  }
  return elementwise({
    name: "spline(…)",
    domain: "real",
    codomain: "real",
    direction: "increasing",
    parameterShape: parameters.shape.slice(0, -1),
    forward: (x) => {
      const all = knots()
      return addedUp(x, bound, tf.mul(all.heights, risen(all, share(x, all.lefts, all.widths))))
    },
    inverse: (y) => {
      const all = knots()
      return addedUp(y, bound, tf.mul(all.widths, passed(all, share(y, all.bottoms, all.heights))))
    },
    logSlope: (x) => {
      const all = knots()
      return sumLast(logBend(all, share(x, all.lefts, all.widths)))
    }
  })
}

/** All of the bins, along the last axis. */
interface Knots {
  readonly widths: tf.Tensor
  readonly heights: tf.Tensor
  /** the starts of the bins, on both axes */
  readonly lefts: tf.Tensor
  readonly bottoms: tf.Tensor
  /** the slopes at the start and at the end of a bin */
  readonly before: tf.Tensor
  readonly after: tf.Tensor
  /** height over width */
  readonly steepness: tf.Tensor
}

/** The lengths of the parts of [−bound, bound], each at least `least` times the whole length. */
const parts = (logits: tf.Tensor, bound: number): tf.Tensor => {
  const free = 1 - least * lengthOf(logits)
  return tf.mul(2 * bound, tf.add(least, tf.mul(free, tf.softmax(logits))))
}

/** Slopes above `least` from real numbers; 0 gives the slope 1. */
const slopes = (x: tf.Tensor): tf.Tensor => tf.add(least, tf.softplus(tf.add(x, Math.log(Math.expm1(1 - least)))))

/** The fraction of each bin that lies below x: 1 for bins below x, 0 for bins above it. */
const share = (x: tf.Tensor, starts: tf.Tensor, lengths: tf.Tensor): tf.Tensor =>
  tf.clipByValue(tf.div(tf.sub(tf.expandDims(x, x.rank), starts), lengths), 0, 1)

/** The sum of −bound, the contribution of each bin, and the identity before the first bin and after the last one. */
const addedUp = (x: tf.Tensor, bound: number, increments: tf.Tensor): tf.Tensor => {
  const outside = tf.add(tf.minimum(tf.add(x, bound), 0), tf.maximum(tf.sub(x, bound), 0))
  return tf.add(tf.sub(sumLast(increments), bound), outside)
}

/** d₀ + d₁ − 2s */
const bend = ({ before, after, steepness }: Knots): tf.Tensor => tf.sub(tf.add(before, after), tf.mul(2, steepness))

const both = (share: tf.Tensor): tf.Tensor => tf.mul(share, tf.sub(1, share))

/** Marks a number that is positive by construction, although its computed range does not show it. */
const aboveZero = (x: tf.Tensor): tf.Tensor => tf.maximum(x, smallest)

/** The fraction of a bin's height at a fraction ξ of its width: (sξ² + d₀ξ(1 − ξ)) / (s + (d₀ + d₁ − 2s)ξ(1 − ξ)). */
const risen = (knots: Knots, share: tf.Tensor): tf.Tensor => {
  const { before, steepness } = knots
  const rise = tf.add(tf.mul(steepness, tf.square(share)), tf.mul(before, both(share)))
  return tf.div(rise, aboveZero(tf.add(steepness, tf.mul(bend(knots), both(share)))))
}

/** The fraction of a bin's width at a fraction of its height: the root of a quadratic equation. */
const passed = (knots: Knots, share: tf.Tensor): tf.Tensor => {
  const { before, steepness } = knots
  const curved = tf.mul(share, bend(knots))
  const a = tf.add(tf.sub(steepness, before), curved)
  const b = tf.sub(before, curved)
  const c = tf.mul(steepness, share)
  const root = tf.sqrt(tf.add(tf.square(b), tf.mul(4, tf.mul(a, c))))
  return tf.div(tf.mul(2, c), aboveZero(tf.add(b, root)))
}

/**
 * The increase of the log slope from the start of a bin to a fraction ξ of its width. Slopes are equal where bins meet, and the first is 1, so the
 * sum over bins is the log slope.
 */
const logBend = (knots: Knots, share: tf.Tensor): tf.Tensor => {
  const { before, after, steepness } = knots
  const left = tf.sub(1, share)
  const slope = tf.add(
    tf.add(tf.mul(after, tf.square(share)), tf.mul(2, tf.mul(steepness, both(share)))),
    tf.mul(before, tf.square(left))
  )
  const divisor = tf.add(1, tf.mul(tf.div(bend(knots), steepness), both(share)))
  return tf.sub(tf.sub(logOfPositive(slope), tf.log(before)), tf.mul(2, logOfPositive(divisor)))
}
