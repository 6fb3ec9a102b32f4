import { Effect } from "effect"

/** Work on many numbers as pieces of some milliseconds each, between which the rest of the program may run. */
export type Pieces<A> = Generator<void, A>

/** Numbers in one piece. */
export const piece = 1 << 18

/** Works on so many numbers in pieces. The loop over them stays a plain function, which is compiled to fast code. */
export function* overPieces(length: number, work: (from: number, to: number) => void): Pieces<void> {
  for (let from = 0; from < length; from += piece) {
    work(from, Math.min(length, from + piece))
    yield
  }
}

/** The first place where something holds, which is looked for in pieces. */
export function* firstPlace(length: number, holds: (i: number) => boolean): Pieces<number | undefined> {
  for (let from = 0; from < length; from += piece) {
    const to = Math.min(length, from + piece)
    for (let i = from; i < to; i++) if (holds(i)) return i
    if (to < length) yield
  }
  return undefined
}

/** All pieces one after the other, in one go. */
export const atOnce = <A>(pieces: Pieces<A>): A => {
  for (;;) {
    const { done, value } = pieces.next()
    if (done === true) return value
  }
}

/** The same as an Effect that gives the event loop back between two pieces. What they throw is its error. */
export const inTurns = <A, E>(pieces: () => Pieces<A>, isError: (error: unknown) => error is E): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const work = pieces()
    const next: Effect.Effect<A, E> = Effect.flatMap(
      Effect.suspend(() => {
        try {
          return Effect.succeed(work.next())
        } catch (error) {
          return isError(error) ? Effect.fail(error) : Effect.die(error)
        }
      }),
      (step) => (step.done === true ? Effect.succeed(step.value) : Effect.andThen(turn, next))
    )
    return next
  })

/** Timers, files and sockets get their turn, and the fiber may be interrupted. */
const turn = Effect.callback<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})
