import type { Effect } from "effect"
import type { Choosable } from "../Site.ts"
import { type Asked, handle, isOpen, mustBeMet, nameAt } from "./handle.ts"
import type { Runnable } from "./runnable.ts"
import { asValue, type Conditioned, type KnownSites, tableOf, type Values, type ValueTable } from "./values.ts"

/**
 * The program in which some sites have given values: they are scored as observed ones, so that a guide no longer supplies them, nor the data, and no sum runs over
 * them. Values in a
 * plate stand in a record of its name, and one value serves every row.
 *
 * @throws (when it runs) InvalidOption for a name that is no latent, observed or enumerated site, ShapeMismatch for a value of another shape
 * @example
 * ```ts
 * const pair = Effect.gen(function* () {
 *   const mu = yield* sample("mu", Normal(0, 1))
 *   return yield* sample("x", Normal(mu, 1))
 * })
 * const known = program(condition(pair, { x: 0.8 })) // its guide gives `mu` alone
 * ```
 */
export const condition = <A, E, R, const V extends Values<R, Choosable>>(
  program: Runnable<A, E, R>,
  values: V & KnownSites<R, Choosable, V, "a latent, observed or enumerated site">
): Effect.Effect<A, E, Conditioned<R, V>> => conditioned(program, tableOf("condition", values))

/** The same with values in a table. */
export const conditioned = <A, E, R, S>(program: Runnable<A, E, R>, given: ValueTable): Effect.Effect<A, E, S> =>
  handle(program, () => ({
    site: (request, ask, { path }) => {
      const value = given.get(nameAt(path))
      if (value === undefined || !isOpen(request) || !("dist" in request) || !kinds.includes(request.kind))
        return ask(request)
      return ask({
        ...request,
        kind: "observe",
        value: asValue("condition", request.name, value, request.dist.shape)
      })
    },
    end: (asked) =>
      mustBeMet("condition", given.keys(), asked, kinds, "latent, observed or enumerated sites of the program")
  }))

const kinds: ReadonlyArray<Asked["kind"]> = ["sample", "observe", "enumerate"]
