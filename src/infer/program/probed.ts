import { Effect, Stream } from "effect"
import { isRowStream } from "../../data/stream/RowStream.ts"
import { type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { measureEstimators } from "../diagnose/measureEstimators.ts"
import type { Problem } from "../fit/Learned.ts"
import { type FitOptions, settingsOf } from "../fit/options.ts"
import type { Progress } from "../fit/progress.ts"
import { attempt } from "../run/attempt.ts"
import type { ProgramData } from "../run/prepared.ts"
import type { FitData } from "../run/streamed.ts"

/**
 * A fit with `probe: true` measures the estimators of each site first, and takes the best of those that are not named in `estimators`. Its table is the first event of the fit.
 */
export const probed = <F>(
  problem: Problem,
  dataOf: () => FitData,
  options: FitOptions,
  fit: (options: FitOptions) => Stream.Stream<Progress<F>, FitError, Engine>
): Stream.Stream<Progress<F>, FitError, Engine> => {
  if (options?.probe !== true) return fit(options)
  return Stream.unwrap(
    Effect.gen(function* () {
      const { batchSize, particles, seed, objective, estimators, start, resume } = yield* attempt(() =>
        settingsOf(options)
      )
      if (resume === true)
        return yield* new InvalidOption({
          option: "probe",
          value: "true",
          expected:
            "no probe together with resume: it may choose otherwise than before. Name the estimators that the first fit took"
        })
      const data = yield* attempt(() => heldOnly(dataOf()))
      const measured = yield* measureEstimators(problem, () => data, {
        batchSize,
        particles,
        seed,
        objective,
        estimators,
        ...(start === undefined ? {} : { start })
      })
      const settled = { ...options, estimators: { ...measured.estimators, ...estimators } }
      return Stream.concat(Stream.make<[Progress<F>]>({ _tag: "Probed", table: `${measured}` }), fit(settled))
    })
  )
}

const heldOnly = (data: FitData): ProgramData =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (!isRowStream(value)) return [name, value]
      throw new InvalidOption({
        option: "probe",
        value: "true",
        expected: `rows in memory: '${name}' is a stream, which is read once. Measure on some of its rows, and name the estimators`
      })
    })
  )
