import type * as tf from "@tensorflow/tfjs"
import type { Key } from "../../tensor/random.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { ClosedForms, Dist, FormName, Has } from "../Dist.ts"

/** A distribution of numbers whose cdf has an inverse. */
export type Invertible = Dist & Has<Shape, "cdf" | "icdf">

/** Those of the closed forms `K` that `D` has, for values of shape `S`. */
export type Keeps<D, K extends FormName, S extends Shape> = [Extract<keyof D, K>] extends [never]
  ? unknown
  : Has<S, Extract<keyof D, K>>

/** Independent copies of a distribution, along new leading dimensions. */
const copies = (dist: Dist, lead: Shape): Dist => lead.reduceRight<Dist>((each, n) => each.iid(n), dist)

/** The same, of one that can be asked for quantiles. */
export const invertibleCopies = (dist: Invertible, lead: Shape): Invertible =>
  lead.reduceRight<Invertible>((each, n) => each.iid(n), dist)

/** A draw of a shape whose trailing dimensions are the distribution's. */
export const drawOf = (dist: Dist, key: Key, size: Shape): tf.Tensor => copies(dist, leadOf(dist, size)).sample(key)

/** The dimensions of a value's shape that come before the distribution's own. */
export const leadOf = (dist: Pick<Dist, "shape">, size: Shape): Shape => size.slice(0, size.length - dist.shape.length)

/** How many of a distribution's dimensions are those of independent events. */
export const positionsOf = ({ shape, eventRank }: Dist): number => shape.length - eventRank

/** The closed forms that a distribution turns out to have. */
export const formsOf = (dist: Dist): Pick<Dist, "family"> & Partial<ClosedForms> => dist

/** Its cdf or quantiles for any number of values, where it has them. */
export const formOver = (dist: Dist, name: "cdf" | "icdf"): ((x: tf.Tensor) => tf.Tensor) | undefined => {
  if (formsOf(dist)[name] === undefined) return undefined
  return (x) => {
    const form = formsOf(copies(dist, leadOf(dist, x.shape)))[name]
    if (form === undefined) throw new RangeError(`copies of ${dist.family} have lost their ${name}`)
    return form(x)
  }
}
