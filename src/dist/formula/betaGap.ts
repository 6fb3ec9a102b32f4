import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "../../tensor/special/closeDeviance.ts"
import { productsLess } from "../../tensor/special/productLess.ts"
import { stirlingGap } from "../../tensor/special/stirling.ts"
import { asRows, exactSum } from "./polya.ts"

type Value = tf.Tensor | number

/**
 * KL from Beta(a, b) to Beta(c, d), log B(c, d) − log B(a, b) + (a − c) (ψ(a) − ψ(a + b)) + (b − d) (ψ(b) − ψ(a + b)): the deviances of c and d from
 * their expected values under a and b, and the distances of the remainders of Stirling's formula from their tangents.
 */
export const betaGap = (a: Value, b: Value, c: Value, d: Value): tf.Tensor => {
  const [n, m] = [tf.add(a, b), tf.add(c, d)]
  const difference = tf.div(productsLess(a, d, tf.neg(b), c, 0), n)
  const one = closeDeviance(c, tf.mul(m, tf.div(a, n)), difference)
  const other = closeDeviance(d, tf.mul(m, tf.div(b, n)), tf.neg(difference))
  const rests = tf.sub(tf.add(stirlingGap(a, c), stirlingGap(b, d)), stirlingGap(n, m))
  return tf.add(tf.add(one, other), rests)
}

/** The same for Dirichlet distributions with vectors a and c. */
export const dirichletGap = (a: tf.Tensor, c: tf.Tensor): tf.Tensor => {
  const [ofA, ofC] = [exactSum(a), exactSum(c)]
  const [n, m] = [asRows(ofA.value), asRows(ofC.value)]
  const small = tf.sub(tf.mul(c, tf.expandDims(ofA.rest, -1)), tf.mul(a, tf.expandDims(ofC.rest, -1)))
  const difference = tf.div(productsLess(a, m, tf.neg(c), n, small), n)
  const terms = tf.add(closeDeviance(c, tf.mul(m, tf.div(a, n)), difference), stirlingGap(a, c))
  return tf.sub(tf.sum(terms, -1), stirlingGap(ofA.value, ofC.value))
}
