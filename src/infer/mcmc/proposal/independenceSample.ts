import { Effect } from "effect"
import { showing } from "../../../display.ts"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Learned } from "../../fit/Learned.ts"
import { dataFor } from "../../fitted/fitted.ts"
import { attempt } from "../../run/attempt.ts"
import type { ProgramData } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import { convergenceOf } from "../convergence.ts"
import { independenceChain, type Picks } from "./independenceChain.ts"
import type { AnyIndependenceDraws } from "./Proposed.ts"
import { type IndependenceOptions, independenceSettings } from "./proposalSettings.ts"
import { proposalsOf } from "./weighedProposals.ts"

/** Samples the latent sites of a fit given data by independence Metropolis–Hastings, with its guide as the proposal; all input is checked before. */
export const independenceSample = (
  learned: Learned,
  dataOf: () => ProgramData,
  options: IndependenceOptions
): Effect.Effect<AnyIndependenceDraws, FitError, Engine> =>
  Effect.gen(function* () {
    const { chains, warmup, draws, seed } = yield* attempt(() => independenceSettings(options, learned.seed))
    const data = yield* dataFor(learned, dataOf)
    const each = 1 + warmup + draws
    const { logWeights, facts, chosen } = yield* proposalsOf(learned, data, chains * each, seed)
    // of each chain, in each row that is weighed on its own
    const runs = Array.from({ length: chains }, (_, chain): ReadonlyArray<Picks> => {
      const numbers = numbersOf(seed, chain, "independence")
      return logWeights.map((weights) =>
        kept(independenceChain(weights.slice(chain * each, (chain + 1) * each), numbers), warmup)
      )
    })
    const picks = logWeights.map((_, unit) =>
      Int32Array.from(runs.flatMap((run, chain) => Array.from(run[unit]?.at ?? [], (at) => chain * each + at)))
    )
    const posterior = yield* chosen(picks)
    const acceptance = runs.map((run) => average(run.map((picks) => average(picks.acceptance))))
    const remedy = "Ask for more draws, or fit a guide that is nearer to the posterior."
    const sampled: AnyIndependenceDraws = {
      ...posterior,
      ...facts,
      ...{ chains, drawsPerChain: draws, acceptance },
      summary: () => convergenceOf(posterior.draws, { chains, divergences: 0, eBfmi: [], remedy })
    }
    return showing(sampled, () => {
      const title = `${chains} chains of ${draws} draws, of which ${(100 * average(acceptance)).toFixed(0)}% were taken, k = ${facts.k.toFixed(2)}`
      return { text: [title, String(sampled.summary()), ...facts.advice].join("\n") }
    })
  })

const kept = ({ at, acceptance }: Picks, warmup: number): Picks => ({
  at: at.subarray(warmup),
  acceptance: acceptance.subarray(warmup)
})

const average = (values: Float64Array | ReadonlyArray<number>): number => {
  let sum = 0
  for (const x of values) sum += x
  return sum / values.length
}
