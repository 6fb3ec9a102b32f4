import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../Errors.ts"
import type { Key } from "../tensor/random.ts"
import { type Param, type Shape, sameShape, sizeOf, type Tensor, typed } from "../tensor/Tensor.ts"
import type { Support } from "./Support.ts"

/** How the gradient of an expectation over a distribution can be had. */
export type Gradient = "reparameterized" | "score" | "enumerable"

/**
 * A distribution of one value of shape `S` on the support `P`. There are no batch shapes: `Normal(loc, scale)` with
 * parameters of shape [20] is one distribution of 20 independent numbers, and its `logProb` is one number.
 */
export interface Dist<out S extends Shape = Shape, out P extends Support = Support, out G extends string = string> {
  /** the family's name, such as `Normal` */
  readonly family: string
  readonly shape: S
  readonly support: P
  readonly gradients: ReadonlyArray<G>
  /** what the KL table reads: numbers, or tensors that broadcast to `shape` */
  parameters(): Readonly<Record<string, tf.Tensor | number>>
  /** a reservation that a plan must repeat, such as that this is not a density */
  readonly remark: string | undefined
  /**
   * The log density or log mass of one value, in nats.
   * @throws ShapeMismatch when `x` does not have the distribution's shape
   */
  logProb(x: tf.Tensor): Tensor<readonly []>
  /** One draw; the same key gives the same draw. */
  sample(key: Key): Tensor<S>
  mean(): Tensor<S>
  variance(): Tensor<S>
  /** `n` independent copies: one value of shape `[n, ...S]`. */
  iid<const N extends number>(n: N): Dist<readonly [N, ...S], P, G>
}

/**
 * What a family writes down; {@link fromFamily} adds the rest. Its functions broadcast over leading dimensions. Nothing is computed before
 * one of them is called, so that a distribution can be declared outside of a program and holds no tensor of its own.
 */
export interface Family<S extends Shape, P extends Support, G extends string> {
  readonly family: string
  readonly shape: S
  readonly support: P
  readonly gradients: ReadonlyArray<G>
  readonly parameters: () => Readonly<Record<string, tf.Tensor | number>>
  readonly remark?: string
  /** the log density of each number of `x` */
  readonly logDensity: (x: tf.Tensor) => tf.Tensor
  /** a value of the given shape, whose trailing dimensions are those of the parameters */
  readonly draw: (key: Key, shape: Shape) => tf.Tensor
  readonly mean: () => tf.Tensor | number
  readonly variance: () => tf.Tensor | number
}

/** A distribution of independent numbers from its family's elementwise functions. */
export const fromFamily = <const S extends Shape, P extends Support, G extends string>(
  family: Family<S, P, G>
): Dist<S, P, G> => ({
  family: family.family,
  shape: family.shape,
  support: family.support,
  gradients: family.gradients,
  parameters: family.parameters,
  remark: family.remark,
  logProb: (x) => {
    if (!sameShape(x.shape, family.shape)) {
      throw new ShapeMismatch({
        site: undefined,
        where: `${family.family}.logProb`,
        expected: family.shape,
        actual: x.shape
      })
    }
    return typed(tf.sum(family.logDensity(x)))
  },
  sample: (key) => typed(family.draw(key, family.shape)),
  mean: () => typed(spread(family.mean(), family.shape)),
  variance: () => typed(spread(family.variance(), family.shape)),
  iid: <const N extends number>(n: N) => {
    const shape: readonly [N, ...S] = [positiveInteger(n), ...family.shape]
    return fromFamily({ ...family, shape })
  }
})

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

/** The sum of an elementwise quantity over a shape to which it broadcasts. */
export const total = (x: tf.Tensor, shape: Shape): Tensor<readonly []> =>
  typed(tf.mul(tf.sum(x), sizeOf(shape) / sizeOf(x.shape)))

/**
 * The shape that two parameters give a distribution: theirs, when they agree or one of them is a number.
 * Other pairs would broadcast to something that nobody asked for.
 *
 * @throws ShapeMismatch
 */
export const jointShape = (family: string, a: Param, b: Param): Shape => {
  const [left, right] = [typeof a === "number" ? [] : a.shape, typeof b === "number" ? [] : b.shape]
  if (left.length === 0) return right
  if (right.length === 0 || sameShape(left, right)) return left
  throw new ShapeMismatch({
    site: undefined,
    where: family,
    expected: left,
    actual: right,
    advice: "Parameters have one shape, or are scalars."
  })
}

/** Checks a parameter that is given as a number; tensors are checked by what they do to the loss. */
export const requirePositive = (where: string, parameter: Param): void => {
  if (typeof parameter === "number" && !(parameter > 0)) {
    throw new SupportViolation({
      site: where,
      support: "positive",
      actual: `it is ${parameter}`,
      advice: "Give a number above 0."
    })
  }
}
