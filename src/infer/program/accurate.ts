import { Effect } from "effect"
import { isRowStream } from "../../data/stream/RowStream.ts"
import { InvalidOption } from "../../Errors.ts"
import { withMeanErrors } from "../diagnose/meanErrors.ts"
import type { Problem } from "../fit/Learned.ts"
import type { FitOptions } from "../fit/options.ts"
import type { FitData } from "../run/streamed.ts"

/** The problem of a fit with `accuracy`, which ends with the errors of its means. */
export const accurate = (problem: Problem, options: Pick<FitOptions, "accuracy">): Problem => {
  if (options?.accuracy === undefined) return problem
  const { conclude } = problem
  return {
    ...problem,
    conclude: (learned, data) =>
      Effect.flatMap(conclude === undefined ? Effect.succeed(learned) : conclude(learned, data), (last) =>
        withMeanErrors(last, data)
      )
  }
}

/** @throws InvalidOption for a stream, which cannot be read again for the errors of the means */
export const mustBeHeld = (data: FitData, { accuracy }: Pick<FitOptions, "accuracy">): FitData => {
  const stream = accuracy === undefined ? undefined : Object.entries(data).find(([, value]) => isRowStream(value))
  if (stream === undefined) return data
  throw new InvalidOption({
    ...{ option: "accuracy", value: String(accuracy) },
    expected: `rows in memory: '${stream[0]}' is a stream, whose rows are not held to weigh the draws of the guide`
  })
}
