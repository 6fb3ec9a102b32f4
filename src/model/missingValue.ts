import * as tf from "@tensorflow/tfjs"
import { DataFormat } from "../Errors.ts"
import { howToRead } from "../tensor/ops/Operand.ts"
import { type Shape, type Tensor, typed } from "../tensor/Tensor.ts"

export { seenField } from "../data/missingRows.ts"

const parts = Symbol("parts of a value that may be missing")

/**
 * A value of which some or all numbers may be missing, as a row of `MissingRows` holds it. No operation takes it, and `observe` refuses it: a program says
 * what holes mean by observing it with `masked`, `marginal` or `imputed`. A guide or an encoder may read it by {@link filled} and {@link seen}.
 */
export interface Missing<out T extends Tensor = Tensor> {
  readonly [parts]: { readonly value: T; readonly seen: T }
}

/** A value whose holes hold some number of the support, and zeros and ones of its shape: 1 where a number is there. */
export const missingValue = <S extends Shape>(value: Tensor<S>, seen: Tensor<S>): Missing<Tensor<S>> => ({
  [parts]: { value, seen },
  ...{ [howToRead]: "filled(x, 0) has its numbers with 0 in the holes, and seen(x) says which of them are there" }
})

/** @throws DataFormat for a value that has no holes, which plain JavaScript may give */
export const partsOf = <T extends Tensor>(
  value: Missing<T>,
  asking: string
): { readonly value: T; readonly seen: T } => {
  if (typeof value === "object" && value !== null && parts in value && value[parts] !== undefined) return value[parts]
  throw new DataFormat({
    path: asking,
    reason: "its value is no field of rows with holes",
    advice: "Give the field's data as Data.missing(values, event), or observe a value without holes by observe."
  })
}

/**
 * 1 where a number is there, 0 where it is missing: what an encoder may want to know beside the numbers.
 *
 * @example
 * ```ts
 * const guide = () => ({ rows: (row: { readonly y: Missing<Tensor<[3]>> }) => ({ z: Normal(sum(filled(row.y, 0)), sum(seen(row.y))) }) })
 * ```
 */
export const seen = <S extends Shape>(value: Missing<Tensor<S>>): Tensor<S> => partsOf(value, "seen").seen

/** The numbers, with one of your own in place of those that are missing. Observing them makes data of what was never seen: use it as an input only. */
export const filled = <S extends Shape>(value: Missing<Tensor<S>>, by: number): Tensor<S> => {
  const { value: numbers, seen: isThere } = partsOf(value, "filled")
  return typed(tf.where(tf.greater(isThere, 0), numbers, tf.fill([...numbers.shape], by)))
}
