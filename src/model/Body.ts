import { Effect } from "effect"

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/** A program as a user writes it: an Effect, or the result of a call of a generator function, as in `Effect.gen`. */
export type Part = AnyEffect | Generator<AnyEffect, unknown, never>

/** The result of a part of a program. */
export type ResultOf<P> =
  P extends Effect.Effect<infer A, unknown, unknown> ? A : P extends Generator<unknown, infer A, never> ? A : never

/** The types of all values that a part of a program yields. */
type YieldedBy<P> = P extends AnyEffect ? P : P extends Generator<infer Y, unknown, never> ? Y : never
/** The errors with which a part of a program may fail. */
export type FailsWith<P> =
  YieldedBy<P> extends infer Y ? (Y extends Effect.Effect<unknown, infer E, unknown> ? E : never) : never
/** The requirements of a part of a program: its sites, and other services. */
export type Needs<P> =
  YieldedBy<P> extends infer Y ? (Y extends Effect.Effect<unknown, unknown, infer R> ? R : never) : never

/** The Effect of a part of a program. It is made again for each run, because a generator can run only once. */
export const effectOf = <P extends Part>(make: () => P): Effect.Effect<ResultOf<P>, FailsWith<P>, Needs<P>> =>
  Effect.suspend(() => {
    const part: Part = make()
    return (Effect.isEffect(part) ? part : Effect.gen(() => part)) as Effect.Effect<ResultOf<P>, FailsWith<P>, Needs<P>>
  })
