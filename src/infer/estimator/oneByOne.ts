import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { OtherValues } from "./Estimator.ts"

/**
 * For each of some values of the draw's shape: the cost if one number of the draw were that of the value, and the others as they are; one cost for each number. All are read at once, along one axis of
 * the graph.
 */
export const oneByOne = <K extends string>(
  { drawn, costsAt }: OtherValues,
  values: Readonly<Record<K, tf.Tensor>>
): ((name: K) => tf.Tensor) => {
  const size = sizeOf(drawn.shape)
  const own = tf.cast(tf.eye(size), "bool")
  const rows = (value: tf.Tensor): tf.Tensor => tf.add(tf.zeros([size, size]), tf.reshape(value, [1, size]))
  const names = Object.keys(values)
  const replaced = Object.values<tf.Tensor>(values).map((value) => tf.where(own, rows(value), rows(drawn)))
  const costs = costsAt(tf.reshape(tf.concat(replaced), [names.length * size, ...drawn.shape]))
  return (name) => tf.reshape(tf.slice(costs, [names.indexOf(name) * size], [size]), drawn.shape)
}

/** A parameter for each number of a draw: one that several numbers share is repeated. */
export const spreadOver = (parameter: tf.Tensor, shape: Shape): tf.Tensor => tf.add(parameter, tf.zeros([...shape]))
