import * as tf from "@tensorflow/tfjs"
import { addDoubled, type Doubled, difference, opaque, product, sum, sumOfOrdered } from "./doubled.ts"
import { logLess } from "./logLess.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/**
 * (u + v) σ(l) − x, for u, v ≥ 0, σ(l) = 1/(1 + e⁻ˡ) and an x that may be close to (u + v) σ(l): the expected number of heads in u + v tosses of a
 * coin, less x. σ(l) is represented as a sum of two floats, because float32 rounds it by more than 1e-8.
 */
export const coinExcess = (u: Value, v: Value, x: Value, l: Value): tf.Tensor => runSpecial(CoinExcess, [u, v, x, l])

export const CoinExcess: Special = {
  kernel: "CoinExcess",
  inputs: ["u", "v", "x", "l"],
  forward: (inputs) => {
    const [u, v, x, l] = spread(inputs)
    const q = rarer(l)
    const rare = times(addDoubled(product(u, q.value), product(v, q.value)), u, v, q.rest)
    const all = sum(u, v)
    const gap = difference(all.value, x)
    const below = total(addDoubled(rare, { value: tf.neg(x), rest: tf.zerosLike(x) }))
    const above = total(
      addDoubled(
        { value: gap.value, rest: tf.add(gap.rest, all.rest) },
        { value: tf.neg(rare.value), rest: tf.neg(rare.rest) }
      )
    )
    const exact = tf.where(tf.greater(l, 0), above, below)
    // the splitting overflows for numbers above 2¹¹⁵
    return tf.where(tf.lessEqual(tf.abs(exact), 1e34), exact, tf.sub(tf.mul(tf.add(u, v), tf.sigmoid(l)), x))
  },
  gradient: byPartials((inputs) => {
    const [u, v, x, l] = inputs as unknown as Four
    const { rare, common } = chances(l)
    const yes = (): tf.Tensor => tf.where(tf.greater(l, 0), common, rare)
    return [yes, yes, () => tf.neg(tf.onesLike(x)), () => tf.mul(tf.mul(tf.add(u, v), rare), common)]
  })
}

type Four = readonly [u: tf.Tensor, v: tf.Tensor, x: tf.Tensor, l: tf.Tensor]

/** The inputs broadcast to their common shape, in a form that an engine does not treat as constants. */
const spread = (inputs: ReadonlyArray<tf.Tensor>): Four => {
  const none = inputs.reduce((shape, each) => tf.add(shape, tf.zerosLike(each)), tf.scalar(0))
  const alike = inputs.map((each) => tf.add(each, none))
  return alike.map((each) =>
    alike.reduce((x, beside) => (beside === each ? x : opaque(x, beside)), each)
  ) as unknown as Four
}

/** The smaller and the larger of σ(l) and σ(−l). ONNX's own Sigmoid has an absolute error of 1e-8, which in the tail is larger than σ. */
const chances = (l: tf.Tensor): { readonly rare: tf.Tensor; readonly common: tf.Tensor } => {
  const odds = tf.exp(tf.neg(tf.abs(l)))
  const common = tf.reciprocal(tf.add(1, odds))
  return { rare: tf.mul(odds, common), common }
}

/** σ(−|l|) as a sum of two floats, with the rounding error of e^(−|l|) corrected; beyond 80 the correction is 0. */
const rarer = (l: tf.Tensor): Doubled => {
  const far = tf.maximum(tf.neg(tf.abs(l)), -80)
  const odds = tf.exp(far)
  const left = tf.neg(tf.mul(odds, logLess(odds, far)))
  const all = sumOfOrdered(opaque(tf.onesLike(odds), odds), odds)
  const value = tf.div(odds, all.value)
  const back = product(value, all.value)
  const error = tf.sub(tf.sub(tf.sub(odds, back.value), back.rest), tf.mul(value, tf.add(all.rest, left)))
  return { value, rest: tf.div(tf.add(error, left), all.value) }
}

/** (u + v) q, from the product with the value of q, and with its remainder. */
const times = ({ value, rest }: Doubled, u: tf.Tensor, v: tf.Tensor, small: tf.Tensor): Doubled => ({
  value,
  rest: tf.add(rest, tf.mul(tf.add(u, v), small))
})

const total = ({ value, rest }: Doubled): tf.Tensor => tf.add(value, rest)
