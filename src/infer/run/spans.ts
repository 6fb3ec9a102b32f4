import { Effect, Exit, Scope, type Tracer } from "effect"

/*
 * Spans for the tracer of the program that calls the library. Without a tracer Effect makes plain objects that nobody reads: some microseconds a span, where a call of an engine takes 200 ms.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>

// the stack would show lines of the library alone, and costs more than the span
const optionsOf = (attributes: Attributes): Tracer.SpanOptions => ({ attributes, captureStackTrace: false })

/** Runs an effect in a span of its own, a child of the current one. */
export const inSpan =
  (name: string, attributes: Attributes = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
    Effect.withSpan(effect, name, optionsOf(attributes))

/** A span in which several effects run, one after the other. */
export interface LongSpan {
  /** Runs an effect in the span, which begins with the first one. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>>
  /** Ends the span, if it has begun; the next effect begins another one. */
  readonly end: (attributes: Attributes) => Effect.Effect<void>
}

/** Spans of one name after each other. One that is open when the scope closes ends with the scope's exit. */
export const longSpan = (name: string): Effect.Effect<LongSpan, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    let open: { readonly span: Tracer.Span; readonly own: Scope.Closeable } | undefined
    const begin = Effect.gen(function* () {
      const own = yield* Scope.fork(scope)
      const span = yield* Effect.makeSpanScoped(name, optionsOf({})).pipe(Scope.provide(own))
      open = { span, own }
      return open
    })
    return {
      run: (effect) =>
        Effect.flatMap(
          Effect.suspend(() => (open === undefined ? begin : Effect.succeed(open))),
          ({ span }) => Effect.withParentSpan(effect, span, { captureStackTrace: false })
        ),
      end: (attributes) =>
        Effect.suspend(() => {
          if (open === undefined) return Effect.void
          const { span, own } = open
          open = undefined
          for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
          return Scope.close(own, Exit.void)
        })
    }
  })
