import type { Effect } from "effect"
import { InvalidOption } from "../../Errors.ts"
import type { Latent, Plate } from "../Site.ts"
import { handle, isOpen, mustBeMet, nameAt } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/** The names of the latent sites, those in plates after the plate's: `schools.theta`. */
export type LatentNames<R> =
  R extends Latent<infer N, infer _D>
    ? N
    : R extends Plate<infer N extends string, infer _Row, infer Inner>
      ? `${N}.${LatentNames<Inner>}`
      : never

/** What is left of the sites without those named. */
export type Blocked<R, N> =
  R extends Latent<infer M, infer _D>
    ? M extends N
      ? never
      : R
    : R extends Plate<infer M extends string, infer Row, infer Inner>
      ? Plate<M, Row, Blocked<Inner, N extends `${M}.${infer Rest}` ? Rest : never>>
      : R

/**
 * The program in which some latent sites are drawn from their priors, whatever is observed: no guide supplies them. With q equal to p at such a site nothing is left
 * of its KL, and gradients flow through its draw as they do from a guide's.
 *
 * @param names of latent sites; those in a plate after the plate's name, `schools.theta`
 * @throws (when it runs) InvalidOption for a name that is no latent site
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const noise = yield* sample("noise", Normal(0, 1))
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   yield* observe("x", Normal(mu, 1), Tensor.of([], tf.add(noise, 1)))
 * })
 * const guided = program(block(pair, "noise")).guide(() => ({ mu: Normal(param("mu", 0), 1) }))
 * ```
 */
export const block = <A, E, R, const N extends LatentNames<R>>(
  program: Runnable<A, E, R>,
  ...names: ReadonlyArray<N>
): Effect.Effect<A, E, Blocked<R, N>> => {
  const wanted = new Set<string>(names)
  const wrong = names.find((name) => typeof name !== "string")
  if (wrong !== undefined)
    throw new InvalidOption({ option: "block", value: String(wrong), expected: "names of latent sites" })
  return handle(program, () => ({
    site: (request, ask, { path }) =>
      ask(
        request.kind === "sample" && isOpen(request) && wanted.has(nameAt(path))
          ? { ...request, kind: "draw" }
          : request
      ),
    end: (asked) => mustBeMet("block", wanted, asked, ["sample"], "latent sites of the program")
  }))
}
