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
    const done: Array<{ readonly value: A } | undefined> = chains.map(() => undefined)
    let open = chains.length
    const room = roomFor(size)
    const vectors = new Float32Array(chains.length * size)
    const take = (i: number, { done: isDone, value }: IteratorResult<Float64Array, A>): void => {
      if (isDone === true) {
        done[i] = { value }
        open--
        return
      }
      for (let at = 0; at < size; at++) vectors[i * size + at] = value[at] ?? Number.NaN
    }
    for (const [i, chain] of chains.entries())
      take(i, chain.next({ logDensity: Number.NaN, gradient: new Float64Array(0) }))
    let shown = performance.now()
    for (let evaluations = 1; open > 0; evaluations++) {
      const { logDensity, gradient } = density.now?.(vectors) ?? (yield* density(vectors))
      for (let i = 0; i < chains.length; i++) {
        if (done[i] !== undefined) continue
        const own = room()
        for (let at = 0; at < size; at++) own[at] = gradient[i * size + at] ?? 0
        const next = chains[i]?.next({ logDensity: logDensity[i] ?? Number.NaN, gradient: own })
        if (next !== undefined) take(i, next)
      }
      if (performance.now() - shown > 100 || open === 0) {
        if (!onTurn(evaluations)) return yield* Effect.interrupt
        yield* Effect.yieldNow
        shown = performance.now()
      }
    }
    return done.flatMap((each) => (each === undefined ? [] : [each.value]))
  })
