import { Effect } from "effect"
import { type FitError, GuideMismatch } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Prepared } from "../run/prepared.ts"
import { type Chain, type ChainSettings, chainOf, firstDraws, type Kernel } from "./chain.ts"
import { type Density, densityOf, type Evaluates } from "./density.ts"
import type { Metric } from "./metric.ts"
import { progressTo } from "./progressTo.ts"
import { runTogether } from "./runChains.ts"
import { samplingShown } from "./samplingProgress.ts"
import type { ChainOptions } from "./settings.ts"
import type { Target } from "./target.ts"

/** Where each chain begins, and with which metric. */
export interface Begun {
  readonly starts?: ReadonlyArray<Float64Array>
  readonly metric?: Metric
}

/** Half a chain needs two draws for R-hat. */
export const fewest = 4

type Settings = ChainOptions & Pick<ChainSettings, "firstStep" | "windows">

/** Runs chains of a kernel on a target. When the signal aborts they end with the draws that all of them have, or are interrupted where these are too few. */
export const sampleBy = (
  kernel: Kernel,
  target: Target,
  data: Prepared,
  settings: Settings & { readonly evaluates?: Evaluates },
  begun: Begun = {}
): Effect.Effect<ReadonlyArray<Chain>, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      if (settings.signal?.aborted === true) return yield* Effect.interrupt
      const density = yield* densityOf(target, data, settings.chains, settings.evaluates)
      return yield* chainsBy(() => kernel, target, density, settings, begun)
    })
  )

/** The same with a density that is compiled, and a kernel for each chain. */
export const chainsBy = (
  kernelOf: (chain: number) => Kernel,
  target: Pick<Target, "size" | "start">,
  density: Density,
  settings: Settings,
  begun: Begun = {}
): Effect.Effect<ReadonlyArray<Chain>, FitError> =>
  Effect.gen(function* () {
    const { chains, warmup, draws, progress, signal } = settings
    const tell = progressTo(progress, samplingShown)
    const started = performance.now()
    let [transitions, divergences, isStopped] = [0, 0, false]
    const drawn = new Array<number>(chains).fill(0)
    const running = Array.from({ length: chains }, (_, i) =>
      chainOf(kernelOf(i), i, {
        ...settings,
        start: begun.starts?.[i] ?? target.start,
        ...(begun.metric !== undefined && { from: begun.metric }),
        onTransition: ({ isDivergent }, isWarmup) => {
          transitions++
          if (isWarmup) return
          drawn[i] = (drawn[i] ?? 0) + 1
          if (isDivergent) divergences++
        },
        isStopped: () => isStopped
      })
    )
    const done = yield* runTogether(running, target.size, density, (evaluations) => {
      const seconds = (performance.now() - started) / 1000
      tell({ transitions, of: chains * (warmup + draws), evaluations, divergences, seconds })
      isStopped = signal?.aborted === true
      return !isStopped || drawn.every((n) => n >= fewest)
    })
    const whole = done.flatMap((chain) => chain ?? [])
    if (whole.length === chains) {
      const common = Math.min(...whole.map(({ logDensity }) => logDensity.length))
      return whole.map((chain) => firstDraws(chain, common))
    }
    return yield* Effect.fail(noBeginning(target))
  })

/** @param start the numbers at which chains begin, NaN where they are drawn */
export const noBeginning = ({ start }: Pick<Target, "start">): GuideMismatch => {
  const drawn = "at 100 places drawn from uniform(−2, 2) on the real numbers"
  const [where, how] = !start.every(Number.isNaN)
    ? [
        `at the values of init${start.some(Number.isNaN) ? `, and ${drawn} for the others,` : ""}`,
        "Give other values, nearer to the posterior, or leave some out"
      ]
    : [drawn, "Give values near which it is: { init: { SITE: value } }"]
  return new GuideMismatch({
    site: "(program)",
    reason: `a chain found no place to begin: ${where} the log density or its gradient was not finite. ${how}`
  })
}
