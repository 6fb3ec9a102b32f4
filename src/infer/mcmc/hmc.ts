import { type Asking, divergence, energyOf, leapfrog, type Phase, type Place, withMomentum } from "./hamiltonian.ts"
import type { Moving, Transition } from "./nuts.ts"

/** A transition, and the end of the trajectory that it proposed. */
export interface Proposed {
  readonly transition: Transition
  readonly end: Phase
}

/**
 * A transition of Hamiltonian Monte Carlo (Duane et al. 1987; Neal 2011, section 3.2): the end of a trajectory of some leapfrog steps, accepted with probability min(1, e^(−change of energy)). A trajectory on
 * which the energy is infinite is given up, which is as likely from its other end.
 */
export function* hmcTransition(place: Place, steps: number, { step, metric, numbers }: Moving): Asking<Proposed> {
  const origin = withMomentum(place, metric.momentum(numbers), metric)
  const begin = energyOf(origin)
  let end = origin
  let leapfrogs = 0
  while (leapfrogs < steps && (leapfrogs === 0 || energyOf(end) < Number.POSITIVE_INFINITY)) {
    end = yield* leapfrog(end, step, metric)
    leapfrogs++
  }
  const change = leapfrogs < steps ? Number.POSITIVE_INFINITY : energyOf(end) - begin
  const acceptance = Math.min(1, Math.exp(-change))
  const taken = numbers.uniform() < acceptance ? end : origin
  const { vector, logDensity, gradient } = taken
  const transition = {
    place: { vector, logDensity, gradient },
    acceptance,
    depth: 0,
    leapfrogs,
    isDivergent: change > divergence,
    energy: energyOf(taken)
  }
  return { transition, end }
}
