import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../Errors.ts"
import { sizeOf, type Tensor, typed } from "../tensor/Tensor.ts"
import type { Dist, Has } from "./Dist.ts"

/** The largest number of values over which a site is enumerated. */
const limit = 65_536

/**
 * The number of values that a distribution can take: the number for one event, to the power of the number of independent events. Twenty coins have
 * 2²⁰.
 *
 * @returns undefined where the values cannot be listed
 */
export const valueCount = (dist: Dist): number | undefined =>
  hasValues(dist) ? (dist.supportValues().shape[0] ?? 0) ** events(dist) : undefined

/** Whether {@link allValues} lists them. */
export const canBeListed = (dist: Dist): boolean => (valueCount(dist) ?? Number.POSITIVE_INFINITY) <= limit

/**
 * All values of a distribution as rows, `[K, ...shape]`.
 *
 * @throws InvalidOption when they cannot be listed, or are more than 65,536
 */
export const allValues = (site: string, dist: Dist): Tensor => {
  const count = valueCount(dist)
  if (!hasValues(dist) || count === undefined || count > limit)
    throw new InvalidOption({
      option: `the distribution of the enumerated site '${site}'`,
      value: `${dist.family}, which has ${count === undefined ? "no list of its values" : `${count} values`}`,
      expected: `a discrete family with at most ${limit} values`
    })
  const values = dist.supportValues()
  const [each = 1, positions] = [values.shape[0], events(dist)]
  const digits = Int32Array.from(
    { length: count * positions },
    (_, i) => Math.floor(Math.floor(i / positions) / each ** (positions - 1 - (i % positions))) % each
  )
  return typed(tf.reshape(tf.gather(values, tf.tensor1d(digits, "int32")), [count, ...dist.shape]))
}

const hasValues = (dist: Dist): dist is Dist & Has<Dist["shape"], "supportValues"> =>
  dist.gradients.includes("enumerable") && "supportValues" in dist

/** The number of independent events of a distribution. */
const events = ({ shape, eventRank }: Dist): number => sizeOf(shape.slice(0, shape.length - eventRank))
