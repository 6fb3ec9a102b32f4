import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { uniform } from "../../tensor/random.ts"
import { logit } from "../../tensor/special/logs.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { byOtherValues, type Estimator, no, type OtherValues } from "./Estimator.ts"
import { spreadOver } from "./oneByOne.ts"
import { runningBaseline } from "./score.ts"

/** The relaxed draw of REBAR, and how much of it is used. */
export interface RebarOptions {
  /** above 0: a low one is closer to the hard draw, and its path varies more (0.5) */
  readonly temperature?: number
  /** by what the loss at the relaxed draw is multiplied: 0 is the plain score function (1) */
  readonly scale?: number
}

/**
 * ∇E_q[f(z)] for coins and one-hot labels z, whose control variate is f at a relaxed draw. With z = H(w), w the log odds (or log probabilities) plus noise, w̃ the same given z, and r = σ(w/λ), the estimate is
 * (f(z) − η f(r̃))·∇log q(z) + η (∇f(r) − ∇f(r̃)): what is taken off the score function comes back along the path of the relaxed draw, so that it is unbiased for any scale η and temperature λ. f must
 * be smooth between the values of z. Its variance is low where f at r̃ is close to f at z; the running mean of what is left is a baseline beside it. w and w̃ have the same noise and the same value, so that f is read once more, not twice. Tucker,
 * Mnih, Maddison, Lawson and Sohl-Dickstein 2017, equation 6 and appendix C. λ and η are fixed here.
 *
 * @throws InvalidOption for a temperature that is not above 0, or a scale that is not finite
 * @example
 * ```ts
 * const options = { estimators: { z: rebar({ temperature: 0.3 }) } }
 * ```
 */
export const rebar = ({
  temperature = 0.5,
  scale = 1
}: RebarOptions = {}): Estimator<"score", "Bernoulli" | "OneHotCategorical"> => {
  if (!(Number.isFinite(temperature) && temperature > 0))
    throw new InvalidOption({ option: "temperature", value: String(temperature), expected: "a number above 0" })
  if (!Number.isFinite(scale))
    throw new InvalidOption({ option: "scale", value: String(scale), expected: "a finite number" })
  return {
    name: "REBAR",
    ability: "score",
    isFor: (family) => Object.hasOwn(relaxations, family),
    detached: true,
    readsParameters: true,
    applies: (facts) => {
      const verdict = byOtherValues(
        "REBAR",
        Object.keys(relaxations),
        "the score function, less its relaxed twin, which comes back along a path",
        facts
      )
      const between = verdict.applies ? facts.between() : undefined
      return between === undefined ? verdict : no(`REBAR reads the loss between the values of a draw: ${between}`)
    },
    control: () => "running baseline",
    surrogate: ({ family, logQ, cost, carried, others }) => {
      const relaxed = relaxations[family]?.(others, temperature)
      if (relaxed === undefined) return undefined
      const { parts, total } = others.costAlong(relaxed)
      const rest = tf.sub(cost, tf.mul(scale, parts))
      const scored = tf.mul(stopGradient(tf.sub(rest, runningBaseline({ cost: rest, carried }))), logQ)
      return tf.add(tf.sum(scored), tf.mul(scale, total))
    }
  }
}

/** A draw at w̃, whose gradient is that of the draw at w less that of the draw at w̃. */
const atBoth = (free: tf.Tensor, given: tf.Tensor): tf.Tensor => {
  const difference = tf.sub(free, given)
  return tf.add(stopGradient(given), tf.sub(difference, stopGradient(difference)))
}

const relaxations: Readonly<Record<string, (others: OtherValues, temperature: number) => tf.Tensor>> = {
  Bernoulli: ({ drawn, parameter, key }, temperature) => {
    const logits = spreadOver(parameter("logits"), drawn.shape)
    const side = tf.sub(tf.mul(2, drawn), 1)
    // the logistic noise that log odds of the sign of the draw have left over
    const noise = logit(uniform(key("relaxed"), drawn.shape))
    const given = tf.mul(side, tf.softplus(tf.add(noise, tf.softplus(tf.mul(side, logits)))))
    return tf.sigmoid(tf.div(atBoth(logits, given), temperature))
  },
  OneHotCategorical: ({ drawn, parameter, key }, temperature) => {
    const logProbs = spreadOver(parameter("logProbs"), drawn.shape)
    const waits = tf.neg(tf.log(uniform(key("relaxed"), drawn.shape)))
    // the label that is drawn has the shortest wait, which is that of all of them together; the others wait longer
    const shortest = tf.log(tf.sum(tf.mul(drawn, waits), -1, true))
    const longer = tf.softplus(tf.sub(tf.sub(tf.log(waits), shortest), logProbs))
    const given = tf.neg(tf.add(shortest, tf.mul(tf.sub(1, drawn), longer)))
    return tf.softmax(tf.div(atBoth(logProbs, given), temperature), -1)
  }
}
