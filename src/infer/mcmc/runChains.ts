import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Density } from "./density.ts"
import type { Asking } from "./hamiltonian.ts"
import { roomFor } from "./room.ts"

/**
 * Runs computations that ask for a log density, one for each chain, until all have ended. Each evaluation answers all of them: a chain goes on to its next transition while another one is still in its
 * own, and one that has ended is evaluated where it was.
 *
 * @param onTurn is called after each evaluation, and says whether to go on
 */
export const runTogether = <A>(
  chains: ReadonlyArray<Asking<A>>,
  size: number,
  density: Density,
  onTurn: (evaluations: number) => boolean
): Effect.Effect<ReadonlyArray<A>, FitError> =>
  Effect.gen(function* () {
    const results = new Map<number, A>()
    const room = roomFor(size)
    const vectors = new Float32Array(chains.length * size)
    const take = (i: number, next: IteratorResult<Float64Array, A>): void => {
      if (next.done === true) results.set(i, next.value)
      else vectors.set(next.value, i * size)
    }
    for (const [i, chain] of chains.entries())
      take(i, chain.next({ logDensity: Number.NaN, gradient: new Float64Array(0) }))
    let shown = performance.now()
    for (let evaluations = 1; results.size < chains.length; evaluations++) {
      const { logDensity, gradient } = yield* density(vectors)
      for (const [i, chain] of chains.entries()) {
        if (results.has(i)) continue
        const own = room()
        for (let at = 0; at < size; at++) own[at] = gradient[i * size + at] ?? 0
        take(i, chain.next({ logDensity: logDensity[i] ?? Number.NaN, gradient: own }))
      }
      if (performance.now() - shown > 100 || results.size === chains.length) {
        if (!onTurn(evaluations)) return yield* Effect.interrupt
        yield* Effect.yieldNow
        shown = performance.now()
      }
    }
    return chains.flatMap((_, i) => {
      const result = results.get(i)
      return result === undefined ? [] : [result]
    })
  })
