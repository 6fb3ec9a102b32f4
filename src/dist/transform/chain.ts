import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../../Errors.ts"
import type { Refused } from "../../tensor/Tensor.ts"
import { rangeOf, type Support } from "../Support.ts"
import { sumLast } from "./lastAxis.ts"
import {
  type Direction,
  type Fixed,
  type Image,
  imageOf,
  isFixed,
  isLinear,
  type Linear,
  type Moves,
  type MovingImage,
  partsOf,
  type Transform,
  throughParts,
  transform
} from "./Transform.ts"

type Some = readonly [Transform, ...ReadonlyArray<Transform>]
type Names<T> = T extends readonly [infer A extends Transform, ...infer Rest extends Some]
  ? `${A["name"]} → ${Names<Rest>}`
  : T extends readonly [infer A extends Transform]
    ? A["name"]
    : string
type Rules<T extends Some> = { readonly [K in keyof T]: T[K]["shapes"] }
type DirectionOf<T extends Some> = undefined extends T[number]["direction"] ? undefined : "increasing" | "decreasing"

/** The support after all transforms, one after the other; `never` if one is not defined on the support before it. */
type Through<P extends Support, T> = [P] extends [never]
  ? never
  : T extends readonly [infer A extends Transform, ...infer Rest]
    ? Through<Image<A, P>, Rest>
    : P

/** Whether the parameters of one of the transforms move the image of the whole chain's domain. */
type MovesThrough<P extends Support, T> = [P] extends [never]
  ? false
  : T extends readonly [infer A extends Transform, ...infer Rest]
    ? Moves<A, P> extends true
      ? true
      : MovesThrough<Image<A, P>, Rest>
    : false

/** The type of a chain of transforms. It is a refusal in words if one of them is not defined on the support that the one before it gives. */
export type Chain<T extends Some> = [Through<T[0]["domain"], T>] extends [never]
  ? Refused<`${Names<T>}: one of them is not defined on the support that the one before it gives`>
  : Transform<T[0]["domain"], Through<T[0]["domain"], T>, Names<T>, { readonly chain: Rules<T> }, DirectionOf<T>> &
      (T[number] extends Linear ? Linear : unknown) &
      (T[number] extends Fixed ? Fixed : unknown) &
      (MovesThrough<T[0]["domain"], T> extends true ? MovingImage : unknown)

/**
 * The composition of transforms, the first one first. The logarithms of their determinants add up.
 *
 * @throws SupportViolation when one is not defined on the support that the one before it gives
 * @example
 * ```ts
 * const between2And5 = Transform.chain(Transform.sigmoid, Transform.affine(2, 3))
 * between2And5.forward(tf.scalar(0)) // => 3.5
 * ```
 */
export const chain = <const T extends Some>(...transforms: T): Chain<T> => compose(transforms) as Transform as Chain<T>

/** The same for transforms whose types are not known to the compiler. */
export const compose = (
  transforms: ReadonlyArray<Transform>,
  known: Partial<Pick<Transform, "name" | "domain" | "codomain">> = {}
): Transform => {
  const domain = known.domain ?? transforms[0]?.domain ?? "real"
  const parts = transforms.flatMap(partsOf)
  const ranks = ranksOf(parts)
  const forwardAndLogDet = (x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] =>
    follow(x, parts, ranks, (part, at) => part.forwardAndLogDet(at))
  const linear = parts.every(isLinear) ? parts.filter(isLinear) : undefined
  const fixed = parts.every(isFixed) ? parts.filter(isFixed).map(({ ofNumbers }) => ofNumbers) : undefined
  const whole = { support: domain, range: rangeOf(domain), moves: domain === "interval" && fixed === undefined }
  return {
    ...transform({
      name: known.name ?? transforms.map(({ name }) => name).join(" → "),
      domain,
      codomain: known.codomain ?? transforms.reduce(imageThrough, domain),
      eventRanks: [ranks[0] ?? 0, ranks.at(-1) ?? 0],
      shapes: { chain: parts.map(({ shapes }) => shapes) },
      direction: parts.map(({ direction }) => direction).reduce(directionOfBoth),
      forward: (x) => parts.reduce((at, part) => part.forward(at), x),
      inverse: (y) => parts.reduceRight((at, part) => part.inverse(at), y),
      logDetJacobian: (x) => forwardAndLogDet(x)[1],
      forwardAndLogDet,
      inverseAndLogDet: (y) =>
        follow(y, parts.toReversed(), ranks.slice(0, -1).reverse(), (part, at) => part.inverseAndLogDet(at))
    }),
    ...(linear && {
      varianceOf: (variance: tf.Tensor) => linear.reduce((at, part) => part.varianceOf(at), variance)
    }),
    ...(fixed && {
      ofNumbers: {
        forward: (x: number) => fixed.reduce((at, part) => part.forward(at), x),
        inverse: (y: number) => fixed.reduceRight((at, part) => part.inverse(at), y)
      }
    }),
    ...(throughParts(parts, whole).moves && { movingImage: true }),
    parts
  }
}

const imageThrough = (support: Support, part: Transform): Support => {
  const image = imageOf(part, support)
  if (image !== undefined) return image
  throw new SupportViolation({
    site: part.name,
    support: part.domain,
    actual: `the transform before it gives the support '${support}'`,
    advice: "Let each transform of a chain begin where the one before it ends."
  })
}

const directionOfBoth = (a: Direction, b: Direction): Direction =>
  a === undefined || b === undefined ? undefined : a === b ? "increasing" : "decreasing"

/** The number of trailing dimensions of one event before each part, and after the last: the smallest numbers that suffice for every part. */
const ranksOf = (parts: ReadonlyArray<Transform>): ReadonlyArray<number> => {
  const grown = [0]
  let needed = 0
  for (const { eventRanks } of parts) {
    const sofar = grown.at(-1) ?? 0
    needed = Math.max(needed, eventRanks[0] - sofar)
    grown.push(sofar + eventRanks[1] - eventRanks[0])
  }
  return grown.map((more) => needed + more)
}

/**
 * Applies the parts and adds up their log determinants. Each is summed over the dimensions by which the chain's event has a higher rank than the
 * part's event.
 */
const follow = (
  start: tf.Tensor,
  parts: ReadonlyArray<Transform>,
  ranks: ReadonlyArray<number>,
  step: (part: Transform, at: tf.Tensor) => readonly [tf.Tensor, tf.Tensor]
): readonly [tf.Tensor, tf.Tensor] => {
  let at = start
  const logDets = parts.map((part, i) => {
    const [next, logDet] = step(part, at)
    at = next
    return sumLast(logDet, (ranks[i] ?? 0) - part.eventRanks[0])
  })
  return [at, logDets.reduce((sum, logDet) => tf.add(sum, logDet))]
}
