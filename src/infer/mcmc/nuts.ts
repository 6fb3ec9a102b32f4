import type { Numbers } from "./chainNumbers.ts"
import { type Asking, arrive, depart, divergence, energyOf, type Place } from "./hamiltonian.ts"
import type { Metric } from "./metric.ts"
import { begun, doubled, grown, type Tree, treeFor } from "./tree.ts"

/** One transition of a chain, and what it says of itself. */
export interface Transition {
  readonly place: Place
  /** the mean acceptance probability along the trajectory, which the step size is adapted to */
  readonly acceptance: number
  /** how often the trajectory was doubled; 0 where it is of a given length */
  readonly depth: number
  readonly leapfrogs: number
  readonly isDivergent: boolean
  /** of the place that was taken, with the momentum that led there */
  readonly energy: number
}

export interface Moving {
  readonly step: number
  readonly metric: Metric
  readonly numbers: Numbers
  /** memory of this chain alone, for its trees one after the other (a new one) */
  readonly tree?: Tree
}

/**
 * A transition of the No-U-Turn sampler (Hoffman and Gelman 2014) with multinomial weights, biased towards later stretches, and the generalized criterion (Betancourt 2017, appendix A.3 and A.4): a
 * trajectory is doubled at one of its ends, chosen by chance, until it turns.
 *
 * @param most how often it is doubled at most
 */
export function* nutsTransition(place: Place, most: number, moving: Moving): Asking<Transition> {
  const { metric, numbers, tree = treeFor(place.vector.length) } = moving
  const all = begun(tree, place, metric, numbers)
  const begin = energyOf(all.chosen)
  let depth = 0
  let leapfrogs = 0
  let acceptance = 0
  let isDivergent = false
  let isStraight = true
  while (depth < most && isStraight) {
    const isForward = numbers.uniform() > 0.5
    const step = isForward ? moving.step : -moving.step
    let from = isForward ? all.last : all.first
    let added = all
    // 2^depth states beyond the end, given up where they turn among themselves, or diverge
    for (let i = 0; i < 2 ** depth && isStraight; i++) {
      const state = tree.take()
      depart(from, state, step, metric)
      arrive(state, yield state.vector, step, metric)
      from = state
      const logWeight = begin - energyOf(state)
      leapfrogs++
      acceptance += Math.min(1, Math.exp(logWeight))
      isDivergent = -logWeight > divergence
      const stretch = isDivergent ? undefined : grown(tree, i, state, logWeight, numbers)
      isStraight = stretch !== undefined
      added = stretch ?? added
    }
    if (!isStraight) break
    depth++
    isStraight = doubled(tree, added, isForward, numbers)
  }
  const { vector, logDensity, gradient } = all.chosen
  const taken = metric.room()
  taken.set(vector)
  return {
    place: { vector: taken, logDensity, gradient },
    acceptance: acceptance / Math.max(1, leapfrogs),
    depth,
    leapfrogs,
    isDivergent,
    energy: energyOf(all.chosen)
  }
}
