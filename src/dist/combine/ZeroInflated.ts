import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../../Errors.ts"
import { Key, uniform } from "../../tensor/random.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { exactLog } from "../../tensor/special/tails.ts"
import { type Param, type Shape, sameShape } from "../../tensor/Tensor.ts"
import { mustBeDist, namedParameters } from "../arguments.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { type Dist, fromFamily, type Gradient, type Tails } from "../Dist.ts"
import { type Coin, coinOf, logOddsOf, logOfEither, type Odds } from "../Odds.ts"
import { contains, kindOf } from "../Support.ts"
import { drawOf, formsOf, formsOver, type Keeps, positionsOf, tails } from "./copies.ts"

type Count = Dist<Shape, "boolean" | "natural" | "category" | "integer">
type Zeros = { readonly probs: Param; readonly logits?: never } | { readonly logits: Param; readonly probs?: never }

const constraints = { probs: "probability", logits: "real" } as const

/**
 * A distribution of whole numbers with zeros added: with probability g the value is 0, otherwise one of the base's. log p(0) = log(g + (1 −
 * g)·p_base(0)), and log p(x) = log(1 − g) + log p_base(x) for other x.
 *
 * @param base a distribution of whole numbers whose support contains 0
 * @param zeros g as `probs`, strictly between 0 and 1, or by its log odds as `logits`: a number, a scalar, or a tensor of the value's shape
 * @throws ShapeMismatch when g has another shape, or the base is one of vectors; SupportViolation when the base has no masses or none at 0, or `probs` is a
 * number outside (0, 1)
 * @example
 * ```ts
 * const broken = ZeroInflated(Bernoulli({ probs: 0.5 }), { probs: 0.5 })
 * broken.logProb(tf.scalar(0)) // => Math.log(0.75)
 * broken.mean() // => 0.25
 * ```
 */
export function ZeroInflated<const D extends Count>(
  base: D,
  zeros: Zeros
): Dist<
  D["shape"],
  D["support"],
  Extract<D["gradients"][number], "score" | "enumerable">,
  `ZeroInflated(${D["family"]})`
> &
  Keeps<D, Tails | "supportValues", D["shape"]>
export function ZeroInflated(base: Dist, zeros: Odds): Dist {
  const { probs, logits } = namedParameters("ZeroInflated", zeros, { oneOf: ["logits", "probs"] })
  mustBeDist("ZeroInflated.base", base)
  mustCount(base)
  mustFit(base, shapeOfParameters("ZeroInflated", constraints, { probs, logits }))
  const coin = (): Coin => coinOf(zeros)
  const [zero, rest] = [() => coin().yes, () => coin().no]
  const gradients: ReadonlyArray<Gradient> = base.gradients.filter((each) => each === "score" || each === "enumerable")
  const { supportValues } = formsOf(base)
  const { cdf, logCdf, logSurvival } = formsOver(base, tails)
  /** the logarithm of a probability of the mixture from that of the base, such as its logCdf; `holdsZero` says if the event contains 0 */
  const mixed =
    (form: (x: tf.Tensor) => tf.Tensor, holdsZero: (x: tf.Tensor, zero: number) => tf.Tensor) => (x: tf.Tensor) =>
      logOfEither(zeros, tf.log(tf.cast(holdsZero(x, 0), "float32")), form(x))
  return fromFamily({
    family: `ZeroInflated(${base.family})`,
    shape: base.shape,
    support: base.support,
    gradients,
    constraints: { ...base.constraints, ...constraints },
    parameters: () => ({ ...base.parameters(), logits: logOddsOf(zeros) }),
    logDensity: (x) => logOfEither(zeros, insideOf(x, 0, 0), base.logDensity(x)),
    draw: (key, size) => {
      const kept = tf.cast(tf.less(zero(), uniform(Key.fork(key, "zero"), size)), "float32")
      return tf.mul(kept, drawOf(base, Key.fork(key, "value"), size))
    },
    mean: () => tf.mul(rest(), base.mean()),
    variance: () => tf.mul(rest(), tf.add(base.variance(), tf.mul(zero(), tf.square(base.mean())))),
    ...(cdf && {
      cdf: (x: tf.Tensor) => tf.add(tf.mul(zero(), tf.cast(tf.greaterEqual(x, 0), "float32")), tf.mul(rest(), cdf(x)))
    }),
    ...(logCdf &&
      logSurvival && {
        logCdf: (x: tf.Tensor) => exactLog(mixed(logCdf, tf.greaterEqual)(x), mixed(logSurvival, tf.less)(x)),
        logSurvival: (x: tf.Tensor) => exactLog(mixed(logSurvival, tf.less)(x), mixed(logCdf, tf.greaterEqual)(x))
      }),
    ...(supportValues && { supportValues })
  })
}

const mustCount = (base: Dist): void => {
  if (kindOf[base.support] !== "mass" || !contains[base.support](0))
    throw new SupportViolation({
      site: "ZeroInflated.base",
      support: base.support,
      actual: `it is ${base.family}, ${kindOf[base.support] === "mass" ? "of which 0 is no value" : "which is a density"}`,
      advice: "Give a distribution of whole numbers, of which 0 is one, such as Poisson."
    })
  if (positionsOf(base) === base.shape.length) return
  throw new ShapeMismatch({
    site: undefined,
    where: `ZeroInflated(${base.family})`,
    expected: base.shape.slice(0, positionsOf(base)),
    actual: base.shape,
    advice: "Give a distribution of whole numbers, of which 0 is one."
  })
}

const mustFit = (base: Dist, shape: Shape): void => {
  if (shape.length === 0 || sameShape(shape, base.shape)) return
  throw new ShapeMismatch({
    site: undefined,
    where: `ZeroInflated(${base.family})`,
    expected: base.shape,
    actual: shape,
    advice: "Give one probability, or one for each number."
  })
}
