import * as tf from "@tensorflow/tfjs"
import { compose } from "./chain.ts"
import { type Fixed, isFixed, partsOf, type Transform, transform } from "./Transform.ts"

/** The type of the inverse of a transform. */
export type Inverse<T extends Transform> = Transform<
  T["codomain"],
  T["domain"],
  `inverse(${T["name"]})`,
  { readonly inverse: T["shapes"] },
  T["direction"]
> &
  (T extends Fixed ? Fixed : unknown)

/**
 * The inverse transform: x from y, with −log|det J|.
 *
 * @example
 * ```ts
 * Transform.inverse(Transform.exp).forward(tf.scalar(Math.E)) // => 1
 * ```
 */
export const inverse = <const T extends Transform>(original: T): Inverse<T> => {
  const parts = partsOf(original)
  const known = { name: nameOf(original), domain: original.codomain, codomain: original.domain }
  const turned = parts.length > 1 ? compose(parts.map(inverted).reverse(), known) : inverted(original)
  return turned as Transform as Inverse<T>
}

const nameOf = <N extends string>({ name }: { readonly name: N }): `inverse(${N})` => `inverse(${name})`

const inverted = (original: Transform): Transform => {
  const { domain, codomain, eventRanks, direction, parameterShape } = original
  const turned = transform({
    name: nameOf(original),
    domain: codomain,
    codomain: domain,
    eventRanks: [eventRanks[1], eventRanks[0]],
    shapes: { inverse: original.shapes },
    direction,
    ...(parameterShape && { parameterShape }),
    forward: original.inverse,
    inverse: original.forward,
    logDetJacobian: (y, x) => tf.neg(original.logDetJacobian(x, y)),
    forwardAndLogDet: (y) => {
      const [x, logDet] = original.inverseAndLogDet(y)
      return [x, tf.neg(logDet)]
    },
    inverseAndLogDet: (x) => {
      const [y, logDet] = original.forwardAndLogDet(x)
      return [y, tf.neg(logDet)]
    }
  })
  if (!isFixed(original)) return turned
  const { forward, inverse } = original.ofNumbers
  const fixed: Transform & Fixed = { ...turned, ofNumbers: { forward: inverse, inverse: forward } }
  return fixed
}
