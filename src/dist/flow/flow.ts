import * as tf from "@tensorflow/tfjs"
import { type Formulas, type Transform, transform } from "../transform/Transform.ts"

/** A bijection of vectors of real numbers whose parameters are learned. */
export type Flow<N extends string = string> = Transform<"real", "real", N, "same", undefined>

type Written = Pick<
  Formulas,
  "forward" | "inverse" | "logDetJacobian" | "forwardAndLogDet" | "inverseAndLogDet" | "parameterShape"
>

export const flow = <const N extends string>(name: N, formulas: Written): Flow<N> =>
  transform({
    ...formulas,
    name,
    domain: "real",
    codomain: "real",
    eventRanks: [1, 1],
    shapes: "same",
    direction: undefined
  })

/** A flow from functions of ONE vector, such as nets. Over leading dimensions the functions are applied to each vector. */
export const flowOfVectors = <const N extends string>(
  name: N,
  one: {
    readonly forward: (x: tf.Tensor) => readonly [y: tf.Tensor, logDet: tf.Tensor]
    readonly inverse: (y: tf.Tensor) => readonly [x: tf.Tensor, logDet: tf.Tensor]
  }
): Flow<N> => {
  const each = (f: typeof one.forward, x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] => {
    if (x.rank === 1) return f(x)
    const [lead, n] = [x.shape.slice(0, -1), x.shape.at(-1) ?? 1]
    const results = tf.unstack(tf.reshape(x, [-1, n])).map(f)
    return [
      tf.reshape(tf.stack(results.map(([value]) => value)), [...lead, n]),
      tf.reshape(tf.stack(results.map(([, logDet]) => logDet)), lead)
    ]
  }
  return flow(name, {
    forward: (x) => each(one.forward, x)[0],
    inverse: (y) => each(one.inverse, y)[0],
    logDetJacobian: (x) => each(one.forward, x)[1],
    forwardAndLogDet: (x) => each(one.forward, x),
    inverseAndLogDet: (y) => each(one.inverse, y)
  })
}
