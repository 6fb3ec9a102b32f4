import { Improper } from "../Errors.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Shape } from "../tensor/Tensor.ts"
import { mustBeShape, mustBeSupport } from "./arguments.ts"
import { type Dist, fromFamily } from "./Dist.ts"
import { overEvents } from "./formula/overEvents.ts"
import { eventRankOf, kindOf, rangeOf, type Support } from "./Support.ts"

/**
 * A prior that gives only the support of a value: its log density is 0 on the support and −∞ outside. It does not integrate to 1. So it has no draws
 * and no moments, and the value of an evidence bound has no meaning by itself. The posterior can still be proper.
 *
 * On supports of vectors and matrices each number is checked alone, not the condition on all of them together (such as a sum of 1): guides ensure
 * that condition.
 *
 * @param support the set on which the value lies
 * @param shape the value's shape: `[]` for a number
 * @throws Improper when it is asked for a draw
 * @example
 * ```ts
 * ImproperUniform("positive", [2]).logProb(tf.tensor1d([1, 1e6])) // => 0
 * ImproperUniform("positive", []).logProb(tf.scalar(-1)) // => -Infinity
 * ```
 */
export const ImproperUniform = <const P extends Support, const S extends Shape>(
  support: P,
  shape: S
): Dist<Readonly<S>, P, never, "ImproperUniform"> => {
  mustBeSupport("ImproperUniform.support", support)
  mustBeShape("ImproperUniform.shape", shape)
  const eventRank = eventRankOf[support]
  const { low, high, lowOpen } = rangeOf(support)
  const bounds = { inclusive: !(lowOpen && Number.isFinite(low)), integer: kindOf[support] === "mass" }
  return fromFamily({
    family: "ImproperUniform",
    shape,
    eventRank,
    support,
    gradients: [],
    constraints: {},
    parameters: () => ({}),
    remark: "improper: it does not integrate to 1, so the objective is a bound up to a constant",
    noBound: true,
    logDensity: (x) => overEvents(insideOf(x, low, high, bounds), eventRank),
    draw: () => {
      throw new Improper({ family: "ImproperUniform", asked: "draws" })
    },
    mean: () => Number.NaN,
    variance: () => Number.NaN
  })
}
