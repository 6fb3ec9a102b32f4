import type * as tf from "@tensorflow/tfjs"
import type { Key } from "../../tensor/random.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { ClosedForms, Dist, FormName, Has, Quantiles, Tails } from "../Dist.ts"

/** A distribution of numbers whose cdf has an inverse. */
export type Invertible = Dist & Has<Shape, Tails | Quantiles>

/** The closed forms among `K` that `D` has, for values of shape `S`. */
export type Keeps<D, K extends FormName, S extends Shape> = [Extract<keyof D, K>] extends [never]
  ? unknown
  : Has<S, Extract<keyof D, K>>

/** Independent copies of a distribution, along new leading dimensions. */
const copies = (dist: Dist, lead: Shape): Dist => lead.reduceRight<Dist>((each, n) => each.iid(n), dist)

/** The same, for a distribution with quantiles. */
export const invertibleCopies = (dist: Invertible, lead: Shape): Invertible =>
  lead.reduceRight<Invertible>((each, n) => each.iid(n), dist)

/** A draw of a shape whose trailing dimensions are the distribution's. */
export const drawOf = (dist: Dist, key: Key, size: Shape): tf.Tensor => copies(dist, leadOf(dist, size)).sample(key)

/** The dimensions of a value's shape that come before the distribution's own. */
export const leadOf = (dist: Pick<Dist, "shape">, size: Shape): Shape => size.slice(0, size.length - dist.shape.length)

/** The dimensions of a distribution's shape that are those of independent events. */
export const positionsOf = ({ shape, eventRank }: Dist): number => shape.length - eventRank

/** The closed forms that a distribution has, read at run time. */
export const formsOf = (dist: Dist): Pick<Dist, "family"> & Partial<ClosedForms> => dist

/** The closed forms among the given names that a distribution of numbers has, for any number of values. */
export const formsOver = <K extends Tails | Quantiles>(
  dist: Dist,
  names: ReadonlyArray<K>
): { readonly [N in K]?: ClosedForms[N] } => {
  const named = names.flatMap((name) => {
    if (formsOf(dist)[name] === undefined) return []
    const over = (...xs: [tf.Tensor, tf.Tensor]): tf.Tensor => {
      const form: ((...xs: [tf.Tensor, tf.Tensor]) => tf.Tensor) | undefined = formsOf(
        copies(dist, leadOf(dist, xs[0].shape))
      )[name]
      if (form === undefined) throw new RangeError(`copies of ${dist.family} have lost their ${name}`)
      return form(...xs)
    }
    return [[name, over] as const]
  })
  return Object.fromEntries(named) as { readonly [N in K]?: ClosedForms[N] }
}

export const tails: ReadonlyArray<Tails> = ["cdf", "logCdf", "logSurvival"]
export const quantiles: ReadonlyArray<Quantiles> = ["icdf", "icdfOfLogs"]
