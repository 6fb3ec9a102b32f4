import type { Effect } from "effect"
import { handle } from "./handle.ts"
import { maskedChoice, maskedFactor } from "./mask.ts"
import type { Runnable } from "./runnable.ts"

/** The program of which the log densities of latent sites alone count: its prior, with the values that it has. */
export const unobserved = <A, E, R>(program: Runnable<A, E, R>): Effect.Effect<A, E, R> =>
  handle(program, () => ({
    site: (request, ask) => {
      if (request.kind === "deterministic" || request.kind === "draw") return ask(request)
      if (request.kind === "factor") return ask(maskedFactor(request, false))
      return ask(request.kind === "observe" || request.value !== undefined ? maskedChoice(request, false) : request)
    }
  }))
