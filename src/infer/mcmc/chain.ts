import { type Numbers, numbersOf } from "./chainNumbers.ts"
import { type Asking, energyOf, leapfrog, type Place, withMomentum } from "./hamiltonian.ts"
import { estimateOf, type Metric, type MetricKind, unit } from "./metric.ts"
import type { Moving, Transition } from "./nuts.ts"
import { adaptedStepSize } from "./stepSize.ts"
import { windowsOf } from "./windows.ts"

/** How a chain moves: NUTS, HMC. */
export type Kernel = (place: Place, moving: Moving) => Asking<Transition>

export interface ChainSettings {
  readonly warmup: number
  readonly draws: number
  readonly targetAccept: number
  readonly metric: MetricKind
  readonly seed: number
  /** the numbers at which it begins, NaN where they are drawn */
  readonly start: Float64Array
  /** the first metric (the identity) */
  readonly from?: Metric
  readonly onTransition: (transition: Transition, isWarmup: boolean) => void
}

/** The draws of one chain after its warm-up, and what each transition said of itself. */
export interface Chain {
  /** `[draws, size]` */
  readonly vectors: Float32Array
  readonly logDensity: Float64Array
  readonly energy: Float64Array
  readonly acceptance: Float64Array
  readonly treeDepth: Int32Array
  readonly leapfrogs: Int32Array
  readonly divergent: Uint8Array
  readonly stepSize: number
}

/** How often a beginning is drawn before it is given up. */
const tries = 100

/** All of a chain's life; undefined where no beginning has a finite log density and gradient. */
export function* chainOf(kernel: Kernel, index: number, settings: ChainSettings): Asking<Chain | undefined> {
  const { warmup, draws, targetAccept, start, onTransition } = settings
  const numbers = numbersOf(settings.seed, index)
  const size = start.length
  const begin = yield* beginning(start, numbers)
  if (begin === undefined) return undefined
  let place = begin
  let metric = settings.from ?? unit(size)
  const stepSize = adaptedStepSize(yield* reasonableStep(place, 1, metric, numbers), targetAccept)
  const windows = windowsOf(warmup)
  let estimate = estimateOf(settings.metric, size)
  for (let i = 0; i < warmup; i++) {
    const transition = yield* kernel(place, { step: stepSize.current(), metric, numbers })
    place = transition.place
    stepSize.learn(transition.acceptance)
    onTransition(transition, true)
    const window = windows.find(([from, to]) => i >= from && i < to)
    if (window === undefined) continue
    estimate.add(place.vector)
    if (i + 1 < window[1]) continue
    metric = estimate.metric() ?? metric
    estimate = estimateOf(settings.metric, size)
    stepSize.restart(yield* reasonableStep(place, stepSize.current(), metric, numbers))
  }
  const chain: Chain = {
    vectors: new Float32Array(draws * size),
    logDensity: new Float64Array(draws),
    energy: new Float64Array(draws),
    acceptance: new Float64Array(draws),
    treeDepth: new Int32Array(draws),
    leapfrogs: new Int32Array(draws),
    divergent: new Uint8Array(draws),
    stepSize: stepSize.final()
  }
  for (let i = 0; i < draws; i++) {
    const transition = yield* kernel(place, { step: chain.stepSize, metric, numbers })
    place = transition.place
    onTransition(transition, false)
    chain.vectors.set(place.vector, i * size)
    chain.logDensity[i] = place.logDensity
    chain.energy[i] = transition.energy
    chain.acceptance[i] = transition.acceptance
    chain.treeDepth[i] = transition.depth
    chain.leapfrogs[i] = transition.leapfrogs
    chain.divergent[i] = transition.isDivergent ? 1 : 0
  }
  return chain
}

/** Numbers that are not given are uniform in (−2, 2), as Stan's, drawn until the log density and its gradient are finite. */
export function* beginning(start: Float64Array, numbers: Numbers): Asking<Place | undefined> {
  for (let i = 0; i < tries; i++) {
    const vector = start.map((x) => (Number.isNaN(x) ? 4 * numbers.uniform() - 2 : x))
    const there = yield vector
    if (Number.isFinite(there.logDensity) && there.gradient.every(Number.isFinite)) return { ...there, vector }
  }
  return undefined
}

/** The acceptance of one step at which the search ends. */
const crossing = Math.log(0.8)

/** A step size at which one leapfrog step crosses an acceptance of 0.8, found by doubling or halving (Hoffman and Gelman 2014, algorithm 4; with Stan's 0.8). */
function* reasonableStep(place: Place, from: number, metric: Metric, numbers: Numbers): Asking<number> {
  let step = Math.min(from, 1e7)
  let direction = 0
  for (let i = 0; i < 60; i++) {
    const origin = withMomentum(place, metric.momentum(numbers), metric)
    const there = yield* leapfrog(origin, step, metric)
    const next = energyOf(origin) - energyOf(there) > crossing ? 1 : -1
    if (direction !== 0 && next !== direction) return step
    direction = next
    step = direction === 1 ? 2 * step : step / 2
  }
  return step
}
