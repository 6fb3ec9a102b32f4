import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * The numbers of `value` with the gradient of `path`: for draws whose derivative is known but is not that of the way in which they were made.
 * Shapes broadcast. The ways to say so differ in what a plan may rely on:
 * `withGradient` claims that the gradient of `path` is that of the draw, as implicit reparameterization does;
 * `withPeriodicGradient` claims it for the draw of a site that is read with its period alone, such as an angle brought back into [−π, π];
 * `withBiasedGradient` makes no such claim, and a jump between a parameter and `value` stays one.
 */
export const withGradient = (value: tf.Tensor, path: tf.Tensor | number): tf.Tensor =>
  runSpecial(WithGradient, [value, path], { exact: true })

export const withPeriodicGradient = (value: tf.Tensor, path: tf.Tensor): tf.Tensor =>
  runSpecial(WithGradient, [value, path], { exact: "under its period" })

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
