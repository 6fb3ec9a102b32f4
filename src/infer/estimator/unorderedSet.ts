import * as tf from "@tensorflow/tfjs"
import { categorical } from "../../tensor/draws/categorical.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { byOtherValues, type Estimator } from "./Estimator.ts"
import { oneByOne } from "./oneByOne.ts"

/**
 * ∇E_q[f(z)] for labels z, from the set of two that are drawn without replacement: for {a, b} the estimate is (f(a) − f(b)) (∇log q(a) − ∇log q(b)) / (1/(1 − q(a)) + 1/(1 − q(b))). It is
 * the mean of the leave-one-out estimate over both orders in which the set may have been drawn, so its variance is never larger than that of the ordered one; two equal labels, which say nothing, are never drawn.
 * Each label of a draw has a set of its own, with the others as they are drawn: one evaluation of f for each label. Kool, van Hoof and Welling 2020, equations 13 and 16, for a set of two.
 */
export const unorderedSet: Estimator<"score", "Categorical"> = {
  name: "unordered set",
  ability: "score",
  isFor: (family) => family === "Categorical",
  detached: true,
  readsParameters: true,
  applies: (facts) =>
    byOtherValues(
      "unordered set",
      ["Categorical"],
      "the difference of the loss at two labels without replacement",
      facts
    ),
  control: () => undefined,
  surrogate: ({ others }) => {
    const { drawn, total, parameter, key } = others
    const logProbs = parameter("logProbs")
    const labels = logProbs.shape.at(-1) ?? 1
    const isLabel = (label: tf.Tensor): tf.Tensor => tf.greater(tf.oneHot(tf.cast(label, "int32"), labels), 0.5)
    const impossible = tf.fill(logProbs.shape, Number.NEGATIVE_INFINITY)
    const without = tf.where(isLabel(drawn), impossible, stopGradient(logProbs))
    const second = categorical(key("second"), without, drawn.shape)
    const other = oneByOne(others, { other: second })("other")
    const of = (label: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.sum(tf.where(isLabel(label), x, tf.zerosLike(x)), -1)
    const inverse = (label: tf.Tensor): tf.Tensor => tf.div(1, tf.sub(1, of(label, tf.exp(logProbs))))
    const weight = tf.div(tf.sub(total, other), tf.add(inverse(drawn), inverse(second)))
    return tf.mul(stopGradient(weight), tf.sub(of(drawn, logProbs), of(second, logProbs)))
  }
}
