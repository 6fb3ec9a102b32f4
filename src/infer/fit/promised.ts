import { Cause, Effect, Exit, Layer } from "effect"
import { type EngineUnavailable, type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { layers } from "../../engine/layers.ts"

/** The same methods for people who do not use Effect: each Effect is replaced by a Promise, which rejects with the same tagged errors. So it is with the methods of draws that a method gives. */
export type Promised<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Effect.Effect<infer B, FitError, infer _R>
    ? (...args: A) => Promise<B extends Asked ? Promised<B> : B>
    : T[K]
}

/** Draws that can be asked for more. */
interface Asked {
  readonly draws: object
  readonly logLikelihood: (...args: never) => unknown
}

const isAsked = (value: unknown): value is Asked =>
  typeof value === "object" && value !== null && "logLikelihood" in value

export type EngineLayer = Layer.Layer<Engine, EngineUnavailable>

/**
 * The engine of a method that returns a Promise apart from its other options.
 *
 * @throws InvalidOption for an engine that is no layer; other options are refused by the method
 */
export const withoutEngine = <O extends object>(
  options: O & { readonly engine?: EngineLayer }
): { readonly engine: EngineLayer | undefined; readonly options: Omit<O, "engine"> } => {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return { engine: undefined, options }
  const { engine, ...others } = options
  if (engine !== undefined && !Layer.isLayer(engine))
    throw new InvalidOption({
      option: "engine",
      value: String(engine),
      expected: "an engine such as Engine.onnx, not its name"
    })
  return { engine, options: others }
}

/**
 * Runs an effect on an engine, `Engine.auto` unless told otherwise. One that its signal ended before there was anything to keep rejects with an `AbortError`, as other APIs with signals do.
 */
export const runOn = async <A>(
  effect: Effect.Effect<A, FitError, Engine>,
  engine: EngineLayer = layers.auto
): Promise<A> => {
  const exit = await Effect.runPromiseExit(Effect.provide(effect, engine))
  if (Exit.isSuccess(exit)) return exit.value
  if (!Cause.hasInterruptsOnly(exit.cause)) throw Cause.squash(exit.cause)
  throw new DOMException("aborted by its signal before there was anything to keep", "AbortError")
}

/** Turns the methods of an object that return Effects into methods that return Promises. */
export const promised = <T extends object>(object: T, engine: EngineLayer = layers.auto): Promised<T> => {
  const entries = Object.entries(object).map(([name, member]) => [
    name,
    typeof member !== "function"
      ? member
      : (...args: ReadonlyArray<unknown>) => {
          const result: unknown = member(...args)
          if (!Effect.isEffect(result)) return result
          const given = runOn(result as Effect.Effect<unknown, FitError, Engine>, engine)
          return given.then((value) => (isAsked(value) ? promised(value, engine) : value))
        }
  ])
  // how it shows itself stands in properties that are not enumerable
  const others = Object.entries(Object.getOwnPropertyDescriptors(object)).filter(([, { enumerable }]) => !enumerable)
  const symbols = Object.getOwnPropertySymbols(object).map((name) => [
    name,
    Object.getOwnPropertyDescriptor(object, name)
  ])
  const shown: PropertyDescriptorMap = Object.fromEntries([...others, ...symbols])
  return Object.defineProperties(Object.fromEntries(entries), shown) as Promised<T>
}
