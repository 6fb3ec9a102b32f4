import type * as tf from "@tensorflow/tfjs"
import { get, type Parameters } from "./closedForm.ts"

/** The parameters of the gamma distribution of a variable, or of its inverse. */
export interface GammaParameters {
  readonly concentration: tf.Tensor | number
  readonly rate: tf.Tensor | number
}

/** Reads the parameters of a gamma distribution from those of a family. */
export type ReadGamma = (parameters: Parameters) => GammaParameters

const given: ReadGamma = (each) => ({ concentration: get(each, "concentration"), rate: get(each, "rate") })

/** Families that are gamma distributions. */
export const asGamma = {
  Gamma: given,
  Chi2: given,
  Exponential: (each) => ({ concentration: 1, rate: get(each, "rate") })
} as const satisfies Readonly<Record<string, ReadGamma>>

/** Families of variables whose inverses are gamma distributed. */
export const whoseInverseIsGamma = {
  InverseGamma: (each) => ({ concentration: get(each, "concentration"), rate: get(each, "scale") })
} as const satisfies Readonly<Record<string, ReadGamma>>
