import * as tf from "@tensorflow/tfjs"
import { logMinusDigammaNext, stirlingOf } from "./gamma.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * What Stirling's formula leaves of Γ(x + 1) = xˣ e⁻ˣ root eˢ for x ≥ 0, where root is √x from 1 on, and 1 below, and s lies between 0 and 1. `share` is
 * x/root, so that Γ(x) = xˣ e⁻ˣ eˢ/share. Densities whose xˣ e⁻ˣ has gone into a deviance are normalised by these.
 */
export const stirling = (
  x: tf.Tensor | number
): { readonly s: tf.Tensor; readonly root: tf.Tensor; readonly share: tf.Tensor } => {
  const root = tf.sqrt(tf.maximum(x, 1))
  return { s: runSpecial(Stirling, [x]), root, share: tf.div(x, root) }
}

/** below it xˣ is 1 in float32 */
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
