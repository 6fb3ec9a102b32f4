import * as tf from "@tensorflow/tfjs"
import type { Param, Tensor } from "../../tensor/Tensor.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { lengthOf } from "../transform/lastAxis.ts"
import { type Flow, flow } from "./flow.ts"

const constraints = { center: "real", alpha: "positive", beta: "real" } as const

/**
 * y = x + β̂(x − c)/(α + r) with r = |x − c|, which moves points around a centre (Rezende and Mohamed 2015, equation 14): log|det J| = (n − 1) log(1
 * + β̂/(α + r)) + log(1 + α·β̂/(α + r)²), where β̂ = log(1 + exp β) − α > −α keeps the flow invertible (their appendix A). The distance of y solves a
 * quadratic equation, so that the inverse is exact.
 *
 * @param center vector of n numbers
 * @param alpha a number above 0, beta a number
 * @throws SupportViolation when alpha is a number not above 0
 */
export const radial = <const N extends number>({
  center,
  alpha,
  beta
}: {
  readonly center: Tensor<readonly [N]>
  readonly alpha: Param<readonly []>
  readonly beta: Param<readonly []>
}): Flow<"radial(…)"> => {
  const parameterShape = shapeOfParameters("radial", constraints, { center, alpha, beta })
  /** α + β̂ */
  const room = (): tf.Tensor => tf.softplus(beta)
  const distance = (x: tf.Tensor): tf.Tensor =>
    // the tiny number makes the gradient 0 at the center itself, where that of the root alone is NaN
    tf.sqrt(tf.add(tf.sum(tf.square(tf.sub(x, center)), -1, true), 1e-30))
  return flow("radial(…)", {
    parameterShape,
    forward: (x) => {
      const r = distance(x)
      return tf.add(center, tf.mul(tf.sub(x, center), tf.div(tf.add(r, room()), tf.add(r, alpha))))
    },
    inverse: (y) => {
      const s = distance(y)
      // r² − q·r − s·α = 0, with the solution written as a sum of positive numbers
      const q = tf.sub(s, room())
      const area = tf.mul(s, alpha)
      const larger = tf.mul(0.5, tf.add(tf.abs(q), tf.sqrt(tf.add(tf.square(q), tf.mul(4, area)))))
      const r = tf.add(tf.relu(q), tf.div(area, larger))
      return tf.add(center, tf.mul(tf.sub(y, center), tf.div(tf.add(r, alpha), tf.add(r, room()))))
    },
    logDetJacobian: (x) => {
      const r = distance(x)
      const outer = tf.add(r, alpha)
      const across = tf.log(tf.div(tf.add(r, room()), outer))
      // 1 + α·β̂/(α + r)² as a quotient of positive numbers
      const numerator = tf.add(tf.mul(r, tf.add(r, tf.mul(2, alpha))), tf.mul(alpha, room()))
      const outward = tf.sub(tf.log(numerator), tf.mul(2, tf.log(outer)))
      return tf.squeeze(tf.add(tf.mul(lengthOf(x) - 1, across), outward), [x.rank - 1])
    }
  })
}
