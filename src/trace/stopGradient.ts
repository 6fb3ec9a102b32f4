import * as tf from "@tensorflow/tfjs"

/** The value of `x`, as a constant for gradients. Only while a program is recorded. */
export const stopGradient = (x: tf.Tensor): tf.Tensor => tf.engine().runKernel("StopGradient", { x })

/** Marks the draw of a site, so that a plan can find it in the graph. */
export const markSample = (x: tf.Tensor, site: string): tf.Tensor => tf.engine().runKernel("Sample", { x }, { site })

/** A site's draw as a constant for gradients. The mark shows a plan that the gradient stops at a draw. */
export const givenDraw = (x: tf.Tensor, site: string): tf.Tensor =>
  tf.engine().runKernel("StopGradient", { x }, { given: site })
