import type { Effect } from "effect"
import type { AnyLatent } from "../Site.ts"
import { handle, isOpen, mustBeMet, nameAt } from "./handle.ts"
import type { Runnable } from "./runnable.ts"
import { asValue, type Conditioned, type KnownSites, tableOf, type Values } from "./values.ts"

/**
 * The program in which some latent sites have given values and stay latent: a trace lists them as such, and their densities count as priors. A guide no
 * longer supplies them. `condition` makes them observed.
 *
 * @throws (when it runs) InvalidOption for a name that is no latent site, ShapeMismatch for a value of another shape
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   return yield* sample("x", Normal(mu, 1))
 * })
 * trace(substitute(pair, { mu: 2, x: 3 }), {}).logJoint // => -0.5 * (4 + 1) - Math.log(2 * Math.PI)
 * ```
 */
export const substitute = <A, E, R, const V extends Values<R, AnyLatent>>(
  program: Runnable<A, E, R>,
  values: V & KnownSites<R, AnyLatent, V, "a latent site">
): Effect.Effect<A, E, Conditioned<R, V>> => {
  const given = tableOf("substitute", values)
  return handle(program, () => ({
    site: (request, ask, { path }) => {
      const value = given.get(nameAt(path))
      if (value === undefined || request.kind !== "sample" || !isOpen(request)) return ask(request)
      return ask({ ...request, value: asValue("substitute", request.name, value, request.dist.shape) })
    },
    end: (asked) => mustBeMet("substitute", given.keys(), asked, ["sample"], "latent sites of the program")
  }))
}
