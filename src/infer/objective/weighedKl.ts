import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { conditional, expectedLog, type FitLength, type TermsObjective } from "./Objective.ts"

/** A rise of β along a line, over the first epochs of a fit. */
export interface WarmUp {
  /** β at the first step (0) */
  readonly from?: number
  /** β from the end of these epochs on (1) */
  readonly to?: number
  readonly epochs: number
}

/** β: a number, a function of the step (from 0) and the number of steps, or a rise over some epochs. */
export type KlWeight = number | ((step: number, steps: number) => number) | WarmUp

/**
 * The ELBO whose KLs count β times, E_q[log p(x | z)] − β KL(q ‖ p) (Higgins et al. 2017, equation 4). A β that rises from 0 keeps latent units from falling idle
 * at the start (Bowman et al. 2016, section 3.1). It is no bound on log p(x) while β ≠ 1; the ELBO itself is reported beside it.
 *
 * @throws InvalidOption for a β below 0, and, when a fit begins, for a rise over more epochs than it has
 * @example
 * ```ts
 * const disentangled = { objective: Objective.beta(4) }
 * const warmedUp = { objective: Objective.beta({ epochs: 10 }) } // from 0 at the first step to 1 after ten epochs
 * ```
 */
export const beta = (given: KlWeight): TermsObjective => {
  const at = betaAt(given)
  return {
    name: `ELBO with KLs times ${inWords(given)}`,
    needs: "terms",
    formula: ({ latents, observed, given: data }) =>
      `${expectedLog({ observed, latents })}− β KL( ${conditional("q", latents, data)} ‖ ${conditional("p", latents, [])} ), β = ${inWords(given)}`,
    noBound: `its KLs count β times, where β is ${inWords(given)}`,
    reweighs: true,
    weighsByDraws: false,
    isBound: (step, fit) => at(step, fit) === 1,
    check: ({ epochs }) => {
      if (typeof given !== "object" || given.epochs <= epochs) return
      throw new InvalidOption({
        option: "objective",
        value: `a warm-up of β over ${given.epochs} epochs`,
        expected: `at most ${epochs} epochs, as many as the fit has: otherwise β would never reach ${given.to ?? 1}`
      })
    },
    ...(typeof given !== "number" && { scalars: (step, fit) => ({ β: at(step, fit) }) }),
    costs: (terms, scalar) =>
      terms.map(({ kind, value }) =>
        kind === "kl" ? tf.mul(typeof given === "number" ? given : scalar("β"), value) : value
      )
  }
}

const betaAt = (given: KlWeight): ((step: number, fit: FitLength) => number) => {
  if (typeof given === "function") return (step, { steps }) => mustBeBeta(given(step, steps))
  if (typeof given !== "object" || given === null) {
    const always = mustBeBeta(given)
    return () => always
  }
  const { from = 0, to = 1, epochs } = given
  mustBeBeta(from)
  mustBeBeta(to)
  if (!(Number.isFinite(epochs) && epochs > 0))
    throw new InvalidOption({ option: "epochs", value: String(epochs), expected: "a number of epochs above 0" })
  return (step, fit) => {
    const rise = (epochs * fit.steps) / fit.epochs
    return step >= rise ? to : from + ((to - from) * step) / rise
  }
}

const mustBeBeta = (value: unknown): number => {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidOption({ option: "β", value: String(value), expected: "a number from 0" })
}

const inWords = (given: KlWeight): string => {
  if (typeof given === "number") return String(given)
  if (typeof given === "function") return "a function of the step"
  return `from ${given.from ?? 0} to ${given.to ?? 1} over ${given.epochs} epochs`
}
