import type { Numbers } from "./chainNumbers.ts"
import {
  type Asking,
  divergence,
  dot,
  energyOf,
  leapfrog,
  type Phase,
  type Place,
  plusIn,
  withMomentum
} from "./hamiltonian.ts"
import type { Metric } from "./metric.ts"

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
}

/** A stretch of a trajectory, from its first to its last state in the direction in which it was built. */
interface Stretch {
  readonly first: Phase
  readonly last: Phase
  /** the sum of its momenta */
  readonly total: Float64Array
  /** one of its states, drawn with weights e^(−energy) */
  readonly chosen: Phase
  readonly logWeight: number
}

/** What is counted along all of a trajectory, also where it is given up. */
interface Count {
  leapfrogs: number
  acceptance: number
  isDivergent: boolean
}

interface Building extends Moving {
  readonly begin: number
  readonly count: Count
}

const logAddExp = (a: number, b: number): number => {
  const most = Math.max(a, b)
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log(Math.exp(a - most) + Math.exp(b - most))
}

/** The generalized criterion: whether both ends still move along the sum of the momenta, here in two parts (Betancourt 2017, appendix A.4.2). */
const goesOn = (a: Phase, b: Phase, early: Float64Array, late: Float64Array): boolean =>
  dot(a.velocity, early) + dot(a.velocity, late) > 0 && dot(b.velocity, early) + dot(b.velocity, late) > 0

/**
 * Whether two stretches that follow each other make one without a U-turn: by the criterion for all of it, and for each of them with the first state of the other, which finds turns that the sum hides (Stan's
 * criterion since version 2.21).
 */
const isStraight = (early: Stretch, late: Stretch): boolean =>
  goesOn(early.first, late.last, early.total, late.total) &&
  goesOn(early.first, late.first, early.total, late.first.momentum) &&
  goesOn(early.last, late.last, late.total, early.last.momentum)

/** 2^depth states beyond a state; undefined where it turns inside, or diverges. */
function* stretchFrom(from: Phase, depth: number, sign: number, building: Building): Asking<Stretch | undefined> {
  if (depth === 0) return yield* oneStep(from, sign, building)
  const early = yield* stretchFrom(from, depth - 1, sign, building)
  if (early === undefined) return undefined
  const late = yield* stretchFrom(early.last, depth - 1, sign, building)
  if (late === undefined) return undefined
  const logWeight = logAddExp(early.logWeight, late.logWeight)
  const isLate = Math.log(building.numbers.uniform()) < late.logWeight - logWeight
  if (!isStraight(early, late)) return undefined
  const chosen = isLate ? late.chosen : early.chosen
  return {
    first: early.first,
    last: late.last,
    total: plusIn(building.metric.room(), early.total, late.total),
    chosen,
    logWeight
  }
}

function* oneStep(from: Phase, sign: number, { step, metric, begin, count }: Building): Asking<Stretch | undefined> {
  const state = yield* leapfrog(from, sign * step, metric)
  const logWeight = begin - energyOf(state)
  count.leapfrogs++
  count.acceptance += Math.min(1, Math.exp(logWeight))
  if (-logWeight > divergence) {
    count.isDivergent = true
    return undefined
  }
  return { first: state, last: state, total: state.momentum, chosen: state, logWeight }
}

/**
 * A transition of the No-U-Turn sampler (Hoffman and Gelman 2014) with multinomial weights, biased towards later stretches, and the generalized criterion (Betancourt 2017, appendix A.3 and A.4): a
 * trajectory is doubled at one of its ends, chosen by chance, until it turns.
 *
 * @param most how often it is doubled at most
 */
export function* nutsTransition(place: Place, most: number, moving: Moving): Asking<Transition> {
  const { metric, numbers } = moving
  const origin = withMomentum(place, metric.momentum(numbers), metric)
  const count: Count = { leapfrogs: 0, acceptance: 0, isDivergent: false }
  const building: Building = { ...moving, begin: energyOf(origin), count }
  // in the direction of time
  let all: Stretch = { first: origin, last: origin, total: origin.momentum, chosen: origin, logWeight: 0 }
  let depth = 0
  while (depth < most) {
    const isForward = numbers.uniform() > 0.5
    const added = yield* stretchFrom(isForward ? all.last : all.first, depth, isForward ? 1 : -1, building)
    if (added === undefined) break
    depth++
    const chosen = Math.log(numbers.uniform()) < added.logWeight - all.logWeight ? added.chosen : all.chosen
    const [early, late] = isForward ? [all, added] : [{ ...added, first: added.last, last: added.first }, all]
    const isEnd = !isStraight(early, late)
    const logWeight = logAddExp(all.logWeight, added.logWeight)
    all = {
      first: early.first,
      last: late.last,
      total: plusIn(metric.room(), early.total, late.total),
      chosen,
      logWeight
    }
    if (isEnd) break
  }
  const { vector, logDensity, gradient } = all.chosen
  return {
    place: { vector, logDensity, gradient },
    acceptance: count.acceptance / Math.max(1, count.leapfrogs),
    depth,
    leapfrogs: count.leapfrogs,
    isDivergent: count.isDivergent,
    energy: energyOf(all.chosen)
  }
}
