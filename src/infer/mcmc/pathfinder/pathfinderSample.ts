import { Effect } from "effect"
import { showing } from "../../../display.ts"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { logMeanWeight } from "../../fitted/psis.ts"
import { summarise } from "../../fitted/summarise.ts"
import { attempt } from "../../run/attempt.ts"
import { type ProgramData, prepare } from "../../run/prepared.ts"
import { onSupports } from "../onSupports.ts"
import { targetOf } from "../target.ts"
import type { AnyApproximated } from "./Approximated.ts"
import { type PathfinderOptions, pathfinderSettings } from "./pathfinderSettings.ts"
import { runPaths } from "./runPaths.ts"

/** Approximates the posterior of a program given data by Pathfinder; all input is checked before. */
export const pathfinderSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: PathfinderOptions
): Effect.Effect<AnyApproximated, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => pathfinderSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, settings.init))
    const { paths, k, logWeights, vectors, evaluations } = yield* runPaths(target, data, settings)
    const posterior = yield* onSupports(target, data, settings.seed, vectors)
    const approximated: AnyApproximated = {
      ...posterior,
      summary: () => summarise(posterior.draws),
      paths: paths.map(({ elbo, iterations, best }) => ({ elbo, iterations, best })),
      k,
      logEvidence: logMeanWeight(logWeights, k),
      evaluations,
      advice: adviceOf(k, settings.paths - paths.length)
    }
    return showing(approximated, () => {
      const { mean, error } = approximated.logEvidence
      const title = `${paths.length} paths, k = ${k.toFixed(2)}, log evidence ${mean.toFixed(3)} ± ${error.toFixed(3)}`
      return { text: [title, String(approximated.summary()), ...approximated.advice].join("\n") }
    })
  })

const adviceOf = (k: number, lost: number): ReadonlyArray<string> => [
  ...(k > 0.7
    ? [
        `the importance weights are not reliable (k = ${k.toFixed(2)}, above 0.7): the draws are those of normal approximations on the real numbers, and lean to the posterior only in part. Sample with nuts, which may begin from here: { start: "pathfinder" }.`
      ]
    : []),
  ...(lost > 0 ? [`${lost} of the paths found no place to begin, or no approximation with a finite ELBO.`] : [])
]
