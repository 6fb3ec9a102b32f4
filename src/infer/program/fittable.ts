import { Effect, type Stream } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Measurement } from "../diagnose/Measurement.ts"
import { type MeasureOptions, measureEstimators } from "../diagnose/measureEstimators.ts"
import type { Verification } from "../diagnose/Verification.ts"
import { type VerifyOptions, verifyGradients } from "../diagnose/verifyGradients.ts"
import { checkOptions } from "../fit/checkOptions.ts"
import { load } from "../fit/checkpoint.ts"
import { type FitInput, fitStream, runFit } from "../fit/fit.ts"
import type { Learned, Problem } from "../fit/Learned.ts"
import type { FitOptions } from "../fit/options.ts"
import type { Progress } from "../fit/progress.ts"
import { type EngineLayer, type Promised, promised, runOn, withoutEngine } from "../fit/promised.ts"
import type { Plan } from "../plan/Plan.ts"
import { asFitError } from "../run/attempt.ts"
import type { ProgramData } from "../run/prepared.ts"
import type { FitData } from "../run/streamed.ts"
import { accurate, mustBeHeld } from "./accurate.ts"
import { probed } from "./probed.ts"

export interface Validation<D> {
  /** data on which the loss is also evaluated after each epoch */
  readonly validation?: D
}

/** A program with its guide, of latent sites `N`, fitted to data of type `D`, or to streams of them, `S`: the ways to run the fit. */
export interface Fittable<D, F, S = D, N extends string = string> {
  /** Maximises the objective on the data. */
  readonly fit: (data: S, options?: FitOptions<N> & Validation<D>) => Effect.Effect<F, FitError, Engine>
  /** The same as a stream of progress, whose last element holds the fitted value. */
  readonly fitStream: (data: S, options?: FitOptions<N> & Validation<D>) => Stream.Stream<Progress<F>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly fitPromise: (
    data: S,
    options?: FitOptions<N> & Validation<D> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<F>>
  /**
   * Tests the plan's promise on this model and these data: for each parameter z-tests of the mean gradient that a fit would follow, at given parameters,
   * against central differences of the loss under common noise; and against another estimator (the score function in place of a path, for one), where each
   * site whose draw the parameter moves has another that is right. It prints as a table, which says what each row was compared with; a row that differs
   * names the site, the op to suspect, and the line that called it. Fails with the same errors as `fit`, before any work; with NonFiniteLoss where the loss
   * has no value.
   *
   * @example
   * ```ts
   * const pair = model(Normal(0, 1), (z) => Normal(sigmoid(mul(z, 1e9)), 0.5)).guide(() => Normal(param("m", 0.3), 0.8))
   * const verification = await pair.verifyPromise(Data.of([0.7], []), { particles: 4 })
   * Number(verification.ok) // => 0
   * console.log(`${verification}`) // … differs: suspect 'sigmoid' at model.ts:3 behind the draw of 'z'
   * ```
   */
  readonly verify: (data: D, options?: VerifyOptions<N>) => Effect.Effect<Verification, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly verifyPromise: (
    data: D,
    options?: VerifyOptions<N> & { readonly engine?: EngineLayer }
  ) => Promise<Verification>
  /**
   * Measures the gradient estimators that apply at each latent site, on this model and these data where a fit begins: the variance of the gradient times the time of a step. It prints as a table;
   * `estimators` of the result is the option with which a fit takes the best of each site, as `fit({ probe: true })` does by itself. A time depends on the machine and its load.
   *
   * @example
   * ```ts
   * const pair = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0.3), 0.8))
   * const measured = await pair.measurePromise(Data.of([0.7], []), { steps: 100 })
   * measured.rows.map(({ estimator }) => estimator.name) // => ["reparameterized", "score function", "NVIL", "measure-valued"]
   * const fitted = await pair.fitPromise(Data.of([0.7], []), { epochs: 2, estimators: measured.estimators, progress: false })
   * ```
   */
  readonly measure: (data: D, options?: MeasureOptions<N>) => Effect.Effect<Measurement, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly measurePromise: (
    data: D,
    options?: MeasureOptions<N> & { readonly engine?: EngineLayer }
  ) => Promise<Measurement>
}

/** A program whose fits can be read from files. */
export interface Loadable<F> {
  /**
   * A fitted value from a file that `save` or a checkpoint wrote, with its history; the data are not needed. A page, which has no files, gives the bytes of one. Fails with DataFormat for another file,
   * and when it was saved from another program: of other sites, families, constants or nets.
   */
  readonly load: (source: string | Uint8Array) => Effect.Effect<F, FitError>
  /**
   * The same as a Promise, whose methods give Promises on `Engine.auto` unless told otherwise.
   *
   * @example
   * ```ts
   * const line = program(Effect.flatMap(sample("w", Normal(0, 1)), (w) => observe("y", Normal(w, 0.5)))).autoGuide()
   * const served = async (path: string) => (await line.loadPromise(path)).sample(100) // w: [100]
   * ```
   */
  readonly loadPromise: (
    source: string | Uint8Array,
    options?: { readonly engine?: EngineLayer }
  ) => Promise<Promised<F>>
}

export const loadable = <F extends object>(problem: Problem, finish: (learned: Learned) => F): Loadable<F> => {
  const read: Loadable<F>["load"] = (source) => Effect.map(load(source, problem), finish)
  return {
    load: read,
    loadPromise: async (source, given = {}) => {
      const { engine, options } = withoutEngine(given)
      checkOptions(options, {})
      return promised(await runOn(read(source), engine), engine)
    }
  }
}

/** Data as the library names them: those that are held in memory, and those that may be streams. */
export interface Naming<D, S> {
  readonly held: (data: D) => ProgramData
  readonly streamed: (data: S) => FitData
}

export const fittable = <D, F extends object, S, N extends string = string>(
  problem: Problem,
  { held, streamed }: Naming<D, S>,
  finish: (learned: Learned) => F
): Fittable<D, F, S, N> => {
  const inputOf = (data: FitData, validation: D | undefined): FitInput => ({
    data,
    validation: validation === undefined ? undefined : held(validation)
  })
  // options are read after the method's own check of them, which plain JavaScript may fail
  const measure: Fittable<D, F, S, N>["measure"] = (data, options = {}) =>
    measureEstimators(problem, () => held(data), options)
  const stream: Fittable<D, F, S, N>["fitStream"] = (data, options = {}) =>
    probed(
      problem,
      () => streamed(data),
      options,
      (settled) =>
        fitStream(
          accurate(problem, settled),
          () => inputOf(mustBeHeld(streamed(data), settled), options.validation),
          settled,
          finish
        )
    )
  const fit: Fittable<D, F, S, N>["fit"] = (data, options = {}) => runFit(stream(data, options), options)
  const verify: Fittable<D, F, S, N>["verify"] = (data, options = {}) =>
    verifyGradients(problem, () => held(data), options)
  return {
    measure,
    measurePromise: async (data, given = {}) => {
      const { engine, options } = withoutEngine(given)
      return runOn(measure(data, options), engine)
    },
    verify,
    verifyPromise: async (data, given = {}) => {
      const { engine, options } = withoutEngine(given)
      return runOn(verify(data, options), engine)
    },
    fitStream: stream,
    fit,
    fitPromise: async (data, given = {}) => {
      const { engine, options } = withoutEngine(given)
      return promised(await runOn(fit(data, options), engine), engine)
    }
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
