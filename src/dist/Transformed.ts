import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../Errors.ts"
import type { Key } from "../tensor/random.ts"
import { type Refused, type Shape, type ShowShape, type Tensor, typed } from "../tensor/Tensor.ts"
import { mustBeDist, mustBeTransform } from "./arguments.ts"
import {
  type ClosedForms,
  type Dist,
  type FormName,
  fromFamily,
  type Gradient,
  type Has,
  type Quantiles,
  type Tails
} from "./Dist.ts"
import { rangeOfDraws } from "./rangeOfDraws.ts"
import type { Support } from "./Support.ts"
import { compose } from "./transform/chain.ts"
import { sumLast } from "./transform/lastAxis.ts"
import type { ShapeAfter } from "./transform/shapes.ts"
import {
  type Image,
  imageOf,
  isLinear,
  type Linear,
  type Moves,
  type Numbers,
  outputShape,
  partsOf,
  type Transform,
  throughParts
} from "./transform/Transform.ts"

type Base = Dist<Shape, Support, Gradient>

/** The parts of a transformed distribution, which the tables of divergences read. */
export interface TransformedParts {
  readonly base: Base
  readonly transform: Transform
}

type FormsOf<B, T extends Transform> =
  | ([T["direction"]] extends [undefined]
      ? never
      : undefined extends T["direction"]
        ? never
        : keyof B & (Tails | Quantiles))
  | (T extends Linear ? keyof B & ("entropy" | "mode") : never)

/** `unknown` if the transform accepts the base's draws; otherwise the problem in words. */
type Takes<T extends Transform, B extends Base> = [Image<T, B["support"]>] extends [never]
  ? Refused<`the transform '${T["name"]}' is not defined on the support '${B["support"]}'`>
  : [ShapeAfter<T["shapes"], B["shape"]>] extends [never]
    ? Refused<`the transform '${T["name"]}' does not take values of shape ${ShowShape<B["shape"]>}`>
    : unknown

/**
 * The gradients that a transform takes away. The sum over all values. The score function, which misses a support that moves with parameters. The path
 * through an angle, which is right only for functions of the angle itself that have its period.
 */
type Lost<B extends Base, T extends Transform> =
  | "enumerable"
  | (Moves<T, B["support"]> extends true ? "score" : never)
  | (B["family"] extends "VonMises" ? "implicit" : never)

/** The distribution of forward(x), where x is drawn from `B`. */
export type TransformedDist<B extends Base, T extends Transform> = Dist<
  ShapeAfter<T["shapes"], B["shape"]>,
  Image<T, B["support"]>,
  Exclude<B["gradients"][number], Lost<B, T>>,
  `${B["family"]} → ${T["name"]}`
> & {
  /** the distribution of x */
  readonly base: Untransformed<B>
} & ([FormsOf<B, T>] extends [never] ? unknown : Has<ShapeAfter<T["shapes"], B["shape"]>, FormsOf<B, T>>)

/** A transform of a transform is a chain, so that the base is never transformed itself. */
type Untransformed<B> = B extends { readonly base: infer Inner } ? Inner : B

/**
 * The distribution of y = forward(x), where x is drawn from `base`: log p(y) = log p(x) − log|det ∂y/∂x|. Computing a draw together with its log
 * density needs no inverse, which matters for flows.
 *
 * It has the gradients of `base`, with one exception. If the transform's parameters are tensors and move the support, as `affine` moves that of an
 * `Exponential`, it has no score function, because the score function misses a moving support.
 *
 * Mean and variance are exact if the transform is affine, and NaN otherwise.
 *
 * @throws SupportViolation, ShapeMismatch when the transform does not accept the base's draws
 * @example
 * ```ts
 * Transformed(Normal(0, 1), Transform.exp).logProb(tf.scalar(1)) // => -0.918938533
 * Transformed(Normal(0, 1).iid(2), Transform.stickBreaking).shape // => [3]
 * ```
 */
export const Transformed = <const B extends Base, const T extends Transform>(
  base: B,
  transform: T & Takes<T, B>
): TransformedDist<B, T> => make(base, transform) as Dist as unknown as TransformedDist<B, T>

export const isTransformed = (dist: Dist): dist is Dist & TransformedParts => "base" in dist && "transform" in dist

