import type * as tf from "@tensorflow/tfjs"

export type Parameters = Readonly<Record<string, tf.Tensor | number>>

/**
 * A closed form of KL(q‖p) for each event of the value, as a function of the two families' `parameters()`. It returns `undefined` for parameters
 * without a closed form.
 */
export type ClosedForm = (q: Parameters, p: Parameters) => tf.Tensor | undefined

/** Closed forms by pair of families, `Q‖P`. */
export type ClosedForms = Readonly<Record<`${string}‖${string}`, ClosedForm>>

/** A parameter of a family, by name. */
export const get = (parameters: Parameters, name: string): tf.Tensor | number => {
  const value = parameters[name]
  if (value === undefined)
    throw new RangeError(`the KL table reads a parameter '${name}' that the family does not have`)
  return value
}
