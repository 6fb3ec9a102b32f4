import * as tf from "@tensorflow/tfjs"
import { uniform } from "../../tensor/random.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { byOtherValues, type Estimator } from "./Estimator.ts"
import { spreadOver } from "./oneByOne.ts"

/**
 * ∇_α E[f(z)] for coins z of log odds α, from two evaluations of f at antithetic draws. With z = 1[u < σ(α)] and z̃ = 1[1 − u < σ(α)] the estimate is
 * ½ (f(z) − f(z̃)) (z − z̃) σ(|α|) for each coin, which is 0 where the two agree. It is what is left of ARM (Yin and Zhou 2019) when the continuous u is integrated out given the two
 * draws, so that its variance is never larger than ARM's; it does not grow with a constant that is added to f. Dong, Mnih and Tucker 2020 (DisARM), equation 8; Yin, Ho, Yan, Qian and
 * Zhou 2020 (U2G).
 */
export const disarm: Estimator<"score", "Bernoulli"> = {
  name: "DisARM",
  ability: "score",
  isFor: (family) => family === "Bernoulli",
  detached: true,
  readsParameters: true,
  applies: (facts) =>
    byOtherValues("DisARM", ["Bernoulli"], "the difference of the loss at two antithetic draws", facts),
  control: () => undefined,
  surrogate: ({ cost, others: { drawn, parameter, costAt, key } }) => {
    const logits = spreadOver(parameter("logits"), drawn.shape)
    const yes = tf.sigmoid(logits)
    // u given the draw: below the probability of 1 where the draw is 1, above it elsewhere
    const v = uniform(key("antithetic"), drawn.shape)
    const u = tf.add(tf.mul(drawn, tf.mul(v, yes)), tf.mul(tf.sub(1, drawn), tf.add(yes, tf.mul(v, tf.sub(1, yes)))))
    const antithetic = tf.cast(tf.less(tf.sub(1, u), yes), "float32")
    const difference = tf.mul(tf.sub(cost, costAt(antithetic)), tf.sub(drawn, antithetic))
    return tf.mul(stopGradient(tf.mul(0.5, tf.mul(difference, tf.sigmoid(tf.abs(logits))))), logits)
  }
}
