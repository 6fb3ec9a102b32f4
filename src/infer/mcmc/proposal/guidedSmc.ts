import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Learned } from "../../fit/Learned.ts"
import { dataFor } from "../../fitted/fitted.ts"
import { attempt } from "../../run/attempt.ts"
import type { ProgramData } from "../../run/prepared.ts"
import { temperedFrom } from "../smc/smcSample.ts"
import { type SmcOptions, smcSettings } from "../smc/smcSettings.ts"
import type { AnyTempered } from "../smc/Tempered.ts"
import { targetOf } from "../target.ts"
import { normalOfGuide } from "./normalOfGuide.ts"

/** Sequential Monte Carlo from the guide of a fit to the posterior; all input is checked before. */
export const guidedSmc = (
  learned: Learned,
  dataOf: () => ProgramData,
  options: SmcOptions
): Effect.Effect<AnyTempered, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => smcSettings(options, learned.seed))
    if (settings.signal?.aborted === true) return yield* Effect.interrupt
    const data = yield* dataFor(learned, dataOf)
    const { derived, parameters } = learned
    const target = yield* attempt(() => targetOf(derived.guided.model, data, {}, { parameters, nets: derived.nets }))
    const normal = yield* normalOfGuide(learned, target, data, settings.seed)
    const begin = {
      particles: normal.draws(settings.particles * settings.populations, settings.seed),
      density: Effect.succeed(normal.density),
      words: ["from the guide", "Fit longer, or with a guide that covers what is possible"] as const
    }
    return yield* temperedFrom(begin, target, data, settings)
  })
