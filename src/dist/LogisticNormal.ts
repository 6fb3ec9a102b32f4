import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import { normal } from "../tensor/random.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import type { Alike, Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily } from "./Dist.ts"
import { insideUnit } from "./formula/inside.ts"
import { softmaxMoments } from "./formula/softmaxMoments.ts"
import type { Vectors } from "./formula/vectorShape.ts"

/** A shape whose last dimension is one longer; its type is just `number`, because the compiler does not add. */
type Longer<S extends Shape> = S extends readonly [...infer Lead extends Shape, number]
  ? readonly [...Lead, number]
  : Shape

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The softmax of independent normal numbers and a zero: x = softmax(y₁, …, yₙ₋₁, 0) with yᵢ = loc + scale·ε, so that yᵢ = log(xᵢ/xₙ) and log p(x) =
 * Σᵢ log N(log(xᵢ/xₙ); locᵢ, scaleᵢ) − Σⱼ log xⱼ, with i from 1 to n − 1 and j to n (Aitchison and Shen, "Logistic-normal distributions", Biometrika
 * 67, 1980). The density is that of the first n − 1 numbers.
 *
 * As in Pyro, n − 1 numbers give a point of the n-simplex. Pyro uses the stick-breaking transform, so the same parameters give a different
 * distribution there. Mean and variance are integrals in two dimensions, computed by the trapezoid rule.
 *
 * @param loc, scale mean and standard deviation of the log ratios to the last number: tensors `[…, n − 1]`, of which one may be a number
 * @throws ShapeMismatch when the parameters differ in shape or both are numbers; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * const shares = LogisticNormal(Tensor.of([2], tf.zeros([2])), 1)
 * shares.logProb(tf.tensor1d([0.25, 0.25, 0.5])) // => -(Math.LN2 ** 2) - Math.log(2 * Math.PI) + 5 * Math.LN2
 * ```
 */
export const LogisticNormal = <const A extends Param<Vectors> | number, const B extends Param<Vectors> | number>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<Longer<ShapeOf<A, B>>, "simplex", "reparameterized" | "score", "LogisticNormal"> => {
  const base = shapeOfParameters("LogisticNormal", constraints, { loc, scale })
  const m = base.at(-1)
  if (m === undefined) throw notVectors()
  const vectors = (x: Param): tf.Tensor => tf.add(x, tf.zeros([...base]))
  const normalDensity = (y: tf.Tensor): tf.Tensor => {
    const squares = tf.square(tf.div(tf.sub(y, loc), scale))
    const terms = tf.add(tf.mul(0.5, squares), tf.add(tf.log(scale), 0.5 * Math.log(2 * Math.PI)))
    return tf.neg(tf.sum(terms, -1))
  }
  /** log x of the log ratios y */
  const logShares = (y: tf.Tensor): tf.Tensor => {
    const logits = tf.concat([y, tf.zeros([...y.shape.slice(0, -1), 1])], -1)
    const shifted = tf.sub(logits, tf.max(logits, -1, true))
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))
  }
  const ratios = (key: Parameters<typeof normal>[0], size: Shape): tf.Tensor =>
    tf.add(loc, tf.mul(scale, normal(key, [...size.slice(0, -1), m])))
  return fromFamily({
    family: "LogisticNormal",
    shape: [...base.slice(0, -1), m + 1] as unknown as Longer<ShapeOf<A, B>>,
    eventRank: 1,
    support: "simplex",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale, logScale: tf.log(vectors(scale)) }),
    logDensity: (x) => {
      // on the border and outside any number will do, because the mask makes the log density −∞ there
      const logs = tf.log(tf.maximum(x, leastPositive))
      const lead = x.shape.slice(0, -1)
      const zeros = lead.map(() => 0)
      const last = tf.slice(logs, [...zeros, m], [...lead, 1])
      const density = normalDensity(tf.sub(tf.slice(logs, [...zeros, 0], [...lead, m]), last))
      const inside = tf.sum(insideOf(x, 0, 1, { inclusive: false }), -1)
      return densityInside(tf.sub(density, tf.sum(logs, -1)), inside, 0, 0)
    },
    draw: (key, size) => insideUnit(tf.exp(logShares(ratios(key, size)))),
    mean: () => softmaxMoments(vectors(loc), vectors(scale)).mean,
    variance: () => softmaxMoments(vectors(loc), vectors(scale)).variance
  })
}

/** The least positive number that float32 holds in full precision, or a little more. */
const leastPositive = 1.2e-38

const notVectors = (): ShapeMismatch =>
  new ShapeMismatch({
    site: undefined,
    where: "LogisticNormal",
    expected: [1],
    actual: [],
    advice: "Give a vector of n − 1 numbers for a point of n."
  })
