import { Effect } from "effect"
import { showing } from "../../../display.ts"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { attempt } from "../../run/attempt.ts"
import { type ProgramData, prepare } from "../../run/prepared.ts"
import { convergenceOf } from "../convergence.ts"
import { onSupports } from "../onSupports.ts"
import type { AnyGibbsDraws } from "./GibbsDraws.ts"
import { gibbsProblem } from "./gibbsProblem.ts"
import { type GibbsOptions, gibbsSettings, warmupFor } from "./gibbsSettings.ts"
import { runMixed } from "./runMixed.ts"
import { runSweeps } from "./runSweeps.ts"

/** Samples a program given data: its enumerated sites by Gibbs sampling, with NUTS for continuous ones between the sweeps; all input is checked before. */
export const gibbsSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: GibbsOptions
): Effect.Effect<AnyGibbsDraws, FitError, Engine> =>
  Effect.gen(function* () {
    const given = yield* attempt(() => gibbsSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const problem = yield* attempt(() => gibbsProblem(model, data, given))
    const reals = problem.target.start.length
    const settings = { ...given, warmup: warmupFor(given, reals) }
    const run = reals === 0 ? runSweeps : runMixed
    const { vectors, logDensity, drawsPerChain, saturated, ...facts } = yield* run(problem, data, settings)
    const { chains, draws, seed, maxTreeDepth } = settings
    const bad = logDensity.find((x) => !Number.isFinite(x))
    if (bad !== undefined) return yield* Effect.fail(impossible(bad))
    const posterior = yield* onSupports(problem.target, data, seed, vectors)
    const words = `largest tree of 2^${maxTreeDepth} − 1 steps`
    const longest = { words, saturated, option: "maxTreeDepth" }
    const remedy =
      "Ask for more draws. Discrete sites that hold each other in place move together in a block: { blocks: [[SITE, SITE]] }."
    const sampled: AnyGibbsDraws = {
      ...posterior,
      ...facts,
      ...{ chains, drawsPerChain, logDensity },
      ...(drawsPerChain < draws && { stopped: "aborted" as const }),
      summary: () =>
        convergenceOf(posterior.draws, { chains, divergences: facts.divergences, eBfmi: [], longest, remedy })
    }
    return showing(sampled, () => {
      const early = drawsPerChain < draws ? ` (stopped before ${draws})` : ""
      const diverged = reals === 0 ? "" : `, ${facts.divergences} divergences`
      return { text: `${chains} chains of ${drawsPerChain} sweeps${early}${diverged}\n${sampled.summary()}` }
    })
  })

const impossible = (logDensity: number): GuideMismatch =>
  new GuideMismatch({
    site: "(program)",
    reason: `after the warm-up a chain still stood at values whose log density is ${logDensity}: no value of any one site leads to possible ones. Take a longer warm-up, or draw sites that exclude each other's values together: { blocks: [[SITE, SITE]] }`
  })
