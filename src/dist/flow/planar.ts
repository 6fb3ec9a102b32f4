import * as tf from "@tensorflow/tfjs"
import type { Param, Tensor } from "../../tensor/Tensor.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { sumLast } from "../transform/lastAxis.ts"
import { type Flow, flow } from "./flow.ts"

/**
 * y = x + û·tanh(w·x + b), which moves points around a plane: log|det J| = log(1 + û·w·(1 − tanh²)) (Rezende and Mohamed 2015, equations 10–12). û is
 * u plus a multiple of w such that û·w = log(1 + exp(u·w)) − 1 > −1, which keeps the flow invertible (their appendix A). The inverse solves an
 * equation in one unknown by Newton's method. A draw with its log density needs no inverse.
 *
 * @param w, u vectors of n numbers, w other than 0
 * @param b a number
 * @throws ShapeMismatch when w and u differ in length
 */
export const planar = <const N extends number>({
  w,
  u,
  b
}: {
  readonly w: Tensor<readonly [N]>
  readonly u: Tensor<readonly [N]>
  readonly b: Param<readonly []>
}): Flow<"planar(…)"> => {
  const parameterShape = shapeOfParameters("planar", { w: "real", u: "real", b: "real" }, { w, u, b })
  /** log(1 + exp(u·w)), which is 1 + û·w */
  const room = (): tf.Tensor => tf.softplus(tf.sum(tf.mul(u, w)))
  const direction = (): tf.Tensor => {
    const excess = tf.sub(tf.sub(room(), 1), tf.sum(tf.mul(u, w)))
    return tf.add(u, tf.mul(w, tf.div(excess, tf.sum(tf.square(w)))))
  }
  const level = (x: tf.Tensor): tf.Tensor => tf.add(sumLast(tf.mul(x, w)), b)
  const along = (height: tf.Tensor): tf.Tensor => tf.mul(tf.expandDims(height, height.rank), direction())
  return flow("planar(…)", {
    parameterShape,
    forward: (x) => tf.add(x, along(tf.tanh(level(x)))),
    inverse: (y) => tf.sub(y, along(tf.tanh(solve(tf.sub(room(), 1), level(y))))),
    logDetJacobian: (x) => {
      const square = tf.square(tf.tanh(level(x)))
      return tf.log(tf.add(square, tf.mul(room(), tf.sub(1, square))))
    }
  })
}

/**
 * The t with t + c·tanh t = r, for c > −1. The left side is an odd function, and on each side of 0 it is convex or concave. So Newton's method from 0
 * approaches the root from one side. In the slowest case, a triple root as c → −1, each iteration reduces the error by a third.
 */
const solve = (c: tf.Tensor, r: tf.Tensor): tf.Tensor => {
  let t: tf.Tensor = tf.zerosLike(r)
  for (let i = 0; i < 24; i++) {
    const height = tf.tanh(t)
    const slope = tf.add(1, tf.mul(c, tf.sub(1, tf.square(height))))
    t = tf.add(t, tf.div(tf.sub(tf.sub(r, t), tf.mul(c, height)), slope))
  }
  return t
}
