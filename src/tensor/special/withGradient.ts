import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * The numbers of `value` with the gradient of `path`. It is for draws with a known derivative that differs from that of the computation of `value`.
 * Shapes broadcast. The two functions make different claims to a plan: `withGradient` claims that the gradient of `path` is that of the draw, as
 * implicit reparameterization does; `withBiasedGradient` makes no such claim, so a jump between a parameter and `value` still counts as a jump.
 */
export const withGradient = (value: tf.Tensor, path: tf.Tensor | number): tf.Tensor =>
  runSpecial(WithGradient, [value, path], { exact: true })

export const withBiasedGradient = (value: tf.Tensor, path: tf.Tensor): tf.Tensor =>
  runSpecial(WithGradient, [value, path], { exact: false })

/** The numbers of `x`, with no gradient. */
export const constantOf = (x: tf.Tensor): tf.Tensor => withGradient(x, 0)

export const WithGradient: Special = {
  kernel: "WithGradient",
  inputs: ["value", "path"],
  forward: ([value, path]) => tf.add(value as tf.Tensor, tf.zerosLike(path as tf.Tensor)),
  gradient: byPartials(([value, path]) => [
    () => tf.zerosLike(value as tf.Tensor),
    () => tf.onesLike(path as tf.Tensor)
  ])
}
