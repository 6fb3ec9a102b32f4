import * as tf from "@tensorflow/tfjs"
import { iwae } from "./iwae.ts"
import type { LogWeightObjective } from "./Objective.ts"
import { relativeWeight } from "./relativeWeights.ts"

/**
 * The importance weighted bound with the doubly reparameterized gradient of its guide, Σₖ w̄ₖ² ∂log wₖ/∂zₖ ∂zₖ/∂φ with w̄ₖ = wₖ / Σⱼ wⱼ (Tucker et al. 2019, equation 8): unbiased, and with a signal
 * that does not fade as particles are added. Each latent site needs a path.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.doublyReparameterized, particles: 50 }
 * ```
 */
export const doublyReparameterized: LogWeightObjective = {
  ...iwae,
  name: "IWAE, doubly reparameterized",
  logQ: "path",
  pathFactor: (logWeight, { particles }) => tf.div(relativeWeight(logWeight), particles)
}

/**
 * Reweighted wake-sleep with the doubly reparameterized gradient of its guide, Σₖ (w̄ₖ − w̄ₖ²) ∂log wₖ/∂zₖ ∂zₖ/∂φ (Tucker et al. 2019, section 5), for guides whose draws have a path.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.wakeSleepReparameterized, particles: 50 }
 * ```
 */
export const wakeSleepReparameterized: LogWeightObjective = {
  ...doublyReparameterized,
  name: "reweighted wake-sleep, doubly reparameterized",
  isTwofold: true,
  pathFactor: (logWeight, { particles }) => tf.sub(1, tf.div(relativeWeight(logWeight), particles))
}
