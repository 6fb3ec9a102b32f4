import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { attempt } from "../run/attempt.ts"
import { type ProgramData, prepare } from "../run/prepared.ts"
import { sampleEnsemble } from "./ensemble.ts"
import { type HmcOptions, hmcSettings } from "./hmcSettings.ts"
import type { AnySampled } from "./Sampled.ts"
import { sampledOf } from "./sampledOf.ts"
import { targetOf } from "./target.ts"

/** Samples the latent sites of a program given data by Hamiltonian Monte Carlo; all input is checked before. */
export const hmcSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: HmcOptions
): Effect.Effect<AnySampled, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => hmcSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, settings.init))
    const { chains, trajectory } = yield* sampleEnsemble(target, data, settings)
    const saturated = chains.reduce(
      (sum, { leapfrogs }) => sum + leapfrogs.filter((steps) => steps === settings.maxSteps).length,
      0
    )
    const longest = { words: `longest trajectory of ${settings.maxSteps} steps`, saturated, option: "maxSteps" }
    return yield* sampledOf({ target, data, settings, longest, trajectory }, chains)
  })
