import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { attempt } from "../run/attempt.ts"
import { type ProgramData, prepare } from "../run/prepared.ts"
import { nutsTransition } from "./nuts.ts"
import { begunByPathfinder } from "./pathfinder/begun.ts"
import type { AnySampled } from "./Sampled.ts"
import { sampleBy } from "./sampleBy.ts"
import { sampledOf } from "./sampledOf.ts"
import { type NutsOptions, nutsSettings } from "./settings.ts"
import { targetOf } from "./target.ts"

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
    const saturated = chains.reduce(
      (sum, { treeDepth }) => sum + treeDepth.filter((depth) => depth === settings.maxTreeDepth).length,
      0
    )
    const words = `largest tree of 2^${settings.maxTreeDepth} − 1 steps`
    return yield* sampledOf({ target, data, settings, longest: { words, saturated, option: "maxTreeDepth" } }, chains)
  })
