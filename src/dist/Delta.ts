import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../Errors.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { mustBeSupport } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, spread } from "./Dist.ts"
import { overEvents } from "./formula/overEvents.ts"
import { eventRankOf, kindOf, type Support } from "./Support.ts"

/** The supports on which distributions have densities. */
type Continuous = Exclude<Support, "boolean" | "integer" | "natural" | "integerInterval" | "category" | "oneHot">

type Point<S extends Shape, P extends Support> = Dist<S, P, "reparameterized", "Delta"> & Has<S, "entropy" | "mode">

/**
 * The distribution of a value that is certain: the Dirac measure of a deterministic encoder, or of a maximum a posteriori estimate.
 *
 * A point has no density; by convention log p(x) is 0 at the value and −∞ elsewhere, a density with respect to the counting measure of that point,
 * and its gradient is 0. A draw is the value, with its gradient. The divergence from any distribution p is then the cross-entropy KL(Delta‖p) = −log
 * p(value), so that the bound of a model with such guides is log p(data, value), the objective of maximum a posteriori. Bounds with and without a
 * Delta cannot be compared.
 *
 * @param value number or tensor; for supports of vectors and matrices, of at least that many dimensions
 * @param support the support on which the value lies, "real" unless another is given; in a guide it must lie inside the prior's support
 * @throws SupportViolation when the value is a number outside of the support, or the support one of masses; ShapeMismatch when it has too few
 *   dimensions
 * @example
 * ```ts
 * Delta(2).sample(Key.of(1)) // => 2
 * klDivergence(Delta(2, "positive"), Exponential(3)) // => 6 - Math.log(3)
 * ```
 */
export function Delta<const A extends Param>(value: A): Point<ShapeOf<A>, "real">
export function Delta<const A extends Param, const P extends Continuous>(value: A, support: P): Point<ShapeOf<A>, P>
export function Delta(value: Param, support: Continuous = "real"): Point<Shape, Support> {
  mustBeSupport("Delta.support", support)
  const constraints = { value: support }
  const shape = shapeOfParameters("Delta", constraints, { value })
  const eventRank = eventRankOf[support]
  if (kindOf[support] === "mass") throw notADensity(support)
  if (shape.length < eventRank) throw tooFlat(shape, eventRank)
  return fromFamily({
    family: "Delta",
    shape,
    eventRank,
    support,
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ value }),
    remark:
      "a point: its entropy counts as 0, so the objective is log p(data, value), as of a maximum a posteriori estimate",
    noBound: true,
    // a mask, not a comparison: a plan may follow the path of a draw through it
    logDensity: (x) => overEvents(insideOf(tf.sub(x, value), 0, 0), eventRank),
    draw: (_, size) => spread(value, size),
    mean: () => value,
    variance: () => 0,
    entropy: () => 0,
    mode: () => value
  })
}

const notADensity = (support: Support): SupportViolation =>
  new SupportViolation({
    site: "Delta",
    support,
    actual: "distributions on it have masses, through which no gradient flows",
    advice: "Give a support of densities, such as 'real'."
  })

const tooFlat = (shape: Shape, eventRank: number): ShapeMismatch =>
  new ShapeMismatch({
    site: undefined,
    where: "Delta",
    expected: Array.from({ length: eventRank }, () => 2),
    actual: shape,
    advice: `Give a value of at least ${eventRank} dimensions.`
  })
