import type { Effect } from "effect"
import { GuideMismatch } from "../../Errors.ts"
import type { SiteRequest } from "../Interpreter.ts"
import { handle } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/**
 * The program as a source of data: what it observes is drawn, what is summed out too, and values of its own are computed values. Its own draws take a stream
 * of random numbers of their own, so that a guide may draw sites of the same names.
 *
 * @param factors whether a log density of the program's own is refused: no draw follows it. It may be left aside where all that it speaks of is given.
 */
export const generative = <A, E, R, S>(
  program: Runnable<A, E, R>,
  factors: "refuse" | "leave aside"
): Effect.Effect<A, E, S> =>
  handle(program, () => ({
    site: (request, ask) => {
      if (request.kind === "deterministic") return ask(request)
      if (request.kind !== "factor") return ask(drawnOf(request))
      if (factors === "leave aside") return request.value
      throw new GuideMismatch({
        site: request.name,
        reason:
          "a program with a factor is no source of draws from its prior: the factor's density has no sampler. Fit it and use its posterior."
      })
    }
  }))

const drawnOf = (request: Extract<SiteRequest, { readonly dist: unknown }>): SiteRequest => {
  const { kind, name, value, stream } = request
  if (value !== undefined) return { kind: "deterministic", name, value }
  return { ...request, kind: kind === "sample" ? kind : "draw", mask: undefined, scale: 1, stream: stream ?? "prior" }
}
