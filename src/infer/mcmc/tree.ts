import type { Numbers } from "./chainNumbers.ts"
import { emptyPhase, type Phase, type Place } from "./hamiltonian.ts"
import type { Metric } from "./metric.ts"
import { roomFor } from "./room.ts"
import { isStraight } from "./uTurn.ts"

/** A state that is written over when nothing holds it. */
interface Held extends Phase {
  holders: number
}

/** A stretch of a trajectory, from its first to its last state in the direction in which it was built. */
export interface Stretch {
  first: Held
  last: Held
  /** the sum of its momenta */
  total: Float64Array
  /** one of its states, drawn with weights e^(−energy) */
  chosen: Held
  logWeight: number
}

/** The memory of one chain's trees, one after the other: arrays are made for the first ones, and used again. */
export interface Tree {
  /** the whole trajectory, in the direction of time */
  readonly all: Stretch
  /** of each level the early half of the next one, and the late half: a stretch of 2^level states. More are not known at a time */
  readonly stretch: (level: number, half: number) => Stretch
  /** a state that nothing holds */
  readonly take: () => Held
  /** says that one place less needs a state */
  readonly drop: (state: Held) => void
  /** begins anew */
  readonly clear: () => void
}

export const treeFor = (size: number): Tree => {
  const room = roomFor(size)
  const newState = (): Held => ({ ...emptyPhase(room), holders: 0 })
  const nowhere = newState()
  const newStretch = (): Stretch => ({ first: nowhere, last: nowhere, total: room(), chosen: nowhere, logWeight: 0 })
  const [states, free]: [Array<Held>, Array<Held>] = [[], []]
  const stretches: Array<Stretch> = []
  return {
    all: newStretch(),
    stretch: (level, half) => {
      const known = stretches[2 * level + half]
      if (known !== undefined) return known
      const made = newStretch()
      stretches[2 * level + half] = made
      return made
    },
    take: () => {
      const known = free.pop()
      if (known !== undefined) return known
      const made = newState()
      states.push(made)
      return made
    },
    drop: (state) => {
      if (--state.holders === 0) free.push(state)
    },
    clear: () => {
      free.length = 0
      for (const state of states) {
        state.holders = 0
        free.push(state)
      }
    }
  }
}

/** The trajectory of one state, where it begins. */
export const begun = (tree: Tree, place: Place, metric: Metric, numbers: Numbers): Stretch => {
  tree.clear()
  const origin = tree.take()
  origin.vector.set(place.vector)
  origin.logDensity = place.logDensity
  origin.gradient = place.gradient
  metric.momentum(numbers, origin.momentum)
  metric.velocity(origin.momentum, origin.velocity)
  tree.all.total.set(origin.momentum)
  return ofOne(tree.all, origin, 0)
}

const ofOne = (stretch: Stretch, state: Held, logWeight: number): Stretch => {
  stretch.first = state
  stretch.last = state
  stretch.chosen = state
  stretch.logWeight = logWeight
  state.holders = 3
  return stretch
}

/**
 * Adds state i of a new stretch, which closes as many stretches as i + 1 can be halved.
 *
 * @returns the largest of them, or undefined where one of them turns
 */
export const grown = (tree: Tree, i: number, state: Held, logWeight: number, numbers: Numbers): Stretch | undefined => {
  let late = ofOne(tree.stretch(0, i & 1), state, logWeight)
  late.total = state.momentum
  for (let level = 0; ((i >> level) & 1) === 1; level++) {
    const early = tree.stretch(level, 0)
    const both = tree.stretch(level + 1, (i >> (level + 1)) & 1)
    const weight = logAddExp(early.logWeight, late.logWeight)
    const isLate = Math.log(numbers.uniform()) < late.logWeight - weight
    if (!isStraight(early.first, early.last, early.total, late.first, late.last, late.total, both.total))
      return undefined
    both.first = early.first
    both.last = late.last
    both.chosen = isLate ? late.chosen : early.chosen
    both.logWeight = weight
    tree.drop(early.last)
    tree.drop(late.first)
    tree.drop(isLate ? early.chosen : late.chosen)
    late = both
  }
  return late
}

/**
 * Adds a stretch to an end of the trajectory. Its states are taken with a bias towards them.
 *
 * @returns whether the trajectory still goes on
 */
export const doubled = (tree: Tree, added: Stretch, isForward: boolean, numbers: Numbers): boolean => {
  const { all } = tree
  const isAdded = Math.log(numbers.uniform()) < added.logWeight - all.logWeight
  const goesOn = isForward
    ? isStraight(all.first, all.last, all.total, added.first, added.last, added.total, all.total)
    : isStraight(added.last, added.first, added.total, all.first, all.last, all.total, all.total)
  tree.drop(added.first)
  if (isForward) {
    tree.drop(all.last)
    all.last = added.last
  } else {
    tree.drop(all.first)
    all.first = added.last
  }
  tree.drop(isAdded ? all.chosen : added.chosen)
  if (isAdded) all.chosen = added.chosen
  all.logWeight = logAddExp(all.logWeight, added.logWeight)
  return goesOn
}

const logAddExp = (a: number, b: number): number => {
  const most = Math.max(a, b)
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log(Math.exp(a - most) + Math.exp(b - most))
}
