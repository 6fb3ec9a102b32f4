import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../Errors.ts"
import type { Interval } from "../tensor/Interval.ts"
import type { Key } from "../tensor/random.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import { exactLog } from "../tensor/special/tails.ts"
import { type Shape, sameShape, sizeOf, type Tensor, typed } from "../tensor/Tensor.ts"
import type { Constraints } from "./Constraint.ts"
import { kindOf, rangeOf, type Support } from "./Support.ts"

/**
 * The ways to the gradient of an expectation over a distribution. `reparameterized` differentiates the draw as a smooth function of noise; `implicit`
 * differentiates it through its cdf; `score` uses the score function; `enumerable` sums over all values. `straightThrough` also differentiates the
 * draw, but is biased: it uses the derivative of a relaxed draw in place of that of the hard one.
 */
export type Gradient = "reparameterized" | "implicit" | "score" | "enumerable" | "straightThrough"

const paths: ReadonlySet<string> = new Set(["reparameterized", "implicit", "straightThrough"])

/** Whether a gradient flows through a draw. */
export const hasPath = (gradients: ReadonlyArray<string>): boolean => gradients.some((gradient) => paths.has(gradient))

/**
 * A gradient estimator as a distribution knows it: the ability `A` that it needs of a family, and the families `F` for which it is made. See {@link Dist.via}.
 */
export interface Way<out A extends string = string, in F extends string = never> {
  readonly name: string
  readonly ability: A
  /** whether it is made for a family */
  readonly isFor: (family: F) => boolean
}

/**
 * A distribution of one value of shape `S` on the support `P`, of the family `F`. There are no batch shapes: `Normal(loc, scale)` with
 * parameters of shape [20] is one distribution of 20 independent numbers, and its `logProb` is one number.
 */
export interface Dist<
  out S extends Shape = Shape,
  out P extends Support = Support,
  out G extends string = string,
  out F extends string = string
> {
  /** the family's name, such as `Normal` */
  readonly family: F
  readonly shape: S
  /** the number of trailing dimensions of one event: 0 for families of numbers, 1 of vectors, 2 of matrices; leading dimensions are independent copies */
  readonly eventRank: number
  readonly support: P
  readonly gradients: ReadonlyArray<G>
  /** the gradient through its draws is right only for functions that have this period in each number of a draw */
  readonly period?: number
  /** the range of its draws, given only if it is neither the support's range nor between the parameters `low` and `high`: see `rangeOfDraws` */
  range?(): Interval
  /** the constraint on each parameter */
  readonly constraints: Constraints
  /** the parameters, as the KL table reads them: numbers, or tensors that broadcast to `shape` */
  parameters(): Readonly<Record<string, tf.Tensor | number>>
  /** a warning that a plan must repeat, such as "not a density" */
  readonly remark: string | undefined
  /** whether an objective made with it is no bound on log p(x), for the reason in `remark` */
  readonly noBound?: boolean
  /**
   * The log density or log mass of one value, in nats.
   * @throws ShapeMismatch when `x` does not have the distribution's shape
   */
  logProb(x: tf.Tensor): Tensor<readonly []>
  /** The log density of each event of `x`, whose trailing dimensions are `shape`. `logProb` is their sum. */
  logDensity(x: tf.Tensor): tf.Tensor
  /** One draw; the same key gives the same draw. */
  sample(key: Key): Tensor<S>
  /** One draw and its log density. Some families compute both together more cheaply than one after the other. */
  sampleAndLogProb(key: Key): { readonly value: Tensor<S>; readonly logProb: Tensor<readonly []> }
  /** NaN or Infinity where it does not exist or is not finite. */
  mean(): Tensor<S>
  /** The variance of each number. NaN or Infinity where it does not exist or is not finite. */
  variance(): Tensor<S>
  /** the gradient estimator that is asked for at sites with this distribution */
  readonly way?: Way
  /**
   * The same distribution, for whose draws a gradient estimator is asked for by name: `Normal(m, s).via(score)`, in a guide. An estimator that needs an ability which the
   * family lacks does not compile. One that would be wrong where the draw is used is refused when the program is recorded. `fit({ estimators })` goes before it.
   */
  via<D extends Dist>(this: D, way: Way<D["gradients"][number], D["family"]>): D
  /** `n` independent copies: one value of shape `[n, ...S]`. A matrix has its columns first: `Normal(0, 1).iid(columns).iid(rows)` is `[rows, columns]`. */
  iid<const N extends number>(n: N): Dist<readonly [N, ...S], P, G, F> & FormsOf<this, readonly [N, ...S]>
}

