import { Effect } from "effect"
import { showing } from "../../../display.ts"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Learned } from "../../fit/Learned.ts"
import { dataFor } from "../../fitted/fitted.ts"
import { summarise } from "../../fitted/summarise.ts"
import { attempt } from "../../run/attempt.ts"
import type { ProgramData } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import { systematic } from "../smc/temper.ts"
import type { AnyImportanceDraws } from "./Proposed.ts"
import { type ImportanceOptions, importanceSettings } from "./proposalSettings.ts"
import { proposalsOf } from "./weighedProposals.ts"

/** Resamples draws of the guide of a fit by their Pareto smoothed importance weights, each as often as its weight says (systematic resampling); all input is checked before. */
export const importanceSample = (
  learned: Learned,
  dataOf: () => ProgramData,
  options: ImportanceOptions
): Effect.Effect<AnyImportanceDraws, FitError, Engine> =>
  Effect.gen(function* () {
    const { draws, proposals, seed } = yield* attempt(() => importanceSettings(options, learned.seed))
    const data = yield* dataFor(learned, dataOf)
    const { smoothed, facts, chosen } = yield* proposalsOf(learned, data, proposals, seed)
    const { uniform } = numbersOf(seed, 0, "importance")
    const posterior = yield* chosen(smoothed.map(({ logWeights }) => systematic(logWeights, uniform(), draws)))
    const sampled: AnyImportanceDraws = { ...posterior, ...facts, summary: () => summarise(posterior.draws) }
    return showing(sampled, () => {
      const { mean, error } = facts.logEvidence
      const title = `${draws} draws of ${proposals}, k = ${facts.k.toFixed(2)}, log evidence ${mean.toFixed(3)} ± ${error.toFixed(3)}`
      return { text: [title, String(sampled.summary()), ...facts.advice].join("\n") }
    })
  })
