import type * as tf from "@tensorflow/tfjs"
import { get, type Parameters } from "./closedForm.ts"

/** The gamma law of a variable, or of its inverse. */
export interface GammaLaw {
  readonly concentration: tf.Tensor | number
  readonly rate: tf.Tensor | number
}

/** The gamma law that a family's parameters describe. */
export type ReadGamma = (parameters: Parameters) => GammaLaw

const given: ReadGamma = (each) => ({ concentration: get(each, "concentration"), rate: get(each, "rate") })

/** Families that are gamma laws. */
export const asGamma = {
  Gamma: given,
  Chi2: given,
  Exponential: (each) => ({ concentration: 1, rate: get(each, "rate") })
} as const satisfies Readonly<Record<string, ReadGamma>>

/** Families of variables whose inverses follow gamma laws. */
export const whoseInverseIsGamma = {
  InverseGamma: (each) => ({ concentration: get(each, "concentration"), rate: get(each, "scale") })
} as const satisfies Readonly<Record<string, ReadGamma>>
