import { Effect } from "effect"

/** A program as handlers take it: an Effect that asks for its sites, or the value that \`program\` makes of one. */
export type Runnable<A, E, R> = Effect.Effect<A, E, R> | { readonly effect: Effect.Effect<A, E, R> }

export const runnable = <A, E, R>(program: Runnable<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.isEffect(program) ? program : program.effect
