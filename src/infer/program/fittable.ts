import type { Effect, Stream } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { type FitInput, fitStream, type Learned, type Problem, runFit } from "../fit/fit.ts"
import type { FitOptions } from "../fit/options.ts"
import type { Progress } from "../fit/progress.ts"
import { type EngineLayer, type Promised, promised, runOn } from "../fit/promised.ts"
import type { Plan } from "../plan/Plan.ts"
import { asFitError } from "../run/attempt.ts"
import type { ProgramData } from "../run/prepared.ts"

export interface Validation<D> {
  /** data on which the loss is also evaluated after each epoch */
  readonly validation?: D
}

/** A program with its guide, fitted to data of type `D`: the ways to run the fit. */
export interface Fittable<D, F> {
  /** Maximises the objective on the data. */
  readonly fit: (data: D, options?: FitOptions & Validation<D>) => Effect.Effect<F, FitError, Engine>
  /** The same as a stream of progress, whose last element holds the fitted value. */
  readonly fitStream: (data: D, options?: FitOptions & Validation<D>) => Stream.Stream<Progress<F>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly fitPromise: (
    data: D,
    options?: FitOptions & Validation<D> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<F>>
}

export const fittable = <D, F extends object>(
  problem: Problem,
  toData: (data: D) => ProgramData,
  finish: (learned: Learned) => F
): Fittable<D, F> => {
  const inputOf = (data: D, validation: D | undefined): FitInput => ({
    data: toData(data),
    validation: validation === undefined ? undefined : toData(validation)
  })
  const stream: Fittable<D, F>["fitStream"] = (data, { validation, ...options } = {}) =>
    fitStream(problem, () => inputOf(data, validation), options, finish)
  const fit: Fittable<D, F>["fit"] = (data, options = {}) => runFit(stream(data, options), options.progress)
  return {
    fitStream: stream,
    fit,
    fitPromise: async (data, { engine, ...options } = {}) => promised(await runOn(fit(data, options), engine), engine)
  }
}

/** Errors of a synchronous call are thrown as the same tagged errors that an Effect would fail with. */
export const explained = (f: () => Plan): Plan => {
  try {
    return f()
  } catch (error) {
    throw asFitError(error)
  }
}
