import { Effect } from "effect"
import { showing } from "../../display.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { concatenated } from "../run/chunks.ts"
import type { Prepared } from "../run/prepared.ts"
import type { Chain } from "./chain.ts"
import { convergenceOf, type SamplerFacts } from "./convergence.ts"
import { eBfmiOf } from "./diagnostics.ts"
import { onSupports } from "./onSupports.ts"
import type { AnySampled } from "./Sampled.ts"
import type { Target } from "./target.ts"

/** What the chains ran on. */
interface Run {
  readonly target: Target
  readonly data: Prepared
  readonly settings: { readonly chains: number; readonly draws: number; readonly seed: number }
  /** where they follow trajectories: the longest that there may be, and how many transitions it ended */
  readonly longest?: SamplerFacts["longest"]
  /** the longest time of a trajectory, where it is the same for all */
  readonly trajectory?: number
}

/** The draws on the supports of their sites, with what the chains said of themselves. */
export const sampledOf = (
  { target, data, settings, longest, trajectory }: Run,
  chains: ReadonlyArray<Chain>
): Effect.Effect<AnySampled, FitError, Engine> =>
  Effect.gen(function* () {
    const drawsPerChain = chains[0]?.logDensity.length ?? 0
    const vectors = concatenated(chains.map(({ vectors }) => vectors))
    const posterior = yield* onSupports(target, data, settings.seed, vectors)
    const divergent = Uint8Array.from(chains.flatMap((chain) => [...chain.divergent]))
    const leapfrogs = Int32Array.from(chains.flatMap((chain) => [...chain.leapfrogs]))
    const facts = {
      chains: settings.chains,
      drawsPerChain,
      ...(drawsPerChain < settings.draws && { stopped: "aborted" as const }),
      divergences: divergent.reduce((sum, x) => sum + x, 0),
      stepSizes: chains.map(({ stepSize }) => stepSize),
      acceptance: chains.map(({ acceptance }) => acceptance.reduce((sum, x) => sum + x, 0) / drawsPerChain),
      eBfmi: longest === undefined ? [] : chains.map(({ energy }) => eBfmiOf(energy)),
      leapfrogs: leapfrogs.reduce((sum, x) => sum + x, 0),
      ...(trajectory !== undefined && { trajectory }),
      statistics: {
        logDensity: Float64Array.from(chains.flatMap((chain) => [...chain.logDensity])),
        energy: Float64Array.from(chains.flatMap((chain) => [...chain.energy])),
        acceptance: Float64Array.from(chains.flatMap((chain) => [...chain.acceptance])),
        treeDepth: Int32Array.from(chains.flatMap((chain) => [...chain.treeDepth])),
        leapfrogs,
        divergent
      }
    }
    const summary = () => convergenceOf(posterior.draws, longest === undefined ? facts : { ...facts, longest })
    const sampled: AnySampled = { ...facts, ...posterior, summary }
    return showing(sampled, () => {
      const early = drawsPerChain < settings.draws ? ` (stopped before ${settings.draws})` : ""
      const title = `${settings.chains} chains of ${drawsPerChain} draws${early}, ${facts.divergences} divergences`
      const table = summary()
      return { text: `${title}\n${table}` }
    })
  })