const make = (given: Base, added: Transform): Base & TransformedParts => {
  mustBeDist("Transformed.base", given)
  mustBeTransform("Transformed.transform", added)
  // a transform of a transformed distribution becomes one chain, so that the base itself is never a transformed distribution
  const [base, transform] = isTransformed(given) ? [given.base, compose([given.transform, added])] : [given, added]
  const [before, after] = transform.eventRanks
  const shape = outputShape(transform, base.shape)
  const support = supportOf(base, transform)
  const draws: Numbers = { support: base.support, range: rangeOfDraws(base), moves: false }
  const { range, moves } = throughParts(partsOf(transform), draws)
  const lost: ReadonlyArray<Gradient> = [
    "enumerable",
    ...(moves ? (["score"] as const) : []),
    ...(base.period === undefined ? [] : (["reparameterized", "implicit"] as const))
  ]
  const dist = fromFamily({
    family: `${base.family} → ${transform.name}`,
    shape,
    eventRank: Math.max(base.eventRank, before) + after - before,
    support,
    gradients: base.gradients.filter((gradient) => !lost.includes(gradient)),
    range: () => range,
    constraints: base.constraints,
    parameters: base.parameters,
    ...(base.remark !== undefined && { remark: base.remark }),
    ...(base.noBound === true && { noBound: true }),
    logDensity: (y) => {
      const [x, logDet] = transform.inverseAndLogDet(y)
      return tf.sub(sumLast(base.logDensity(x), before - base.eventRank), sumLast(logDet, base.eventRank - before))
    },
    draw: (key) => transform.forward(base.sample(key)),
    mean: () => (isLinear(transform) ? transform.forward(base.mean()) : Number.NaN),
    variance: () => (isLinear(transform) ? transform.varianceOf(base.variance()) : Number.NaN),
    ...monotoneForms(base, transform)
  })
  return {
    ...dist,
    ...linearForms(base, transform),
    base,
    transform,
    sampleAndLogProb: (key: Key) => {
      const { value, logProb } = base.sampleAndLogProb(key)
      const [y, logDet] = transform.forwardAndLogDet(value)
      return { value: typed(y), logProb: typed(tf.sub(logProb, tf.sum(logDet))) }
    },
    iid: <const N extends number>(n: N) =>
      make(base.iid(n), transform) as Dist as Dist<readonly [N, ...Shape], Support, Gradient>
  }
}

const supportOf = (base: Base, transform: Transform): Support => {
  const support = imageOf(transform, base.support)
  if (support !== undefined) return support
  throw new SupportViolation({
    site: transform.name,
    support: transform.domain,
    actual: `${base.family} has the support '${base.support}'`,
    advice: "Transform a distribution on the support on which the transform is defined."
  })
}

const closedFormsOf = (dist: Dist): Partial<ClosedForms> => dist as Dist & Partial<ClosedForms>

/** The closed forms that remain under a transform of single numbers. */
const monotoneForms = (base: Base, { direction, forward, inverseAndLogDet }: Transform) => {
  if (direction === undefined) return {}
  const { cdf, logCdf, logSurvival, icdf, icdfOfLogs } = closedFormsOf(base)
  const rises = direction === "increasing"
  const rising = (u: tf.Tensor): tf.Tensor => (rises ? u : tf.sub(1, u))
  const [logLeft, logRight] = rises ? [logCdf, logSurvival] : [logSurvival, logCdf]
  return {
    ...(cdf && { cdf: (y: tf.Tensor) => rising(cdf(inverseAndLogDet(y)[0])) }),
    ...(logLeft && { logCdf: (y: tf.Tensor) => logLeft(inverseAndLogDet(y)[0]) }),
    ...(logRight && { logSurvival: (y: tf.Tensor) => logRight(inverseAndLogDet(y)[0]) }),
    ...(icdf && { icdf: (u: tf.Tensor) => forward(icdf(rising(u))) }),
    ...(icdfOfLogs && {
      icdfOfLogs: (logU: tf.Tensor, logRest: tf.Tensor) =>
        forward(rises ? icdfOfLogs(logU, logRest) : icdfOfLogs(logRest, logU))
    })
  }
}

/** The closed forms that remain under a transform with a constant determinant. */
const linearForms = (
  base: Base,
  transform: Transform
): Partial<Pick<ClosedForms, Extract<FormName, "entropy" | "mode">>> => {
  const { entropy, mode } = closedFormsOf(base)
  if (!isLinear(transform)) return {}
  return {
    ...(entropy && {
      entropy: (): Tensor<readonly []> => {
        const [, logDet] = transform.forwardAndLogDet(tf.zeros([...base.shape]))
        return typed(tf.add(entropy(), tf.sum(logDet)))
      }
    }),
    ...(mode && { mode: () => typed(transform.forward(mode())) })
  }
}
