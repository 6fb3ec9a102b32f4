import * as tf from "@tensorflow/tfjs"
import { normal, uniform } from "../../tensor/random.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { byOtherValues, type Estimator, type OtherValues } from "./Estimator.ts"
import { oneByOne, spreadOver } from "./oneByOne.ts"

type Family = "Normal" | "Bernoulli" | "Poisson"

/**
 * ∂/∂θ E_q[f(z)] = c (E_q⁺[f(z)] − E_q⁻[f(z)]): the derivative of a density is a difference of two densities, times a constant. f is read at draws of both and needs no gradient. It is taken for each number
 * of a draw, with the others as they are drawn: 2 evaluations for each parameter of a number, 1 where one of the two is the draw itself. Its variance does not grow with a constant that is added to f, and the
 * two draws share noise, so that it is low for a smooth f. Pflug 1989; Mohamed, Rosca, Figurnov and Mnih 2020, section 6 and table 1.
 *
 * - Normal, location: c = 1 / (σ √2π), z = μ ± σ w, w of the Rayleigh distribution. Scale: c = 1 / σ, z = μ + σ m with m of the double-sided Maxwell distribution, against z = μ + σ m u, which is normal for uniform u.
 * - Bernoulli, probability: c = 1, z = 1 against z = 0: exact for a single coin.
 * - Poisson, rate: c = 1, z + 1 against z.
 */
export const measureValued: Estimator<"score", Family> = {
  name: "measure-valued",
  ability: "score",
  isFor: (family) => Object.hasOwn(derivatives, family),
  detached: true,
  readsParameters: true,
  applies: (facts) =>
    byOtherValues(
      "measure-valued",
      Object.keys(derivatives),
      "the difference of the loss at draws of two measures",
      facts
    ),
  control: () => undefined,
  surrogate: ({ family, others }) => derivatives[family]?.(others)
}

const derivatives: Readonly<Record<string, (others: OtherValues) => tf.Tensor>> = {
  Normal: (others) => {
    const { drawn, parameter, key } = others
    const [loc, scale] = [spreadOver(parameter("loc"), drawn.shape), spreadOver(parameter("scale"), drawn.shape)]
    const at = (noise: tf.Tensor): tf.Tensor => tf.add(loc, tf.mul(scale, noise))
    const rayleigh = tf.sqrt(tf.mul(-2, tf.log(uniform(key("rayleigh"), drawn.shape))))
    const threeNormals = normal(key("maxwell"), [...drawn.shape, 3])
    const maxwell = tf.mul(
      tf.sqrt(tf.sum(tf.square(threeNormals), -1)),
      tf.sub(tf.mul(2, tf.cast(tf.less(uniform(key("sign"), drawn.shape), 0.5), "float32")), 1)
    )
    const inside = tf.mul(maxwell, uniform(key("inside"), drawn.shape))
    const values = { up: at(rayleigh), down: at(tf.neg(rayleigh)), far: at(maxwell), near: at(inside) }
    const cost = oneByOne(others, values)
    const byLoc = tf.div(tf.sub(cost("up"), cost("down")), tf.mul(scale, Math.sqrt(2 * Math.PI)))
    return tf.add(
      tf.mul(stopGradient(byLoc), loc),
      tf.mul(stopGradient(tf.div(tf.sub(cost("far"), cost("near")), scale)), scale)
    )
  },
  Bernoulli: (others) => {
    const { drawn, parameter, total } = others
    const flipped = oneByOne(others, { flipped: tf.sub(1, drawn) })("flipped")
    const difference = tf.mul(tf.sub(flipped, total), tf.sub(1, tf.mul(2, drawn)))
    return tf.mul(stopGradient(difference), spreadOver(parameter("yes"), drawn.shape))
  },
  Poisson: (others) => {
    const { drawn, parameter, total } = others
    const more = oneByOne(others, { more: tf.add(drawn, 1) })("more")
    return tf.mul(stopGradient(tf.sub(more, total)), spreadOver(parameter("rate"), drawn.shape))
  }
}
