import type { Effect } from "effect"
import type { Movable } from "../Site.ts"
import { handle, movable, mustBeMet, nameAt } from "./handle.ts"
import type { Runnable } from "./runnable.ts"
import { asValue, type Intervened, type KnownSites, tableOf, type Values } from "./values.ts"

/**
 * do(site = value): the program in which some sites take values from outside, whatever their parents are. Their densities do not count, and they are
 * computed values of the program then, so that they stand in its draws. Values in a plate stand in a record of its name, and one value serves every row.
 *
 * Source: Pearl, Glymour and Jewell (2016), Causal Inference in Statistics, section 3.2: the mutilated model.
 *
 * @throws (when it runs) InvalidOption for a name that is no site with a value, ShapeMismatch for a value of another shape
 * @example
 * ```ts
 * const rain = Effect.gen(function* () {
 *   const x = yield* sample("x", Normal(0, 1))
 *   return yield* sample("y", Normal(x, 1))
 * })
 * const moved = program(intervene(rain, { x: 2 })) // y ~ Normal(2, 1), and x has no density
 * ```
 */
export const intervene = <A, E, R, const V extends Values<R, Movable>>(
  program: Runnable<A, E, R>,
  values: V & KnownSites<R, Movable, V, "a site with a value">
): Effect.Effect<A, E, Intervened<R, V>> => {
  const given = tableOf("intervene", values)
  return handle(program, () => ({
    site: (request, ask, { path }) => {
      const value = given.get(nameAt(path))
      if (value === undefined || request.kind === "factor") return ask(request)
      const shape = request.kind === "deterministic" ? request.value.shape : request.dist.shape
      return ask({
        kind: "deterministic",
        name: request.name,
        value: asValue("intervene", request.name, value, shape)
      })
    },
    end: (asked) => mustBeMet("intervene", given.keys(), asked, movable, "sites of the program")
  }))
}
