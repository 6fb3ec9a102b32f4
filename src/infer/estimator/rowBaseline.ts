import * as tf from "@tensorflow/tfjs"
import { fill } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Estimand } from "./Estimator.ts"

/**
 * The cost to expect at a row before its draw: a regression of the cost on features of the row's data. Features are a layer of a net whose weights stay at random numbers (Rahimi and Recht 2008); the weights
 * of the last layer solve the normal equations of ridge regression, A w = c, where A and c are running means of products of features, and of features and costs. Each step takes one step of
 * conjugate gradients toward the solution, which moves slowly. So no unit and no learning rate counts. With the feature 1 alone it would be a running mean.
 */
export const rowBaseline = ({ cost, row, carried }: Pick<Estimand, "cost" | "row" | "carried">): tf.Tensor => {
  const features = featuresOf(row())
  const costs = sizeOf(cost.shape)
  const state = carried([count, count + 3 * costs], (before, { particles, rows }) => {
    const { products, response, weights, direction } = parts(before, costs)
    const mean = (last: tf.Tensor, now: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(1 - rate, last), tf.mul(rate, rows(tf.matMul(features, now, true))))
    const [nextProducts, nextResponse] = [
      mean(products, features),
      mean(response, tf.reshape(particles(cost), [1, costs]))
    ]
    const times = (x: tf.Tensor): tf.Tensor => tf.add(tf.matMul(nextProducts, x), tf.mul(ridge, x))
    const residual = tf.sub(nextResponse, times(weights))
    const along = times(direction)
    const conjugate = tf.sub(residual, tf.mul(ratio(residual, along, direction, along), direction))
    const step = ratio(residual, conjugate, conjugate, times(conjugate))
    return tf.concat([nextProducts, nextResponse, tf.add(weights, tf.mul(step, conjugate)), conjugate], 1)
  })
  return tf.reshape(tf.matMul(features, parts(state, costs).weights), cost.shape)
}

const width = 32
const count = width + 1
const [rate, ridge] = [0.005, 1e-3]

interface Regression {
  readonly products: tf.Tensor
  readonly response: tf.Tensor
  readonly weights: tf.Tensor
  readonly direction: tf.Tensor
}

const parts = (state: tf.Tensor, costs: number): Regression => {
  const from = (column: number, columns: number): tf.Tensor => tf.slice(state, [0, column], [count, columns])
  return {
    products: from(0, count),
    response: from(count, costs),
    weights: from(count + costs, costs),
    direction: from(count + 2 * costs, costs)
  }
}

/** a·b / c·d of each column, 0 where both are 0 */
const ratio = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor): tf.Tensor =>
  tf.div(tf.sum(tf.mul(a, b), 0, true), tf.add(tf.sum(tf.mul(c, d), 0, true), 1e-20))

/** 1, and smooth steps at random places in random directions of the row's numbers: `[1, count]`. Large numbers count by their logarithm. */
const featuresOf = (row: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const numbers = tf.asinh(
    tf.concat(
      row.map((field) => tf.reshape(field, [1, -1])),
      1
    )
  )
  const size = numbers.shape[1] ?? 1
  const directions = tf.mul(random("directions", [size, width]), 2 / Math.sqrt(size))
  return tf.concat([tf.ones([1, 1]), tf.tanh(tf.add(tf.matMul(numbers, directions), random("places", [1, width])))], 1)
}

const random = (name: string, shape: [number, number]): tf.Tensor => {
  const numbers = new Float32Array(sizeOf(shape))
  fill("normal", numbers, { seed: 0, owner: "library", site: `features of a row: ${name}`, step: 0, lane: 0 })
  return tf.tensor2d(numbers, shape)
}
