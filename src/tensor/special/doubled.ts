import * as tf from "@tensorflow/tfjs"

/**
 * A number as a sum of two floats that are not added: the number rounded to float32, and its rounding error. Exponents need this: the relative error
 * of an exponential is the absolute error of its argument, and float32 rounds −85 by up to 4e-6.
 *
 * TensorFlow's graph optimizer simplifies sums and products with constants as if they were exact: (c + x) − c becomes x, and c a − c b becomes c (a −
 * b). So a value that may be a constant of a program goes through `opaque` first.
 */
export interface Doubled {
  readonly value: tf.Tensor
  readonly rest: tf.Tensor
}

/** The numbers of x in a form that no engine treats as constant, unless `beside` is constant; NaN where `beside` is NaN. */
export const opaque = (x: tf.Tensor, beside: tf.Tensor): tf.Tensor =>
  tf.where(tf.lessEqual(beside, Number.POSITIVE_INFINITY), x, beside)

/** a + b (Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B). */
export const sum = (a: tf.Tensor, b: tf.Tensor): Doubled => {
  const value = tf.add(a, b)
  const second = tf.sub(value, a)
  return { value, rest: tf.add(tf.sub(a, tf.sub(value, second)), tf.sub(b, second)) }
}

/** a − b, likewise. */
export const difference = (a: tf.Tensor, b: tf.Tensor): Doubled => {
  const value = tf.sub(a, b)
  const second = tf.sub(a, value)
  return { value, rest: tf.add(tf.sub(a, tf.add(value, second)), tf.sub(second, b)) }
}

/** a + b for |a| ≥ |b| (Dekker, Numerische Mathematik 18, 1971). */
export const sumOfOrdered = (a: tf.Tensor, b: tf.Tensor): Doubled => {
  const value = tf.add(a, b)
  return { value, rest: tf.sub(b, tf.sub(value, a)) }
}

/** a b (Dekker, as above). */
export const product = (a: tf.Tensor, b: tf.Tensor): Doubled => {
  const value = tf.mul(a, b)
  const [[a1, a2], [b1, b2]] = [halves(a), halves(b)]
  const outer = tf.sub(tf.mul(a1, b1), value)
  return { value, rest: tf.add(tf.add(tf.add(outer, tf.mul(a1, b2)), tf.mul(a2, b1)), tf.mul(a2, b2)) }
}

/** A number as a sum of two numbers of twelve bits. */
export const halves = (x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] => {
  const wide = tf.mul(x, 4097)
  const high = tf.sub(wide, tf.sub(wide, x))
  return [high, tf.sub(x, high)]
}

export const timesDoubled = (a: Doubled, b: Doubled): Doubled => {
  const { value, rest } = product(a.value, b.value)
  return sumOfOrdered(value, tf.add(tf.add(rest, tf.mul(a.value, b.rest)), tf.mul(a.rest, b.value)))
}

export const addDoubled = (a: Doubled, b: Doubled): Doubled => {
  const { value, rest } = sum(a.value, b.value)
  return sumOfOrdered(value, tf.add(rest, tf.add(a.rest, b.rest)))
}
