import { Effect } from "effect"
import { showing } from "../../../display.ts"
import type { FitError } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { unobserved } from "../../../model/handler/unobserved.ts"
import { logMeanWeight } from "../../fitted/psis.ts"
import { summarise } from "../../fitted/summarise.ts"
import { attempt } from "../../run/attempt.ts"
import { type Prepared, type ProgramData, prepare } from "../../run/prepared.ts"
import { densityOf } from "../density.ts"
import { onSupports } from "../onSupports.ts"
import { type Target, targetOf } from "../target.ts"
import { anneal, type Beginning } from "./anneal.ts"
import { priorVectors } from "./priorVectors.ts"
import { type SmcOptions, type SmcSettings, smcSettings } from "./smcSettings.ts"
import type { AnyTempered } from "./Tempered.ts"

/** Samples the latent sites of a program given data by sequential Monte Carlo; all input is checked before. */
export const smcSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: SmcOptions
): Effect.Effect<AnyTempered, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => smcSettings(options))
    if (settings.signal?.aborted === true) return yield* Effect.interrupt
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, {}))
    const prior = yield* attempt(() => targetOf(unobserved(model), data, {}))
    const n = settings.particles * settings.populations
    const begin: Beginning = {
      particles: yield* priorVectors(model, target, data, n, settings.seed),
      density: densityOf(prior, data, n),
      words: ["from the prior", "Take more particles, or a prior under which the data are possible"]
    }
    return yield* temperedFrom(begin, target, data, settings)
  })

/** Sequential Monte Carlo from given particles, as draws on the supports of sites. */
export const temperedFrom = (
  begin: Beginning,
  target: Target,
  data: Prepared,
  settings: SmcSettings
): Effect.Effect<AnyTempered, FitError, Engine> =>
  Effect.gen(function* () {
    const { vectors, populations, ...facts } = yield* anneal({ target, data, begin }, settings)
    const posterior = yield* onSupports(target, data, settings.seed, vectors)
    const logEvidence = logMeanWeight(populations)
    const sampled: AnyTempered = {
      ...posterior,
      ...facts,
      summary: () => summarise(posterior.draws),
      populations: Array.from(populations),
      logEvidence,
      advice: adviceOf(logEvidence.error, facts.acceptance)
    }
    return showing(sampled, () => {
      const { mean, error } = logEvidence
      const title = `${settings.populations} populations of ${settings.particles} particles, ${facts.temperatures.length} temperatures, log evidence ${mean.toFixed(3)} ± ${error.toFixed(3)}`
      return { text: [title, String(sampled.summary()), ...sampled.advice].join("\n") }
    })
  })

const adviceOf = (error: number, acceptance: ReadonlyArray<number>): ReadonlyArray<string> => [
  ...(error < 0.3
    ? []
    : [
        `the evidences of the populations differ much (error ${error.toFixed(2)} of its logarithm): take more particles or moves, or a higher effective size.`
      ]),
  ...(acceptance.every((x) => x > 0.3)
    ? []
    : [
        "moves were mostly refused at some temperature: take more moves, or write the model in other coordinates (reparam)."
      ])
]