/** The closed forms that only some families have. A distribution's type has the method exactly when its family supplies it. */
export interface ClosedForms<out S extends Shape = Shape> {
  /** −E[log p(x)] in nats, for discrete and continuous families alike. */
  entropy(): Tensor<readonly []>
  /** P(X ≤ x) for each number. Throws ShapeMismatch when `x` does not have the distribution's shape. */
  cdf(x: tf.Tensor): Tensor<S>
  /** log P(X ≤ x) for each number, also where `cdf` rounds to 0. Where `cdf` rounds to 1, it is still exact relative to its own size. */
  logCdf(x: tf.Tensor): Tensor<S>
  /** log P(X > x) for each number, also exact in the upper tail, where 1 − `cdf` has lost all its digits. */
  logSurvival(x: tf.Tensor): Tensor<S>
  /** The quantiles of the probabilities `u`, in (0, 1). Throws ShapeMismatch when `u` does not have the distribution's shape. */
  icdf(u: tf.Tensor): Tensor<S>
  /** The quantiles of probabilities u given as log u and log(1 − u), exact in both tails. One of u and 1 − u may round to 0. */
  icdfOfLogs(logU: tf.Tensor, logRest: tf.Tensor): Tensor<S>
  /** A value of the highest density or mass. */
  mode(): Tensor<S>
  /** All values that one event can take, `[k, ...event]`. */
  supportValues(): tf.Tensor
}

export type FormName = keyof ClosedForms

/** The cdf and the logarithms of both tails: a family has all of them or none. */
export type Tails = "cdf" | "logCdf" | "logSurvival"

/** The two forms of the quantiles: a family has both or none. */
export type Quantiles = "icdf" | "icdfOfLogs"

/** The closed forms `K` of a distribution of shape `S`. */
export type Has<S extends Shape, K extends FormName> = Pick<ClosedForms<S>, K>

/** The closed forms that `D` has, for another shape. */
type FormsOf<D, S extends Shape> = [keyof D & FormName] extends [never] ? unknown : Has<S, keyof D & FormName>

/**
 * The functions that a family must supply; {@link fromFamily} adds the rest. They broadcast over leading dimensions. Nothing is computed before one
 * of them is called, so a distribution can be declared outside of a program and holds no tensor of its own.
 */
export interface Family<
  S extends Shape = Shape,
  P extends Support = Support,
  G extends Gradient = Gradient,
  F extends string = string
> {
  readonly family: F
  readonly shape: S
  /** the number of trailing dimensions that one log density covers; 0 if left out */
  readonly eventRank?: number
  readonly support: P
  readonly gradients: ReadonlyArray<G>
  /** the period of the functions for which a gradient through its draws is right */
  readonly period?: number
  /** the range of its draws, given only if neither its support nor parameters `low` and `high` give it */
  readonly range?: () => Interval
  readonly constraints: Constraints
  readonly parameters: () => Readonly<Record<string, tf.Tensor | number>>
  readonly remark?: string
  readonly noBound?: boolean
  /** the log density of each event of `x`: one number for each position of the leading dimensions */
  readonly logDensity: (x: tf.Tensor) => tf.Tensor
  /** a value of the given shape, whose trailing dimensions are those of the parameters */
  readonly draw: (key: Key, shape: Shape) => tf.Tensor
  /** a value and the log density of each of its events, given only if both together cost less than one after the other */
  readonly drawAndLogDensity?: (key: Key, shape: Shape) => readonly [tf.Tensor, tf.Tensor]
  readonly mean: () => tf.Tensor | number
  readonly variance: () => tf.Tensor | number
  /** the entropy of each event */
  readonly entropy?: () => tf.Tensor | number
  /** the cdf and the logarithms of both tails; they are called only with numbers inside of the support */
  readonly cdf?: (x: tf.Tensor) => tf.Tensor
  readonly logCdf?: (x: tf.Tensor) => tf.Tensor
  readonly logSurvival?: (x: tf.Tensor) => tf.Tensor
  readonly icdf?: (u: tf.Tensor) => tf.Tensor
  /** from log u and log(1 − u), each exact relative to its own size */
  readonly icdfOfLogs?: (logU: tf.Tensor, logRest: tf.Tensor) => tf.Tensor
  readonly mode?: () => tf.Tensor | number
  readonly supportValues?: () => tf.Tensor
}

/** The distribution of a family's functions, with the closed forms that the family supplies. */
type DistOf<A extends Family> = Dist<A["shape"], A["support"], A["gradients"][number], A["family"]> &
  FormsOf<A, A["shape"]>

/** A distribution of independent events from its family's functions. */
export const fromFamily = <const A extends Family>(family: A): DistOf<A> => {
  const dist: Dist = {
    family: family.family,
    shape: family.shape,
    eventRank: family.eventRank ?? 0,
    support: family.support,
    gradients: family.gradients,
    ...(family.period !== undefined && { period: family.period }),
    ...(family.range !== undefined && { range: family.range }),
    constraints: family.constraints,
    parameters: family.parameters,
    remark: family.remark,
    ...(family.noBound === true && { noBound: true }),
    via,
    logDensity: family.logDensity,
    logProb: (x) => {
      mustHaveShape(family, "logProb", x)
      return total(family.logDensity(x), positions(family))
    },
    sample: (key) => typed(family.draw(key, family.shape)),
    sampleAndLogProb: (key) => {
      const [value, logDensity] = family.drawAndLogDensity?.(key, family.shape) ?? separately(family, key)
      return { value: typed(value), logProb: total(logDensity, positions(family)) }
    },
    mean: () => typed(spread(family.mean(), family.shape)),
    variance: () => typed(spread(family.variance(), family.shape)),
    iid: <const N extends number>(n: N) =>
      fromFamily({ ...family, shape: [positiveInteger(n), ...family.shape] }) as Dist<readonly [N, ...Shape]>
  }
  return { ...dist, ...closedForms(family) } as DistOf<A>
}

