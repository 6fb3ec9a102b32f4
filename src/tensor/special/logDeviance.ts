import * as tf from "@tensorflow/tfjs"
import { logCurve } from "./quadrature.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/**
 * D(x, m) = x log(x/m) + m − x for x ≥ 0, half the deviance of a count from its mean. Given are log m, so that m may be outside of the range of
 * float32, and d = m − x, more exactly than from x and m.
 *
 * For differentiation it is a function of x and log m; its derivative by log m is d. At x = 0 it equals d, and is a function of d.
 */
export const logDeviance = (x: Value, logM: Value, d: Value): tf.Tensor => runSpecial(LogDeviance, [x, logM, d])

const least = 1e-37
const most = 3e38

export const LogDeviance: Special = {
  kernel: "LogDeviance",
  inputs: ["x", "logM", "d"],
  forward: (inputs) => {
    const { x, d, small, isSmall, logRatio } = partsOf(inputs)
    const far = tf.sub(d, tf.mul(x, logRatio))
    const near = tf.mul(tf.mul(d, small), logCurve(small))
    return tf.where(tf.lessEqual(x, 0), d, tf.where(isSmall, near, far))
  },
  gradient: byPartials((inputs) => {
    const { x, d, small, isSmall, logRatio } = partsOf(inputs)
    const none = tf.zerosLike(d)
    const isNone = tf.lessEqual(x, 0)
    const rise = tf.where(isSmall, tf.log1p(small), logRatio)
    return [
      () => tf.where(isNone, none, tf.neg(rise)),
      () => tf.where(isNone, none, d),
      () => tf.cast(isNone, "float32")
    ]
  })
}

/** The inputs in one shape, d/x clipped to the range in which log(m/x) is computed by a series, and log(m/x) from the logarithms. */
const partsOf = (inputs: ReadonlyArray<tf.Tensor>) => {
  const none = inputs.reduce((shape, each) => tf.add(shape, tf.zerosLike(each)), tf.scalar(0))
  const [x, logM, gap] = inputs.map((each) => tf.add(each, none)) as [tf.Tensor, tf.Tensor, tf.Tensor]
  const d = tf.clipByValue(gap, -most, most)
  const w = tf.div(d, tf.maximum(x, 1e-18))
  const small = tf.clipByValue(w, -0.5, 1)
  return { x, d, small, isSmall: tf.equal(w, small), logRatio: tf.sub(logM, tf.log(tf.maximum(x, least))) }
}
