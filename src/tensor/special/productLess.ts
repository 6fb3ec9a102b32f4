import * as tf from "@tensorflow/tfjs"
import { addDoubled, type Doubled, opaque, product, sum } from "./doubled.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/** a x − c, rounded once. If a x is close to c, the product's own rounding error would dominate the difference. */
export const productLess = (a: Value, x: Value, c: Value): tf.Tensor => runSpecial(ProductLess, [a, x, c])

/** a x + b y − c, likewise. */
export const productsLess = (a: Value, x: Value, b: Value, y: Value, c: Value): tf.Tensor =>
  runSpecial(ProductsLess, [a, x, b, y, c])

export const ProductLess: Special = {
  kernel: "ProductLess",
  inputs: ["a", "x", "c"],
  forward: (inputs) => {
    const [a, x, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const whole = product(a, x)
    return chosen([whole.value], less(whole, c), () => tf.sub(tf.mul(a, x), c))
  },
  gradient: byPartials((inputs) => {
    const [a, x, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    return [() => x, () => a, () => tf.neg(tf.onesLike(c))]
  })
}

export const ProductsLess: Special = {
  kernel: "ProductsLess",
  inputs: ["a", "x", "b", "y", "c"],
  forward: (inputs) => {
    const [a, x, b, y, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
    const [one, other] = [product(a, x), product(b, y)]
    const both = addDoubled(one, other)
    return chosen([one.value, other.value], less(both, c), () => tf.sub(tf.add(tf.mul(a, x), tf.mul(b, y)), c))
  },
  gradient: byPartials((inputs) => {
    const [a, x, b, y, c] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
    return [() => x, () => a, () => y, () => b, () => tf.neg(tf.onesLike(c))]
  })
}

const less = (whole: Doubled, c: tf.Tensor): tf.Tensor => {
  const { value, rest } = sum(whole.value, tf.neg(opaque(c, whole.value)))
  return tf.add(value, tf.add(rest, whole.rest))
}

/** The splitting overflows for numbers above 2¹¹⁵ and gives NaN for infinities: for these the plain difference is used. */
const chosen = (products: ReadonlyArray<tf.Tensor>, exact: tf.Tensor, plain: () => tf.Tensor): tf.Tensor => {
  const finite = products.map((each) => tf.lessEqual(tf.abs(each), 1e38)).reduce((a, b) => tf.logicalAnd(a, b))
  return tf.where(tf.logicalAnd(finite, tf.lessEqual(tf.abs(exact), 1e38)), exact, plain())
}
