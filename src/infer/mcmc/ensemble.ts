import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Prepared } from "../run/prepared.ts"
import { beginning, type Chain, emptyChain, firstDraws, keepDraw, reasonableStep } from "./chain.ts"
import { numbersOf } from "./chainNumbers.ts"
import { cheesLength, fixedLength } from "./chees.ts"
import { densityOf } from "./density.ts"
import type { Asking, Place } from "./hamiltonian.ts"
import { hmcTransition, type Proposed } from "./hmc.ts"
import type { HmcSettings } from "./hmcSettings.ts"
import { type Metric, metricEstimateOf, unit } from "./metric.ts"
import { progressTo } from "./progressTo.ts"
import { runTogether } from "./runChains.ts"
import { fewest, noBeginning } from "./sampleBy.ts"
import { samplingShown } from "./samplingProgress.ts"
import { adaptedStepSize } from "./stepSize.ts"
import type { Target } from "./target.ts"
import { windowsOf } from "./windows.ts"

/** The draws of all chains, and the longest time of their trajectories. */
export interface Ensemble {
  readonly chains: ReadonlyArray<Chain>
  readonly trajectory: number
}

/**
 * Chains of Hamiltonian Monte Carlo that move in step: all of them take as many leapfrog steps of one size, so that none waits for another one. One warm-up learns step size, metric and length of trajectory from all chains.
 * When the signal aborts they end with the draws that there are, or are interrupted where these are too few.
 */
export const sampleEnsemble = (
  target: Target,
  data: Prepared,
  settings: HmcSettings
): Effect.Effect<Ensemble, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { warmup, draws, signal, maxSteps, seed } = settings
      const { size } = target
      const isStopped = (): boolean => signal?.aborted === true
      if (isStopped()) return yield* Effect.interrupt
      const density = yield* densityOf(target, data, settings.chains)
      const tell = progressTo(settings.progress, samplingShown)
      const started = performance.now()
      let [transitions, divergences, evaluations, drawn] = [0, 0, 0, 0]
      const together = <A>(asking: ReadonlyArray<Asking<A>>): Effect.Effect<ReadonlyArray<A>, FitError> => {
        const before = evaluations
        return runTogether(asking, size, density, (now) => {
          evaluations = before + now
          return !isStopped() || drawn >= fewest
        })
      }
      const numbers = Array.from({ length: settings.chains }, (_, i) => numbersOf(seed, i))
      const { uniform } = numbersOf(seed, 0, "trajectory")
      const begun = yield* together(numbers.map((own) => beginning(target.start, own)))
      let places: ReadonlyArray<Place> = begun.flatMap((place) => place ?? [])
      if (places.length < settings.chains) return yield* Effect.fail(noBeginning(target))
      let metric: Metric = unit(size)
      const firstStep = (from: number): Effect.Effect<number, FitError> =>
        Effect.map(
          together(places.map((place, i) => reasonableStep(place, from, metric, numbers[i] ?? numbersOf(seed, i)))),
          (steps) => Math.exp(steps.reduce((sum, step) => sum + Math.log(step), 0) / steps.length)
        )
      const first = yield* firstStep(1)
      const stepSize = adaptedStepSize(first, settings.targetAccept)
      const length =
        settings.trajectory === "chees"
          ? cheesLength(first, () => maxSteps * stepSize.current())
          : fixedLength(settings.trajectory)
      const move = (step: number, longest: number) =>
        Effect.gen(function* () {
          const steps = Math.min(maxSteps, Math.max(1, Math.ceil((uniform() * longest) / step)))
          const from = places.map(({ vector }) => vector)
          const proposed = yield* together(
            places.map((place, i) =>
              hmcTransition(place, steps, { step, metric, numbers: numbers[i] ?? numbersOf(seed, i) })
            )
          )
          places = proposed.map(({ transition }) => transition.place)
          transitions += places.length
          const seconds = (performance.now() - started) / 1000
          tell({ transitions, of: settings.chains * (warmup + draws), evaluations, divergences, seconds })
          return { from, proposed, time: steps * step }
        })
      const windows = windowsOf(warmup)
      let estimate = metricEstimateOf(settings.metric, size)
      for (let i = 0; i < warmup; i++) {
        const { from, proposed, time } = yield* move(stepSize.current(), length.current())
        stepSize.learn(acceptanceOf(proposed))
        length.learn(from, proposed, time, metric)
        const window = windows.find(([from, to]) => i >= from && i < to)
        if (window === undefined) continue
        for (const { vector } of places) estimate.add(vector)
        if (i + 1 < window[1]) continue
        metric = estimate.metric() ?? metric
        estimate = metricEstimateOf(settings.metric, size)
        const before = stepSize.final()
        stepSize.restart(yield* firstStep(before))
        length.rescale(stepSize.current() / before)
      }
      const [step, trajectory] = [stepSize.final(), length.final()]
      const chains = places.map(() => emptyChain(draws, size, step))
      for (; drawn < draws && !(isStopped() && drawn >= fewest); drawn++) {
        const { proposed } = yield* move(step, trajectory)
        for (const [i, { transition }] of proposed.entries()) {
          const chain = chains[i]
          if (chain !== undefined) keepDraw(chain, drawn, transition)
          if (transition.isDivergent) divergences++
        }
      }
      return { chains: chains.map((chain) => firstDraws(chain, drawn)), trajectory }
    })
  )

const acceptanceOf = (proposed: ReadonlyArray<Proposed>): number =>
  proposed.reduce((sum, { transition }) => sum + transition.acceptance, 0) / proposed.length
