import type { Effect } from "effect"
import { InvalidOption } from "../../Errors.ts"
import { handle } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/**
 * The program whose own draws, those from its priors, take random numbers of their own: independent of those of the same program with another number, and
 * the same whenever the run has the same seed. Draws of a guide are not its business. A number inside of the program goes before one around it.
 *
 * @param n a whole number from 0
 * @throws InvalidOption for any other number
 * @example
 * ```ts
 * const z = sample("z", Normal(0, 1))
 * const [one, same] = [trace(seed(z, 1), {}), trace(seed(z, 1), {})]
 * tf.sub(one.values.z, same.values.z) // => 0
 * ```
 */
export const seed = <A, E, R>(program: Runnable<A, E, R>, n: number): Effect.Effect<A, E, R> => {
  if (!(Number.isSafeInteger(n) && n >= 0))
    throw new InvalidOption({ option: "seed", value: String(n), expected: "a whole number from 0" })
  return handle(program, () => ({
    site: (request, ask) => ask("dist" in request ? { ...request, stream: request.stream ?? `seed ${n}` } : request)
  }))
}
