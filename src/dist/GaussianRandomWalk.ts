import * as tf from "@tensorflow/tfjs"
import { asColumn } from "../tensor/linear/matrices.ts"
import { normal } from "../tensor/random.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { checkCount, shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { densityOfFinite } from "./formula/bounds.ts"
import { mustBeOneForEach } from "./formula/vectorShape.ts"

const constraints = { scale: "positive", loc: "real" } as const

/**
 * Sums of independent normal steps, x₁ = loc + scale·ε₁, xₜ = xₜ₋₁ + scale·εₜ: log p(x) = −½ Σₜ ((xₜ − xₜ₋₁)/scale)² − T (log scale + ½ log 2π),
 * where x₀ = loc.
 *
 * @param scale standard deviation of a step, above 0: a number, or a tensor with one for each walk
 * @param steps T, the length of a walk
 * @param loc the start x₀ of a walk: a number, or a tensor of the shape of `scale`
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0 or the steps are no whole number
 *   from 1
 * @example
 * ```ts
 * const walk = GaussianRandomWalk(2, 3)
 * walk.variance() // => [4, 8, 12]
 * walk.logProb(tf.tensor1d([2, 2, 4])) // => -1 - 3 * Math.log(2) - 1.5 * Math.log(2 * Math.PI)
 * ```
 */
export const GaussianRandomWalk = <const A extends Param, const N extends number>(
  scale: A,
  steps: N,
  loc: Param = 0
): Dist<readonly [...ShapeOf<A>, N], "real", "reparameterized" | "score", "GaussianRandomWalk"> &
  Has<readonly [...ShapeOf<A>, N], "entropy" | "mode"> => {
  const lead = shapeOfParameters("GaussianRandomWalk", constraints, { scale }) as ShapeOf<A>
  mustBeOneForEach("GaussianRandomWalk", lead, shapeOfParameters("GaussianRandomWalk", constraints, { loc }))
  checkCount("GaussianRandomWalk.steps", steps, 1)
  const column = (x: Param): tf.Tensor | number => (typeof x === "number" || x.rank === 0 ? x : asColumn(x))
  const logScale = (): tf.Tensor => tf.log(scale)
  const center = (): tf.Tensor => tf.add(column(loc), tf.zeros([steps]))
  return fromFamily({
    family: "GaussianRandomWalk",
    shape: [...lead, steps] as readonly [...ShapeOf<A>, N],
    eventRank: 1,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ scale, loc, steps }),
    logDensity: (x) => {
      const from = x.shape.slice(0, -1)
      const zeros = from.map(() => 0)
      const first = tf.sub(tf.slice(x, [...zeros, 0], [...from, 1]), column(loc))
      const others = tf.sub(
        tf.slice(x, [...zeros, 1], [...from, steps - 1]),
        tf.slice(x, [...zeros, 0], [...from, steps - 1])
      )
      const squares = tf.sum(tf.square(tf.div(tf.concat([first, others], -1), column(scale))), -1)
      const constant = tf.mul(steps, tf.add(logScale(), 0.5 * Math.log(2 * Math.PI)))
      return densityOfFinite(tf.neg(tf.add(tf.mul(0.5, squares), constant)), x)
    },
    // tfjs's cpu kernel does not accept a negative axis
    draw: (key, size) => tf.add(column(loc), tf.cumsum(tf.mul(column(scale), normal(key, size)), size.length - 1)),
    mean: center,
    variance: () =>
      tf.mul(
        tf.square(column(scale)),
        Float32Array.from({ length: steps }, (_, t) => t + 1)
      ),
    entropy: () => tf.mul(steps, tf.add(logScale(), 0.5 * Math.log(2 * Math.PI * Math.E))),
    mode: center
  })
}
