import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { log1mexp, logit } from "../tensor/special/logs.ts"
import type { Param, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { labelCount, labelForms, sharesOfLogs } from "./formula/label.ts"
import { logNo, logYes } from "./Odds.ts"

const constraints = { predictor: "real", cutpoints: "ordered" } as const

/**
 * A label 0, 1, … K. The K increasing cutpoints c divide the reals into K + 1 intervals; the label is the number of the interval that holds predictor
 * + standard logistic noise, P(x ≤ k) = sigmoid(cₖ − predictor): the proportional-odds model (McCullagh, "Regression models for ordinal data", JRSS B
 * 42, 1980). log p(k) = log σ(b) + log σ(−a) + log(1 − e^(a−b)) with a = cₖ₋₁ − predictor and b = cₖ − predictor, exact in both tails.
 *
 * @param predictor the centre of the noise: a number, or a tensor of the value's shape
 * @param cutpoints an increasing vector, `[K]`
 * @throws ShapeMismatch when the cutpoints are a single number; SupportViolation when the predictor is a number that is not finite
 * @example
 * ```ts
 * const grade = OrderedLogistic(0, Tensor.of([2], tf.tensor1d([-1, 1])))
 * grade.logProb(tf.scalar(0)) // => -Math.log(1 + Math.E)
 * grade.mean() // => 1
 * ```
 */
export const OrderedLogistic = <const A extends Param>(
  predictor: A,
  cutpoints: Tensor<readonly [number]>
): Dist<ShapeOf<A>, "category", "score" | "enumerable", "OrderedLogistic"> &
  Has<ShapeOf<A>, "entropy" | "mode" | "supportValues"> => {
  const family = "OrderedLogistic"
  const k = labelCount(family, shapeOfParameters(family, constraints, { cutpoints }))
  /** the cutpoints less the predictor, along a new trailing axis */
  const from = (center: tf.Tensor | number): tf.Tensor =>
    tf.sub(cutpoints, typeof center === "number" ? center : tf.expandDims(center, -1))
  const logProbs = (): tf.Tensor => {
    const distance = from(predictor)
    const outer = tf.add(padded(logYes(distance), 0, 1), padded(logNo(distance), 1, 0))
    if (k === 1) return outer
    const widths = tf.sub(tf.slice(cutpoints, [1], [k - 1]), tf.slice(cutpoints, [0], [k - 1]))
    return tf.add(outer, padded(log1mexp(widths), 1, 1))
  }
  return fromFamily({
    family,
    shape: shapeOfParameters(family, constraints, { predictor }) as ShapeOf<A>,
    support: "category",
    gradients: ["score", "enumerable"],
    constraints,
    parameters: () => ({ logProbs: logProbs() }),
    draw: (key, size) => {
      const seen = tf.add(logit(uniform(key, size)), predictor)
      return tf.sum(tf.cast(tf.less(from(seen), 0), "float32"), -1)
    },
    ...labelForms(k + 1, () => sharesOfLogs(logProbs()))
  })
}

/** Zeros before and after along the last axis. */
const padded = (x: tf.Tensor, before: number, after: number): tf.Tensor =>
  tf.pad(x, [...x.shape.slice(1).map((): [number, number] => [0, 0]), [before, after]])
