import { type Numbers, numbersOf } from "./chainNumbers.ts"
import { type Asking, energyOf, leapfrog, type Place, withMomentum } from "./hamiltonian.ts"
import { type Metric, type MetricKind, metricEstimateOf, unit } from "./metric.ts"
import type { Moving, Transition } from "./nuts.ts"
import { adaptedStepSize } from "./stepSize.ts"
import { treeFor } from "./tree.ts"
import { type Window, windowsOf } from "./windows.ts"

/** How a chain moves. */
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
  /** the step size at which learning begins, for each metric (one that is found by leapfrog steps) */
  readonly firstStep?: () => number
  /** in which transitions of the warm-up metrics are learned (Stan's) */
  readonly windows?: ReadonlyArray<Window>
  readonly onTransition: (transition: Transition, isWarmup: boolean) => void
  /** asked after the warm-up before each draw: whether to end with the draws that there are */
  readonly isStopped?: () => boolean
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
  const tree = treeFor(size)
  const begin = yield* beginning(start, numbers)
  if (begin === undefined) return undefined
  let place = begin
  let metric = settings.from ?? unit(size)
  const { firstStep } = settings
  const stepSize = adaptedStepSize(firstStep?.() ?? (yield* reasonableStep(place, 1, metric, numbers)), targetAccept)
  const windows = settings.windows ?? windowsOf(warmup)
  let estimate = metricEstimateOf(settings.metric, size)
  for (let i = 0; i < warmup; i++) {
    const transition = yield* kernel(place, { step: stepSize.current(), metric, numbers, tree })
    place = transition.place
    stepSize.learn(transition.acceptance)
    onTransition(transition, true)
    const window = windows.find(([from, to]) => i >= from && i < to)
    if (window === undefined) continue
    estimate.add(place.vector)
    if (i + 1 < window[1]) continue
    metric = estimate.metric() ?? metric
    estimate = metricEstimateOf(settings.metric, size)
    stepSize.restart(firstStep?.() ?? (yield* reasonableStep(place, stepSize.current(), metric, numbers)))
  }
  const chain = emptyChain(draws, size, stepSize.final())
  for (let i = 0; i < draws; i++) {
    if (settings.isStopped?.() === true) return firstDraws(chain, i)
    const transition = yield* kernel(place, { step: chain.stepSize, metric, numbers, tree })
    place = transition.place
    onTransition(transition, false)
    keepDraw(chain, i, transition)
  }
  return chain
}

/** A chain whose draws are still to come. */
export const emptyChain = (draws: number, size: number, stepSize: number): Chain => ({
  vectors: new Float32Array(draws * size),
  logDensity: new Float64Array(draws),
  energy: new Float64Array(draws),
  acceptance: new Float64Array(draws),
  treeDepth: new Int32Array(draws),
  leapfrogs: new Int32Array(draws),
  divergent: new Uint8Array(draws),
  stepSize
})

/** Puts a transition at the place of draw i. */
export const keepDraw = (chain: Chain, i: number, { place, ...said }: Transition): void => {
  chain.vectors.set(place.vector, i * place.vector.length)
  chain.logDensity[i] = place.logDensity
  chain.energy[i] = said.energy
  chain.acceptance[i] = said.acceptance
  chain.treeDepth[i] = said.depth
  chain.leapfrogs[i] = said.leapfrogs
  chain.divergent[i] = said.isDivergent ? 1 : 0
}

/** A chain that was ended after n draws. */
export const firstDraws = (chain: Chain, n: number): Chain => {
  const size = chain.vectors.length / chain.logDensity.length
  return {
    vectors: chain.vectors.subarray(0, n * size),
    logDensity: chain.logDensity.subarray(0, n),
    energy: chain.energy.subarray(0, n),
    acceptance: chain.acceptance.subarray(0, n),
    treeDepth: chain.treeDepth.subarray(0, n),
    leapfrogs: chain.leapfrogs.subarray(0, n),
    divergent: chain.divergent.subarray(0, n),
    stepSize: chain.stepSize
  }
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
export function* reasonableStep(place: Place, from: number, metric: Metric, numbers: Numbers): Asking<number> {
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
