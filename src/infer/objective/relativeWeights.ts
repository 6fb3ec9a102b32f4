import * as tf from "@tensorflow/tfjs"
import { logMeanExpOver, meanOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"

/** Each particle's weight over the mean weight, wₖ / mean w, as a constant: its mean over the particles is 1. */
export const relativeWeight = (logWeight: tf.Tensor): tf.Tensor =>
  stopGradient(tf.exp(tf.sub(logWeight, logMeanExpOver(logWeight, particleAxis))))

/** A number with the value 0 and the gradient of `x`. */
export const gradientOnly = (x: tf.Tensor): tf.Tensor => tf.sub(x, stopGradient(x))

/** −Σₖ w̄ₖ log q(zₖ), the cross-entropy of the guide to draws by their normalised weights w̄. */
export const crossEntropy = (logWeight: tf.Tensor, logQ: tf.Tensor): tf.Tensor =>
  tf.neg(meanOver(tf.mul(relativeWeight(logWeight), logQ), particleAxis))
