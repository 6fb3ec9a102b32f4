import type * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { type Interval, interval } from "../../tensor/Interval.ts"
import { type Shape, sameShape } from "../../tensor/Tensor.ts"
import { type Accepts, accepts, eventRankOf, rangeOf, type Support } from "../Support.ts"
import { type ShapeRule, shapeAfter, shapeBefore } from "./shapes.ts"

/** Whether a transform of single numbers rises or falls with them; `undefined` for transforms of vectors and matrices. */
export type Direction = "increasing" | "decreasing" | undefined

/** The functions and facts that a transform must supply; {@link transform} adds the rest. The functions broadcast over leading dimensions. */
export interface Formulas<
  out D extends Support = Support,
  out C extends Support = Support,
  out N extends string = string,
  out R extends ShapeRule = ShapeRule,
  out M extends Direction = Direction
> {
  /** transforms of the same name are the same function, unless the name contains `(…)`, which stands for parameters */
  readonly name: N
  readonly domain: D
  readonly codomain: C
  /** the number of trailing dimensions of one event before and after: 0 for numbers, 1 for vectors, 2 for matrices */
  readonly eventRanks: readonly [before: number, after: number]
  /** the rule for the shape of a value */
  readonly shapes: R
  readonly direction: M
  /** the common shape of the parameters, if any: the last dimensions of a value must be these */
  readonly parameterShape?: Shape
  /** continuous, so that a gradient may flow through it */
  readonly forward: (x: tf.Tensor) => tf.Tensor
  readonly inverse: (y: tf.Tensor) => tf.Tensor
  /**
   * log|det ∂y/∂x| of each event, from x and y = forward(x). If not all numbers of y are free, the density is over the free ones: the first n − 1
   * numbers of a simplex; the entries on and below the diagonal of a triangular or symmetric matrix; the entries below the diagonal of a factor of a
   * correlation matrix.
   */
  readonly logDetJacobian: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor
  /** y and log|det ∂y/∂x|, given only if both together cost less than one after the other */
  readonly forwardAndLogDet?: (x: tf.Tensor) => readonly [y: tf.Tensor, logDet: tf.Tensor]
  /** x and log|det ∂y/∂x|; the second is infinite if y is not in the image */
  readonly inverseAndLogDet?: (y: tf.Tensor) => readonly [x: tf.Tensor, logDet: tf.Tensor]
}

/** A smooth bijection between two supports, with the logarithm of the factor by which it changes volumes. */
export interface Transform<
  out D extends Support = Support,
  out C extends Support = Support,
  out N extends string = string,
  out R extends ShapeRule = ShapeRule,
  out M extends Direction = Direction
> extends Formulas<D, C, N, R, M> {
  readonly forwardAndLogDet: (x: tf.Tensor) => readonly [y: tf.Tensor, logDet: tf.Tensor]
  readonly inverseAndLogDet: (y: tf.Tensor) => readonly [x: tf.Tensor, logDet: tf.Tensor]
  /** the transforms of a chain, in the order in which they are applied */
  readonly parts?: ReadonlyArray<Transform>
}

/** A transform y = Ax + b in which each number of y comes from one number of x: so mean and variance after it are exact. */
export interface Linear {
  /** the variance of each number of y from those of x */
  readonly varianceOf: (variance: tf.Tensor) => tf.Tensor
}

/** A transform of single numbers without parameters that may change. It can also be evaluated on plain numbers, infinite ones included. */
export interface Fixed {
  readonly ofNumbers: { readonly forward: (x: number) => number; readonly inverse: (y: number) => number }
}

export const isFixed = (transform: Transform): transform is Transform & Fixed => "ofNumbers" in transform

/** A chain of transforms whose image changes with its parameters, such as x → a + eˣ. */
export interface MovingImage {
  readonly movingImage: true
}

export const isLinear = (transform: Transform): transform is Transform & Linear => "varianceOf" in transform

/** A transform from its formulas. */
export const transform = <
  const D extends Support,
  const C extends Support,
  const N extends string,
  const R extends ShapeRule,
  const M extends Direction
>(
  formulas: Formulas<D, C, N, R, M>
): Transform<D, C, N, R, M> => {
  const { forward, inverse, logDetJacobian } = formulas
  return {
    forwardAndLogDet: (x) => {
      const y = forward(x)
      return [y, logDetJacobian(x, y)]
    },
    inverseAndLogDet: (y) => {
      const x = inverse(y)
      return [x, logDetJacobian(x, y)]
    },
    ...formulas
  }
}

