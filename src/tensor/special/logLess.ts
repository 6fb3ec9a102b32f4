import * as tf from "@tensorflow/tfjs"
import { addDoubled, type Doubled, difference, halves, opaque, product, sum, sumOfOrdered } from "./doubled.ts"
import { log1mexp, logit } from "./logs.ts"
import { polynomial } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/** log x − c for x > 0, rounded once. If log x itself were rounded to float32, division by a small scale would magnify that error. */
export const logLess = (x: Value, c: Value): tf.Tensor => runSpecial(LogLess, [x, c])

/** log(x/(1 − x)) − c for 0 < x < 1, likewise. */
export const logitLess = (x: Value, c: Value): tf.Tensor => runSpecial(LogitLess, [x, c])

/** log(1 − xᵃ) for 0 < x < 1 and a > 0: a large power of 1 − xᵃ would magnify the rounding error of a log x. */
export const logOneLessPower = (x: Value, a: Value): tf.Tensor => runSpecial(LogOneLessPower, [x, a])

export const LogLess: Special = {
  kernel: "LogLess",
  inputs: ["x", "c"],
  forward: (inputs) => {
    const [x, c] = spread(inputs)
    return finite(logDoubled({ value: x, rest: tf.zerosLike(x) }, c), () => tf.sub(tf.log(x), c))
  },
  gradient: byPartials(([x, c]) => [() => tf.div(1, x as tf.Tensor), () => tf.neg(tf.onesLike(c as tf.Tensor))])
}

export const LogitLess: Special = {
  kernel: "LogitLess",
  inputs: ["x", "c"],
  forward: (inputs) => {
    const [x, c] = spread(inputs)
    const other = difference(opaque(tf.onesLike(x), x), x)
    const [up, down] = [logDoubled({ value: x, rest: tf.zerosLike(x) }, c), logDoubled(other, tf.zerosLike(c))]
    const both = addDoubled(up, { value: tf.neg(down.value), rest: tf.neg(down.rest) })
    return finite(both, () => tf.sub(logit(x), c))
  },
  gradient: byPartials(([x, c]) => [
    () => tf.reciprocal(tf.mul(x as tf.Tensor, tf.sub(1, x as tf.Tensor))),
    () => tf.neg(tf.onesLike(c as tf.Tensor))
  ])
}

export const LogOneLessPower: Special = {
  kernel: "LogOneLessPower",
  inputs: ["x", "a"],
  forward: (inputs) => {
    const [x, a] = spread(inputs)
    const log = logDoubled({ value: x, rest: tf.zerosLike(x) }, tf.zerosLike(x))
    const power = product(a, log.value)
    const rest = tf.add(power.rest, tf.mul(a, log.rest))
    const y = tf.neg(power.value)
    return tf.sub(log1mexp(y), tf.div(rest, tf.expm1(y)))
  },
  gradient: byPartials((inputs) => {
    const [x, a] = inputs as [tf.Tensor, tf.Tensor]
    const odds = (): tf.Tensor => tf.reciprocal(tf.expm1(tf.neg(tf.mul(a, tf.log(x)))))
    return [() => tf.neg(tf.mul(tf.div(a, x), odds())), () => tf.neg(tf.mul(tf.log(x), odds()))]
  })
}

/** Both broadcast to their common shape, in a form that an engine does not treat as constants. */
const spread = (inputs: ReadonlyArray<tf.Tensor>): readonly [tf.Tensor, tf.Tensor] => {
  const [x, c] = inputs as [tf.Tensor, tf.Tensor]
  const [left, right] = [tf.add(x, tf.zerosLike(c)), tf.add(c, tf.zerosLike(x))]
  return [opaque(left, right), opaque(right, left)]
}

/** For infinite numbers the parts are NaN. */
const finite = ({ value, rest }: Doubled, plain: () => tf.Tensor): tf.Tensor => {
  const exact = tf.add(value, rest)
  return tf.where(tf.lessEqual(tf.abs(exact), 1e38), exact, plain())
}