function via<D extends Dist>(this: D, way: Way): D {
  return asking(this, way)
}

/** A distribution, and all copies that are made of it, with an estimator that is asked for. */
const asking = <D extends Dist>(dist: D, way: Way): D => ({
  ...dist,
  way,
  iid: <const N extends number>(n: N) => asking(dist.iid(n), way)
})

const separately = (family: Family, key: Key): readonly [tf.Tensor, tf.Tensor] => {
  const value = family.draw(key, family.shape)
  return [value, family.logDensity(value)]
}

const closedForms = (family: Family): Partial<ClosedForms> => {
  const { shape, entropy, cdf, logCdf, logSurvival, icdf, icdfOfLogs, mode, supportValues } = family
  const tail = (name: Tails, f: (x: tf.Tensor) => tf.Tensor, below: number, above: number) => (x: tf.Tensor) => {
    mustHaveShape(family, name, x)
    return typed(between(family, x, f, below, above))
  }
  return {
    ...(entropy && { entropy: () => total(entropy(), positions(family)) }),
    ...(cdf && { cdf: tail("cdf", cdf, 0, 1) }),
    ...(logCdf && { logCdf: tail("logCdf", logCdf, Number.NEGATIVE_INFINITY, 0) }),
    ...(logSurvival && { logSurvival: tail("logSurvival", logSurvival, 0, Number.NEGATIVE_INFINITY) }),
    ...(icdf && {
      icdf: (u: tf.Tensor) => {
        mustHaveShape(family, "icdf", u)
        return typed(icdf(u))
      }
    }),
    ...(icdfOfLogs && {
      icdfOfLogs: (logU: tf.Tensor, logRest: tf.Tensor) => {
        mustHaveShape(family, "icdfOfLogs", logU)
        mustHaveShape(family, "icdfOfLogs", logRest)
        return typed(icdfOfLogs(exactLog(logU, logRest), exactLog(logRest, logU)))
      }
    }),
    ...(mode && { mode: () => typed(spread(mode(), shape)) }),
    ...(supportValues && { supportValues })
  }
}

/**
 * Extends a function on the inside of a support by constants `below` and `above` it. Infinities and numbers outside of the support are never passed
 * to the function, so that they give no NaN, neither in the value nor in the gradient.
 */
const between = (
  { support }: Family,
  x: tf.Tensor,
  f: (x: tf.Tensor) => tf.Tensor,
  below: number,
  above: number
): tf.Tensor => {
  const { low, high } = rangeOf(support)
  const isMass = kindOf[support] === "mass"
  const split = { low, high, withLow: isMass && Number.isFinite(low), meet: !isMass }
  const somewhere = Number.isFinite(high) ? (low + high) / 2 : Number.isFinite(low) ? low + 1 : 0
  const inside = f(splitAt(x, split, { below: somewhere, inside: x, above: somewhere }))
  return splitAt(x, split, { below, inside, above })
}

/** The dimensions along which a family's events are independent. */
const positions = ({ shape, eventRank = 0 }: Family): Shape => shape.slice(0, shape.length - eventRank)

const mustHaveShape = ({ family, shape }: Family, method: string, x: tf.Tensor): void => {
  if (sameShape(x.shape, shape)) return
  throw new ShapeMismatch({ site: undefined, where: `${family}.${method}`, expected: shape, actual: x.shape })
}

const positiveInteger = <N extends number>(n: N): N => {
  if (Number.isInteger(n) && n > 0) return n
  throw new SupportViolation({
    site: "iid",
    support: "integer",
    actual: `n is ${n}`,
    advice: "Give the number of copies, 1 or more."
  })
}

/** Repeats a parameter so that it has the full shape. */
export const spread = (x: tf.Tensor | number, shape: Shape): tf.Tensor =>
  typeof x === "number" ? tf.fill([...shape], x) : sameShape(x.shape, shape) ? x : tf.add(x, tf.zeros([...shape]))

/** The sum of a quantity over a shape to which it broadcasts. */
export const total = (x: tf.Tensor | number, shape: Shape): Tensor<readonly []> => {
  if (typeof x === "number") return typed(tf.scalar(x * sizeOf(shape)))
  if (shape.length === 0) return typed(x)
  const times = sizeOf(shape) / sizeOf(x.shape)
  return typed(times === 1 ? tf.sum(x) : tf.mul(tf.sum(x), times))
}
