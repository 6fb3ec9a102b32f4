import { Effect } from "effect"
import { showing } from "../../display.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { attempt } from "../run/attempt.ts"
import { type Prepared, type ProgramData, prepare } from "../run/prepared.ts"
import type { Chain } from "./chain.ts"
import { convergenceOf } from "./convergence.ts"
import { eBfmiOf } from "./diagnostics.ts"
import { nutsTransition } from "./nuts.ts"
import { onSupports } from "./onSupports.ts"
import { begunByPathfinder } from "./pathfinder/begun.ts"
import type { AnySampled } from "./Sampled.ts"
import { sampleBy } from "./sampleBy.ts"
import { type NutsOptions, type NutsSettings, nutsSettings } from "./settings.ts"
import { type Target, targetOf } from "./target.ts"

/** Samples the latent sites of a program given data by NUTS; all input is checked before. */
export const nutsSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: NutsOptions
): Effect.Effect<AnySampled, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => nutsSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const target = yield* attempt(() => targetOf(model, data, settings.init))
    const chains = yield* sampleBy(
      (place, moving) => nutsTransition(place, settings.maxTreeDepth, moving),
      target,
      data,
      settings,
      settings.start === "pathfinder" ? yield* begunByPathfinder(target, data, settings) : {}
    )
    return yield* sampledOf({ target, data, settings }, chains)
  })

interface Run {
  readonly target: Target
  readonly data: Prepared
  readonly settings: NutsSettings
}

/** The draws on the supports of their sites, with what the chains said of themselves. */
const sampledOf = (
  { target, data, settings }: Run,
  chains: ReadonlyArray<Chain>
): Effect.Effect<AnySampled, FitError, Engine> =>
  Effect.gen(function* () {
    const vectors = joined(chains, ({ vectors }) => vectors, settings.chains * settings.draws * target.size)
    const posterior = yield* onSupports(target, data, settings.seed, vectors)
    const divergent = Uint8Array.from(chains.flatMap((chain) => [...chain.divergent]))
    const treeDepth = Int32Array.from(chains.flatMap((chain) => [...chain.treeDepth]))
    const facts = {
      chains: settings.chains,
      drawsPerChain: settings.draws,
      divergences: divergent.reduce((sum, x) => sum + x, 0),
      stepSizes: chains.map(({ stepSize }) => stepSize),
      acceptance: chains.map(({ acceptance }) => acceptance.reduce((sum, x) => sum + x, 0) / settings.draws),
      eBfmi: chains.map(({ energy }) => eBfmiOf(energy)),
      leapfrogs: chains.reduce((sum, { leapfrogs }) => sum + leapfrogs.reduce((all, x) => all + x, 0), 0),
      statistics: {
        logDensity: Float64Array.from(chains.flatMap((chain) => [...chain.logDensity])),
        energy: Float64Array.from(chains.flatMap((chain) => [...chain.energy])),
        acceptance: Float64Array.from(chains.flatMap((chain) => [...chain.acceptance])),
        treeDepth,
        divergent
      }
    }
    const saturated = treeDepth.filter((depth) => depth === settings.maxTreeDepth).length
    const summary = () => convergenceOf(posterior.draws, { ...facts, saturated, maxTreeDepth: settings.maxTreeDepth })
    const sampled: AnySampled = { ...facts, ...posterior, summary }
    return showing(sampled, () => {
      const title = `${settings.chains} chains of ${settings.draws} draws, ${facts.divergences} divergences`
      const table = summary()
      return { text: `${title}\n${table}` }
    })
  })

const joined = (chains: ReadonlyArray<Chain>, of: (chain: Chain) => Float32Array, length: number): Float32Array => {
  const all = new Float32Array(length)
  let at = 0
  for (const chain of chains) {
    all.set(of(chain), at)
    at += of(chain).length
  }
  return all
}
