import * as tf from "@tensorflow/tfjs"
import { Engine, type FitOptions, type Optimizer } from "../../src/index.ts"
import { firstWords, isTagged, type Outcome, short } from "./Case.ts"

/** Leaves the parameters where they are until the last step, which puts the mean of a function of the gradients in their place. */
const meanOf = (f: (gradient: tf.Tensor) => tf.Tensor): Optimizer => ({
  name: "mean of the gradients",
  slots: ["sum"],
  scalars: (step, steps) => ({ last: step === steps - 1 ? 1 : 0, share: 1 / steps }),
  update: (parameter, gradient, [sum = gradient], scalar) => {
    const next = tf.add(sum, f(gradient))
    const mean = tf.mul(next, scalar("share"))
    return { parameter: tf.add(parameter, tf.mul(scalar("last"), tf.sub(mean, parameter))), slots: [next] }
  }
})

/** A fit of a guided model or program to some data, whatever its options. */
export type Fit = (
  options: FitOptions & { readonly engine: typeof Engine.onnx }
) => Promise<{ readonly parameters: Readonly<Record<string, ArrayLike<number>>> }>

export interface Estimate {
  readonly mean: number
  /** standard error of the mean */
  readonly error: number
}

/** The mean gradient of −ELBO by one parameter, which is real, over all steps of a fit at fixed parameters, by two runs at one seed. */
export const meanGradient = async (
  fit: Fit,
  parameter: string,
  options: FitOptions,
  steps: number
): Promise<Estimate> => {
  const average = async (f: (gradient: tf.Tensor) => tf.Tensor): Promise<number> => {
    const { parameters } = await fit({
      seed: 5,
      progress: false,
      ...options,
      engine: Engine.onnx,
      optimizer: meanOf(f)
    })
    return parameters[parameter]?.[0] ?? Number.NaN
  }
  const mean = await average((gradient) => gradient)
  const variance = await average((gradient) => tf.square(tf.sub(gradient, mean)))
  return { mean, error: Math.sqrt(variance / steps) }
}

export const show = ({ mean, error }: Estimate): string => `${short(mean)} ± ${short(error)}`

/** The mean gradient must lie within 4 standard errors of the exact one, and these must be small beside it. */
export const unbiased = async (
  fit: Fit,
  parameter: string,
  exact: number,
  { mayRefuse = false, steps, ...options }: FitOptions & { readonly mayRefuse?: boolean; readonly steps: number }
): Promise<Outcome> => {
  const right = mayRefuse ? `${short(exact)}, or refused` : short(exact)
  try {
    const found = await meanGradient(fit, parameter, options, steps)
    const allowed = Math.max(4 * found.error, 1e-4 * (1 + Math.abs(exact)))
    const sharp = found.error < Math.abs(exact) / 8
    return { printed: show(found), right, holds: sharp && Math.abs(found.mean - exact) < allowed }
  } catch (error) {
    return { printed: `refused: ${firstWords(error)}`, right, holds: mayRefuse && isTagged(error) }
  }
}