export const partsOf = (transform: Transform): ReadonlyArray<Transform> => transform.parts ?? [transform]

/** Whether two transforms are known to be the same function: part by part, the same object, or the same name without parameters. */
export const sameTransform = (a: Transform, b: Transform): boolean => {
  const [left, right] = [partsOf(a), partsOf(b)]
  return left.length === right.length && left.every((part, i) => samePart(part, right[i] ?? b))
}

const samePart = (a: Transform, b: Transform): boolean => a === b || (a.name === b.name && !a.name.includes("(…)"))

/** The support of y for an x on a support `P`; `never` if the transform is not defined there. */
export type Image<T extends Transform, P extends Support> = [P] extends [T["domain"]]
  ? T["codomain"]
  : [P, T["domain"]] extends ["nonNegative", "positive"]
    ? T["codomain"]
    : [T["direction"]] extends [undefined]
      ? never
      : P extends Accepts[T["domain"]]
        ? "interval"
        : never

/**
 * The same at run time. Any transform of single numbers maps an interval to an interval. `nonNegative` differs from `positive` only by the point 0,
 * which has probability 0.
 */
export const imageOf = (transform: Transform, support: Support): Support | undefined => {
  const { domain, codomain, direction } = transform
  if (support === domain || (support === "nonNegative" && domain === "positive")) return codomain
  const inside: ReadonlyArray<Support> = accepts[domain]
  return direction !== undefined && inside.includes(support) ? "interval" : undefined
}

/** The range of the numbers that a transform takes or gives, and whether it moves with parameters. A support's name does not tell this. */
export interface Numbers {
  /** `undefined` between the parts of the inverse of a chain, where the interval has no name of its own */
  readonly support: Support | undefined
  readonly range: Interval
  readonly moves: boolean
}

/**
 * The range of the numbers after one part of a transform. The whole domain is mapped onto the whole codomain for all parameters. A subset of the
 * domain has a fixed image under a transform without parameters; under one with parameters the image moves with them.
 */
const throughPart = ({ support: before, range, moves }: Numbers, part: Transform): Numbers => {
  const support = before && imageOf(part, before)
  if (isFixed(part)) {
    const bounds = [part.ofNumbers.forward(range.low), part.ofNumbers.forward(range.high)].sort((a, b) => a - b)
    const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = bounds
    return { support, range: interval(low, high, "()"), moves }
  }
  if (part.direction === undefined && part.domain === part.codomain) return { support, range, moves }
  const own = rangeOf(support ?? part.codomain)
  return {
    support,
    range: eventRankOf[part.codomain] === 2 ? own : interval(own.low, own.high, "()"),
    moves: moves || !isWhole(part, before)
  }
}

/** The same through all parts, one after the other. */
export const throughParts = (parts: ReadonlyArray<Transform>, from: Numbers): Numbers => parts.reduce(throughPart, from)

/** Whether a support is the whole domain of a part of a transform. An interval is not, because its name does not give its bounds. */
const isWhole = ({ domain, direction }: Transform, support: Support | undefined): boolean =>
  direction === undefined ||
  (support === domain && domain !== "interval") ||
  (support === "nonNegative" && domain === "positive")

/** Whether the image of a support `P` changes with the parameters: see {@link throughParts}. */
export type Moves<T extends Transform, P extends Support> = T extends MovingImage
  ? true
  : T extends Fixed
    ? false
    : [T["direction"]] extends [undefined]
      ? false
      : [P] extends [Exclude<T["domain"], "interval">]
        ? false
        : [P, T["domain"]] extends ["nonNegative", "positive"]
          ? false
          : true

/**
 * The shape of forward(x) for an x of the given shape.
 *
 * @throws ShapeMismatch when the transform does not accept values of that shape
 */
export const outputShape = (transform: Transform, shape: Shape): Shape =>
  partsOf(transform).reduce((before, part) => {
    const wanted = part.parameterShape ?? []
    if (wanted.length > 0 && !sameShape(wanted, before.slice(-wanted.length))) {
      const advice = "The last dimensions of a value must be those of the transform's parameters."
      throw new ShapeMismatch({ site: undefined, where: part.name, expected: wanted, actual: before, advice })
    }
    return shapeAfter(part.name, part.shapes, before)
  }, shape)

/**
 * The shape of x for a y of the given shape: the shape of the numbers that a guide needs for a value.
 *
 * @throws ShapeMismatch when the transform does not give values of that shape
 */
export const inputShape = (transform: Transform, shape: Shape): Shape =>
  partsOf(transform).reduceRight((after, part) => shapeBefore(part.name, part.shapes, after), shape)
