import { Effect, type Layer } from "effect"
import type { EngineUnavailable, FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { layers } from "../../engine/layers.ts"

/** The same methods for people who do not use Effect: each Effect is replaced by a Promise, which rejects with the same tagged errors. */
export type Promised<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Effect.Effect<infer B, FitError, infer _R>
    ? (...args: A) => Promise<B>
    : T[K]
}

export type EngineLayer = Layer.Layer<Engine, EngineUnavailable>

/** Runs an effect on an engine, `Engine.auto` unless told otherwise. Aborting the signal interrupts it. */
export const runOn = <A>(effect: Effect.Effect<A, FitError, Engine>, engine: EngineLayer = layers.auto): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, engine))

/** Turns the methods of an object that return Effects into methods that return Promises. */
export const promised = <T extends object>(object: T, engine: EngineLayer = layers.auto): Promised<T> => {
  const entries = Object.entries(object).map(([name, member]) => [
    name,
    typeof member !== "function"
      ? member
      : (...args: ReadonlyArray<unknown>) => {
          const result: unknown = member(...args)
          return Effect.isEffect(result) ? runOn(result as Effect.Effect<unknown, FitError, Engine>, engine) : result
        }
  ])
  return Object.fromEntries(entries) as Promised<T>
}
