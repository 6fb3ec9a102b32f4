import { Effect } from "effect"
import { inTurns, type Pieces } from "../../data/pieces.ts"
import * as Errors from "../../Errors.ts"
import { userLine } from "../../trace/userLine.ts"

const tagged = [
  Errors.ShapeMismatch,
  Errors.SupportViolation,
  Errors.Improper,
  Errors.DuplicateSite,
  Errors.GuideMismatch,
  Errors.UnsupportedKernel,
  Errors.TracedRead,
  Errors.NonFiniteLoss,
  Errors.EngineUnavailable,
  Errors.DataFormat,
  Errors.InvalidOption,
  Errors.ProgramFailed
] as const

/** Runs synchronous code that throws this library's errors; any other exception of a program becomes a ProgramFailed, with the exception as its cause. */
export const attempt = <A>(f: () => A): Effect.Effect<A, Errors.FitError> => Effect.try({ try: f, catch: asFitError })

/** The same for work in pieces, between which the rest of the program runs. */
export const attemptInTurns = <A>(pieces: () => Pieces<A>): Effect.Effect<A, Errors.FitError> =>
  Effect.mapError(
    inTurns(pieces, (_error): _error is unknown => true),
    asFitError
  )

export const asFitError = (error: unknown): Errors.FitError => {
  const known = tagged.find((type) => error instanceof type)
  if (known !== undefined && error instanceof known) return error
  const line = error instanceof Error ? userLine(error.stack) : undefined
  return new Errors.ProgramFailed({ cause: error, ...(line === undefined ? {} : { line }) })
}
