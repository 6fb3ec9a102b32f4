import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "./closeDeviance.ts"
import { digammaGap, digammaGapSlope, logMinusDigammaNext, stirlingOf } from "./gamma.ts"
import { lgammaGap, restCurve } from "./lgammaGap.ts"
import { logQuotient } from "./logQuotient.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * The remainder of Stirling's formula, Γ(x + 1) = xˣ e⁻ˣ root eˢ for x ≥ 0, where root is √x for x ≥ 1 and 1 below, and s lies between 0 and 1.
 * `share` is x/root, so that Γ(x) = xˣ e⁻ˣ eˢ/share. They normalise densities whose factor xˣ e⁻ˣ is part of a deviance.
 */
export const stirling = (
  x: tf.Tensor | number
): { readonly s: tf.Tensor; readonly root: tf.Tensor; readonly share: tf.Tensor } => {
  const root = tf.sqrt(tf.maximum(x, 1))
  return { s: runSpecial(Stirling, [x]), root, share: tf.div(x, root) }
}

/** below this x, xˣ is 1 in float32 */
const least = 1e-30

export const Stirling: Special = {
  kernel: "Stirling",
  inputs: ["x"],
  forward: ([x]) => stirlingOf(tf.maximum(x as tf.Tensor, least)).log,
  /** ψ(x + 1) − log x, and from 1 on less ½/x */
  gradient: byPartials(([given]) => [
    () => {
      const x = tf.maximum(given as tf.Tensor, least)
      const ofRoot = tf.mul(tf.cast(tf.greaterEqual(x, 1), "float32"), tf.div(0.5, x))
      return tf.neg(tf.add(logMinusDigammaNext(x), ofRoot))
    }
  ])
}

/**
 * log Γ(c) − log Γ(a) − (c − a) ψ(a) − D(c, a) ≥ 0 for a, c > 0, with the deviance D(c, a) = c log(c/a) + a − c: the distance at c of log Γ(x) − x
 * log x + x from its tangent at a. Divergences of gamma, beta and similar distributions are sums of deviances of their means and of this, which is
 * small if the deviances are large.
 */
export const stirlingGap = (a: tf.Tensor | number, c: tf.Tensor | number): tf.Tensor => runSpecial(StirlingGap, [a, c])

export const StirlingGap: Special = {
  kernel: "StirlingGap",
  inputs: ["a", "c"],
  forward: (inputs) => {
    const [a, c] = inputs as [tf.Tensor, tf.Tensor]
    const step = tf.sub(c, a)
    /** from 8 on the function is ½ log 2π − ½ log x + 1/12x − … */
    const [bigA, bigC] = [tf.maximum(a, 8), tf.maximum(c, 8)]
    const part = tf.div(tf.sub(bigC, bigA), bigA)
    const ofLogs = tf.mul(0.5, closeDeviance(1, tf.div(bigC, bigA), part))
    const large = tf.add(ofLogs, tf.mul(tf.square(part), restCurve(tf.reciprocal(bigA), tf.reciprocal(bigC))))
    const near = tf.sub(lgammaGap(a, c), closeDeviance(c, a, tf.neg(step)))
    const [ofA, ofC] = [stirling(a), stirling(c)]
    const far = tf.add(tf.add(tf.sub(ofC.s, ofA.s), logQuotient(ofA.share, ofC.share)), tf.mul(step, digammaGap(a)))
    const ratio = tf.div(c, a)
    const small = tf.where(tf.logicalAnd(tf.greater(ratio, 0.5), tf.less(ratio, 2)), near, far)
    return tf.where(tf.logicalAnd(tf.greaterEqual(a, 8), tf.greaterEqual(c, 8)), large, small)
  },
  gradient: byPartials((inputs) => {
    const [a, c] = inputs as [tf.Tensor, tf.Tensor]
    return [() => tf.mul(tf.sub(c, a), digammaGapSlope(a)), () => tf.sub(digammaGap(a), digammaGap(c))]
  })
}
