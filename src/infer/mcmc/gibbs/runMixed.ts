import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Arrays, Engine } from "../../../engine/Engine.ts"
import { concatenated } from "../../run/chunks.ts"
import type { Prepared } from "../../run/prepared.ts"
import { vectorInput } from "../../step/fromVector.ts"
import type { Kernel } from "../chain.ts"
import { numbersOf } from "../chainNumbers.ts"
import { type Density, densityOf } from "../density.ts"
import { nutsTransition } from "../nuts.ts"
import { chainsBy, noBeginning } from "../sampleBy.ts"
import type { GibbsProblem } from "./gibbsProblem.ts"
import type { SweepSettings } from "./gibbsSettings.ts"
import { type Swept, valuesAfter } from "./Swept.ts"
import { logDensityOutput } from "./sweep.ts"
import { type SweepSession, sweepSession } from "./sweepSession.ts"

/** How often a beginning is drawn before it is given up. */
const tries = 100

/**
 * Runs chains whose transitions are two: one of NUTS of the continuous sites given the discrete ones, and a sweep of the discrete ones given these. Each leaves the posterior as it is. Warm-up, progress and stops are those of `nuts`; a sweep is one
 * call of the engine for all chains, for which a chain whose trajectory has ended waits.
 */
export const runMixed = (
  problem: GibbsProblem,
  data: Prepared,
  settings: SweepSettings
): Effect.Effect<Swept, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { chains, warmup, draws, signal, maxTreeDepth } = settings
      if (signal?.aborted === true) return yield* Effect.interrupt
      const { size, start } = problem.target
      const joint = yield* densityOf(problem.target, data, chains)
      const sweeps = yield* sweepSession(problem, data, settings)
      let now: Now = { values: new Float32Array(chains * (size - start.length)), logDensity: new Float32Array(chains) }
      let step = 0
      const sweep = (reals: Float32Array): Effect.Effect<void, FitError> =>
        Effect.map(
          sweeps.session.run(1, { ...sweeps.feeds(step++, 1), [vectorInput]: reals.slice() }),
          (emitted: Arrays) => {
            now = {
              values: valuesAfter(problem, emitted, 0, chains),
              logDensity: emitted[logDensityOutput] ?? new Float32Array(chains).fill(Number.NaN)
            }
          }
        )
      const given: Density = (reals) =>
        Effect.map(joint(beside(reals, now.values, chains)), ({ logDensity, gradient }) => ({
          logDensity,
          gradient: firstOf(gradient, chains, start.length)
        }))

      const starts = yield* begun({ problem, settings, sweeps, sweep, given })
      const waiting = new Set<number>()
      const density: Density = (reals) =>
        Effect.gen(function* () {
          if (waiting.size === chains) {
            yield* sweep(reals)
            waiting.clear()
          }
          return yield* given(reals)
        })
      const width = size - start.length
      const kept = Array.from({ length: chains }, () => ({
        values: new Float32Array(draws * width),
        logDensity: new Float64Array(draws)
      }))
      const kernelOf = (chain: number): Kernel => {
        let transitions = 0
        return function* (place, moving) {
          const transition = yield* nutsTransition(place, maxTreeDepth, moving)
          const { vector } = transition.place
          waiting.add(chain)
          let there = yield vector
          while (waiting.has(chain)) there = yield vector
          const draw = transitions++ - warmup
          if (draw >= 0) {
            kept[chain]?.values.set(now.values.subarray(chain * width, (chain + 1) * width), draw * width)
            kept[chain]?.logDensity.set(now.logDensity.subarray(chain, chain + 1), draw)
          }
          return { ...transition, place: { ...there, vector } }
        }
      }
      const target = { size: start.length, start }
      const done = yield* chainsBy(kernelOf, target, density, settings, { starts })
      const drawsPerChain = done[0]?.logDensity.length ?? 0
      const values = concatenated(kept.map(({ values }) => values.subarray(0, drawsPerChain * width)))
      const reals = concatenated(done.map(({ vectors }) => vectors))
      return {
        vectors: beside(reals, values, chains * drawsPerChain),
        logDensity: Float64Array.from(kept.flatMap(({ logDensity }) => [...logDensity.subarray(0, drawsPerChain)])),
        drawsPerChain,
        divergences: done.reduce((sum, { divergent }) => sum + divergent.reduce((all, x) => all + x, 0), 0),
        saturated: done.reduce(
          (sum, { treeDepth }) => sum + treeDepth.filter((depth) => depth === maxTreeDepth).length,
          0
        ),
        stepSizes: done.map(({ stepSize }) => stepSize),
        acceptance: done.map(({ acceptance }) => acceptance.reduce((sum, x) => sum + x, 0) / drawsPerChain)
      }
    })
  )

/** The discrete sites after the last sweep, `[chains, …]`, and the log density there. */
interface Now {
  readonly values: Float32Array
  readonly logDensity: Float32Array
}

interface Beginning {
  readonly problem: GibbsProblem
  readonly settings: SweepSettings
  readonly sweeps: SweepSession
  readonly sweep: (reals: Float32Array) => Effect.Effect<void, FitError>
  readonly given: Density
}

/** Real numbers of each chain that are uniform in (−2, 2) where they are not given, and places after a sweep from uniform ones, both drawn until the log density and its gradient are finite. */
const begun = ({
  problem: { target },
  settings: { chains, seed },
  sweeps: { session, begunAnew },
  sweep,
  given
}: Beginning): Effect.Effect<ReadonlyArray<Float64Array>, FitError> =>
  Effect.gen(function* () {
    const size = target.start.length
    const all = Array.from({ length: chains }, (_, chain) => chain)
    const numbers = all.map((chain) => numbersOf(seed, chain, "beginning"))
    const reals = new Float32Array(chains * size)
    let open: ReadonlyArray<number> = all
    for (let round = 0; round < tries; round++) {
      let state = yield* session.state
      for (const chain of open) {
        const own = numbers[chain] ?? numbersOf(seed, chain, "beginning")
        reals.set(
          target.start.map((x) => (Number.isNaN(x) ? 4 * own.uniform() - 2 : x)),
          chain * size
        )
        state = begunAnew(state, chain, own)
      }
      yield* session.restore(state)
      yield* sweep(reals)
      const { logDensity, gradient } = yield* given(reals)
      const slope = (chain: number): Float32Array => gradient.subarray(chain * size, (chain + 1) * size)
      open = all.filter((chain) => !Number.isFinite(logDensity[chain]) || !slope(chain).every(Number.isFinite))
      if (open.length === 0)
        return all.map((chain) => Float64Array.from(reals.subarray(chain * size, (chain + 1) * size)))
    }
    return yield* Effect.fail(noBeginning(target))
  })

/** Each row of the one before that of the other, for as many rows. */
const beside = (a: Float32Array, b: Float32Array, rows: number): Float32Array => {
  const [left, right] = [a.length / rows, b.length / rows]
  const both = new Float32Array(a.length + b.length)
  for (let row = 0; row < rows; row++) {
    both.set(a.subarray(row * left, (row + 1) * left), row * (left + right))
    both.set(b.subarray(row * right, (row + 1) * right), row * (left + right) + left)
  }
  return both
}

/** The first numbers of each row. */
const firstOf = (all: Float32Array, rows: number, count: number): Float32Array => {
  const first = new Float32Array(rows * count)
  const width = all.length / rows
  for (let row = 0; row < rows; row++) first.set(all.subarray(row * width, row * width + count), row * count)
  return first
}