/**
 * log x − c as a sum of two floats, with an error of about 2⁻⁴⁶ of the larger of 1 and the result, for x that float32 represents in full precision.
 *
 * x = 2ᵏ m/b with m within 1 ± 0.13 and one of three b, and log m = 2 artanh s for s = (m − 1)/(m + 1): 2s and ⅔ s³ are represented as sums of two
 * floats; the following terms are small enough to be rounded.
 */
const logDoubled = (x: Doubled, c: tf.Tensor): Doubled => {
  const k = tf.round(tf.mul(tf.log(x.value), 1 / Math.LN2))
  const half = tf.round(tf.mul(k, 0.5))
  const scaled = (part: tf.Tensor): tf.Tensor =>
    tf.mul(tf.mul(part, tf.pow(2, tf.neg(half))), tf.pow(2, tf.sub(half, k)))
  const [near, nearRest] = [scaled(x.value), scaled(x.rest)]
  const choice = (low: number, middle: number, high: number): tf.Tensor =>
    tf.where(
      tf.less(near, 0.89),
      tf.fill(near.shape, low),
      tf.where(tf.greater(near, 1.12), tf.fill(near.shape, high), tf.fill(near.shape, middle))
    )
  const b = choice(...factors)
  const [n1, n2] = halves(near)
  const f = sumOfOrdered(tf.sub(tf.mul(n1, b), 1), tf.add(tf.mul(n2, b), tf.mul(nearRest, b)))
  const { twice, cube } = artanh(f)
  const parts = [choice(minusLog[0][0], 0, minusLog[1][0]), twice.value, cube.value, tf.mul(k, log2[1])]
  const first = difference(tf.mul(k, log2[0]), c)
  const rests = [tf.mul(k, log2[2]), choice(minusLog[0][1], 0, minusLog[1][1]), twice.rest, cube.rest]
  return parts.reduce<Doubled>(
    (total, part) => {
      const { value, rest } = sum(total.value, part)
      return { value, rest: tf.add(total.rest, rest) }
    },
    { value: first.value, rest: rests.reduce((a, each) => tf.add(a, each), first.rest) }
  )
}

/** log(1 + f) as 2s and a remainder, for |f| ≤ 0.13. */
const artanh = (f: Doubled): { readonly twice: Doubled; readonly cube: Doubled } => {
  const divisor = sumOfOrdered(opaque(tf.fill(f.value.shape, 2), f.value), f.value)
  const s = tf.div(f.value, divisor.value)
  const back = product(s, divisor.value)
  const left = tf.sub(
    tf.add(tf.sub(tf.sub(f.value, back.value), back.rest), f.rest),
    tf.mul(s, tf.add(divisor.rest, f.rest))
  )
  const sRest = tf.div(left, divisor.value)
  const square = product(s, s)
  const third = product(s, square.value)
  const thirdRest = tf.add(third.rest, tf.mul(s, tf.add(square.rest, tf.mul(3, tf.mul(s, sRest)))))
  const leading = product(third.value, opaque(tf.fill(s.shape, twoThirds[0]), s))
  const small = tf.add(
    tf.mul(
      third.value,
      tf.add(tf.mul(square.value, polynomial(square.value, [2 / 5, 2 / 7, 2 / 9, 2 / 11])), twoThirds[1])
    ),
    tf.mul(thirdRest, 2 / 3)
  )
  return {
    twice: { value: tf.mul(s, 2), rest: tf.mul(sRest, 2) },
    cube: { value: leading.value, rest: tf.add(leading.rest, small) }
  }
}

/** A number near to x, as factors of few digits, whose products with half a number are exact. */
const factors = [81 / 64, 1, 51 / 64] as const

/** A float64 number as a float32 number and a remainder. */
const inTwo = (x: number): readonly [number, number] => [Math.fround(x), x - Math.fround(x)]

const twoThirds = inTwo(2 / 3)

const minusLog = [inTwo(-Math.log(factors[0])), inTwo(-Math.log(factors[2]))] as const

/** log 2 as two numbers of sixteen bits, whose products with k are exact, and the remainder. */
const log2 = [45426 / 2 ** 16, 49086 / 2 ** 35, 1.6198510186656e-11] as const
