import * as tf from "@tensorflow/tfjs"
import type { Broadcasts, Joined } from "../ops/broadcast.ts"
import { type Operand, resultOf } from "../ops/Operand.ts"
import type { Unary } from "../ops/ofOne.ts"
import { sumTo } from "../sumTo.ts"
import { byPartials, runSpecial, type Special, vanishing } from "./Special.ts"

/**
 * log(eᵃ + eᵇ); −∞ if both are −∞.
 *
 * @example
 * ```ts
 * logaddexp(-20, -20) // => -19.3068528
 * ```
 */
export const logaddexp = <A extends Operand, B extends Operand>(a: A, b: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Logaddexp, [a, b]))

/**
 * log(1 − e⁻ˣ) for x > 0, exact for small x and for large (Mächler, "Accurately computing log(1 − exp(−|a|))", 2012).
 *
 * @example
 * ```ts
 * log1mexp(1e-6) // => -13.815511
 * ```
 */
export const log1mexp: Unary = (x) => resultOf(runSpecial(Log1mexp, [x]))

/**
 * The inverse softplus of y > 0: the x with log(1 + eˣ) = y, computed as y + log(1 − e⁻ʸ).
 *
 * @example
 * ```ts
 * softplusInverse(Math.LN2) // => 0
 * ```
 */
export const softplusInverse: Unary = (y) => resultOf(tf.add(y, log1mexp(y)))

/**
 * log(p/(1 − p)) for 0 < p < 1, exact on both sides of ½, too.
 *
 * @example
 * ```ts
 * logit(0.9) // => 2.1972246
 * ```
 */
export const logit: Unary = (p) => resultOf(runSpecial(Logit, [p]))

/**
 * x log y, and 0 at x = 0 for every y.
 *
 * @example
 * ```ts
 * xlogy(0, 0) // => 0
 * ```
 */
export const xlogy = <A extends Operand, B extends Operand>(x: A, y: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Xlogy, [x, y]))

/**
 * x log(1 + y), and 0 at x = 0 for every y.
 *
 * @example
 * ```ts
 * xlog1py(2, 1) // => 1.3862944
 * ```
 */
export const xlog1py = <A extends Operand, B extends Operand>(x: A, y: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Xlog1py, [x, y]))

const most = 3e38

/** a − b, also for infinite numbers: 0 if both are the same. */
const gap = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.sub(tf.clipByValue(a, -most, most), tf.clipByValue(b, -most, most))

export const Logaddexp: Special = {
  kernel: "Logaddexp",
  inputs: ["a", "b"],
  forward: ([a, b]) => {
    const [left, right] = [a as tf.Tensor, b as tf.Tensor]
    return tf.add(tf.maximum(left, right), tf.log1p(tf.exp(tf.neg(tf.abs(gap(left, right))))))
  },
  // a share of the sum, from the difference of both: exp(a − y) would have the rounding error of y, which is 1e-4 where y is −1500
  gradient: byPartials(([a, b], y) => {
    const some = tf.cast(tf.greater(y, Number.NEGATIVE_INFINITY), "float32")
    // a sigmoid of engines ends at 0 long before its digits do
    const share = (x: tf.Tensor, other: tf.Tensor) => (): tf.Tensor => {
      const difference = gap(x, other)
      const whole = tf.add(1, tf.exp(tf.neg(tf.abs(difference))))
      return tf.mul(some, tf.div(tf.exp(tf.minimum(difference, 0)), whole))
    }
    return [share(a as tf.Tensor, b as tf.Tensor), share(b as tf.Tensor, a as tf.Tensor)]
  })
}

export const Log1mexp: Special = {
  kernel: "Log1mexp",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    const small = tf.log(tf.neg(tf.expm1(tf.neg(tf.minimum(x, Math.LN2)))))
    return tf.where(tf.less(x, Math.LN2), small, tf.log1p(tf.neg(tf.exp(tf.neg(tf.maximum(x, Math.LN2))))))
  },
  gradient: vanishing(([x]) => tf.reciprocal(tf.expm1(x as tf.Tensor)))
}

export const Logit: Special = {
  kernel: "Logit",
  inputs: ["p"],
  forward: ([given]) => {
    const p = given as tf.Tensor
    const [low, high] = [tf.minimum(p, 0.25), tf.maximum(p, 0.25)]
    const tail = tf.sub(tf.log(low), tf.log1p(tf.neg(low)))
    const middle = tf.log1p(tf.div(tf.sub(tf.mul(high, 2), 1), tf.sub(1, high)))
    return tf.where(tf.less(p, 0.25), tail, middle)
  },
  gradient: vanishing(([p]) => tf.reciprocal(tf.mul(p as tf.Tensor, tf.sub(1, p as tf.Tensor))))
}

/** x f(y), and 0 at x = 0. If also f(y) = −∞, the gradient is 0 too. */
const times = (kernel: string, log: (y: tf.Tensor) => tf.Tensor, argument: (y: tf.Tensor) => tf.Tensor): Special => ({
  kernel,
  inputs: ["x", "y"],
  forward: ([x, y]) => {
    const none = tf.equal(x as tf.Tensor, 0)
    const value = log(tf.where(none, tf.onesLike(y as tf.Tensor), y as tf.Tensor))
    return tf.mul(x as tf.Tensor, value)
  },
  gradient: (dy, inputs) => {
    const [x, y] = inputs as [tf.Tensor, tf.Tensor]
    const none = (): tf.Tensor => tf.equal(x, 0)
    return [
      () => {
        const value = log(y)
        const known = tf.where(tf.logicalAnd(none(), tf.equal(argument(y), 0)), tf.zerosLike(value), value)
        return sumTo(tf.mul(dy, known), x.shape)
      },
      () => {
        const divisor = argument(y)
        const slope = tf.div(x, tf.where(none(), tf.onesLike(divisor), divisor))
        // an impossible value has the weight 0 in a sum over values, and the slope x/0: together they are 0, and not NaN
        return sumTo(tf.where(tf.equal(dy, 0), tf.zerosLike(dy), tf.mul(dy, slope)), y.shape)
      }
    ]
  }
})

export const Xlogy = times("Xlogy", tf.log, (y) => y)
export const Xlog1py = times("Xlog1py", tf.log1p, (y) => tf.add(y, 1))
