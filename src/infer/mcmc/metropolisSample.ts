import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { attempt } from "../run/attempt.ts"
import { type ProgramData, prepare } from "../run/prepared.ts"
import { type MetropolisOptions, metropolisSettings } from "./metropolisSettings.ts"
import { bestAcceptance, firstWalk, randomWalk } from "./randomWalk.ts"
import type { AnySampled } from "./Sampled.ts"
import { sampleBy } from "./sampleBy.ts"
import { sampledOf } from "./sampledOf.ts"
import { targetOf } from "./target.ts"
import { windowsOf } from "./windows.ts"

/** Samples the latent sites of a program given data by random-walk Metropolis; all input is checked before. */
export const metropolisSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: MetropolisOptions
): Effect.Effect<AnySampled, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => metropolisSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, settings.init))
    const { targetAccept = bestAcceptance(target.size) } = settings
    const chains = yield* sampleBy(randomWalk, target, data, {
      ...settings,
      targetAccept,
      evaluates: "density",
      firstStep: () => firstWalk(target.size),
      // a third of the warm-up is for the last step size: what a step says of it is a probability of its own, not the mean of a trajectory
      windows: windowsOf(Math.floor((2 * settings.warmup) / 3))
    })
    return yield* sampledOf({ target, data, settings }, chains)
  })
