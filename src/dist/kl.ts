import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import { sameShape, type Tensor } from "../tensor/Tensor.ts"
import { type Dist, total } from "./Dist.ts"

type Parameters = ReturnType<Dist["parameters"]>
/** A closed form of KL(q‖p) for each number of the value, from the two families' parameters. */
type ClosedForm = (q: Parameters, p: Parameters) => tf.Tensor

const get = (parameters: Parameters, name: string): tf.Tensor | number => {
  const value = parameters[name]
  if (value === undefined)
    throw new RangeError(`the KL table reads a parameter '${name}' that the family does not have`)
  return value
}

/** KL = log(σₚ/σ_q) + (σ_q² + (μ_q − μₚ)²)/(2σₚ²) − ½ (Kingma and Welling 2014, appendix B, for a standard normal p). */
const normalNormal: ClosedForm = (q, p) => {
  const ratio = tf.exp(tf.mul(2, tf.sub(get(q, "logScale"), get(p, "logScale"))))
  const distance = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), get(p, "scale")))
  return tf.sub(tf.mul(0.5, tf.sub(tf.add(ratio, distance), 1)), tf.sub(get(q, "logScale"), get(p, "logScale")))
}

/** KL = π(λ_q − λₚ) − log(1 + e^λ_q) + log(1 + e^λₚ), with λ the logits and π = sigmoid(λ_q). */
const bernoulliBernoulli: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "logits"), get(p, "logits")]
  return tf.add(tf.mul(tf.sigmoid(a), tf.sub(a, b)), tf.sub(tf.softplus(b), tf.softplus(a)))
}

const table: Readonly<Record<string, ClosedForm>> = {
  "Normal‖Normal": normalNormal,
  "Bernoulli‖Bernoulli": bernoulliBernoulli
}

/** Whether the table has a closed form for a pair. */
export const hasKl = (q: Dist, p: Dist): boolean => `${q.family}‖${p.family}` in table

/**
 * The Kullback–Leibler divergence KL(q‖p) in nats, in closed form; `undefined` for a pair that has none in the table.
 *
 * @example
 * ```ts
 * klDivergence(Normal(1, 1), Normal(0, 1)) // => 0.5
 * klDivergence(LogNormal(0, 1), HalfNormal(1)) // => undefined
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape
 */
export const klDivergence = (q: Dist, p: Dist): Tensor<readonly []> | undefined => {
  if (!sameShape(q.shape, p.shape)) {
    throw new ShapeMismatch({ site: undefined, where: "klDivergence", expected: p.shape, actual: q.shape })
  }
  const closedForm = table[`${q.family}‖${p.family}`]
  return closedForm === undefined ? undefined : total(closedForm(q.parameters(), p.parameters()), q.shape)
}
