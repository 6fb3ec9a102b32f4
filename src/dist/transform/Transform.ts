import type * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { type Interval, interval } from "../../tensor/Interval.ts"
import { type Shape, sameShape } from "../../tensor/Tensor.ts"
import { type Accepts, accepts, eventRankOf, rangeOf, type Support } from "../Support.ts"
import { type ShapeRule, shapeAfter, shapeBefore } from "./shapes.ts"

/** Whether a transform of single numbers rises or falls with them; `undefined` for transforms of vectors and matrices. */
export type Direction = "increasing" | "decreasing" | undefined

/** What a transform writes down; {@link transform} adds the rest. Its functions broadcast over leading dimensions. */
export interface Formulas<
  out D extends Support = Support,
  out C extends Support = Support,
  out N extends string = string,
  out R extends ShapeRule = ShapeRule,
  out M extends Direction = Direction
> {
  /** one name, one function: a transform with parameters has `(…)` in its name */
  readonly name: N
  readonly domain: D
  readonly codomain: C
  /** how many trailing dimensions one event has before and after: 0 for numbers, 1 for vectors, 2 for matrices */
  readonly eventRanks: readonly [before: number, after: number]
  /** what becomes of the shape of a value */
  readonly shapes: R
  readonly direction: M
  /** the shape that parameters have, if they have one: the last dimensions of a value must be these */
  readonly parameterShape?: Shape
  /** continuous, so that a gradient may flow through it */
  readonly forward: (x: tf.Tensor) => tf.Tensor
  readonly inverse: (y: tf.Tensor) => tf.Tensor
  /**
   * log|det ∂y/∂x| of each event, from x and y = forward(x). Where y has fewer free numbers than numbers (simplex, triangular and symmetric
   * matrices) the free ones are the first n − 1 of a simplex, those on and below the diagonal of a matrix, and those below it for a
   * factor of a correlation matrix.
   */
  readonly logDetJacobian: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor
  /** y and log|det ∂y/∂x|, where both together cost less than one after the other */
  readonly forwardAndLogDet?: (x: tf.Tensor) => readonly [y: tf.Tensor, logDet: tf.Tensor]
  /** x and log|det ∂y/∂x|; the second is infinite where no x has this y */
  readonly inverseAndLogDet?: (y: tf.Tensor) => readonly [x: tf.Tensor, logDet: tf.Tensor]
}

/** A smooth bijection between two supports, with the logarithm of what it does to volumes. */
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

/** A transform y = Ax + b in which each number of y comes from one number of x: moments go through it exactly. */
export interface Linear {
  /** the variance of each number of y from those of x */
  readonly varianceOf: (variance: tf.Tensor) => tf.Tensor
}

/** A transform of single numbers that is one function, without parameters that may change: it is known of plain numbers, too, infinite ones included. */
export interface Fixed {
  readonly ofNumbers: { readonly forward: (x: number) => number; readonly inverse: (y: number) => number }
}

export const isFixed = (transform: Transform): transform is Transform & Fixed => "ofNumbers" in transform

/** A chain of transforms whose image of its domain is another one for other parameters, such as x → a + eˣ. */
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

/** Whether two transforms are known to be the same function: one object, or one name without parameters, part by part. */
export const sameTransform = (a: Transform, b: Transform): boolean => {
  const [left, right] = [partsOf(a), partsOf(b)]
  return left.length === right.length && left.every((part, i) => samePart(part, right[i] ?? b))
}

const samePart = (a: Transform, b: Transform): boolean => a === b || (a.name === b.name && !a.name.includes("(…)"))

/** The support of what comes out, for what lies on a support `P`; `never` where the transform is not defined. */
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
 * The same at run time. Numbers between two ends go to numbers between two ends, whatever the transform does to them; 0 alone, by which
 * `nonNegative` differs from `positive`, has no probability.
 */
export const imageOf = (transform: Transform, support: Support): Support | undefined => {
  const { domain, codomain, direction } = transform
  if (support === domain || (support === "nonNegative" && domain === "positive")) return codomain
  const inside: ReadonlyArray<Support> = accepts[domain]
  return direction !== undefined && inside.includes(support) ? "interval" : undefined
}

/** Numbers that a transform takes or gives: where they lie, and whether that moves with parameters, which a support's name does not tell. */
export interface Numbers {
  /** `undefined` between the parts of the inverse of a chain, which lead from an interval without a name of its own */
  readonly support: Support | undefined
  readonly range: Interval
  readonly moves: boolean
}

/**
 * The numbers that come out of one part of a transform. The whole domain is led to the whole codomain, whatever the parameters are. What covers a
 * part of the domain only is led to the same numbers by a transform that is one function, and to other ones for other parameters elsewhere.
 */
const throughPart = ({ support: before, range, moves }: Numbers, part: Transform): Numbers => {
  const support = before && imageOf(part, before)
  if (isFixed(part)) {
    const ends = [part.ofNumbers.forward(range.low), part.ofNumbers.forward(range.high)].sort((a, b) => a - b)
    const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = ends
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

/** The same through each part in turn. */
export const throughParts = (parts: ReadonlyArray<Transform>, from: Numbers): Numbers => parts.reduce(throughPart, from)

/** Whether a support is all that a part of a transform takes. An interval's name does not tell which one it is. */
const isWhole = ({ domain, direction }: Transform, support: Support | undefined): boolean =>
  direction === undefined ||
  (support === domain && domain !== "interval") ||
  (support === "nonNegative" && domain === "positive")

/** Whether the numbers that come out, for what lies on a support `P`, are other ones for other parameters: see {@link throughParts}. */
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
 * @throws ShapeMismatch when the transform does not take values of that shape
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
 * The shape of x for a y of the given shape: how many numbers a guide needs for a value.
 *
 * @throws ShapeMismatch when the transform does not give values of that shape
 */
export const inputShape = (transform: Transform, shape: Shape): Shape =>
  partsOf(transform).reduceRight((after, part) => shapeBefore(part.name, part.shapes, after), shape)
