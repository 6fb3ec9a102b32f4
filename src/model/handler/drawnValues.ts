import type { Effect } from "effect"
import { handle, isOpen } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/** The program with its sites that are summed out as latent sites, which a guide gives. */
export const drawnValues = <A, E, R, S>(program: Runnable<A, E, R>): Effect.Effect<A, E, S> =>
  handle(program, () => ({
    site: (request, ask) =>
      ask(request.kind === "enumerate" && isOpen(request) ? { ...request, kind: "sample" } : request)
  }))
