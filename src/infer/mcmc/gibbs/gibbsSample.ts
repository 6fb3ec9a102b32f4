import { Effect } from "effect"
import { atOnce } from "../../../data/pieces.ts"
import { showing } from "../../../display.ts"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import type { Arrays, Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { checkData } from "../../fit/checkData.ts"
import { attempt } from "../../run/attempt.ts"
import { type ProgramData, prepare } from "../../run/prepared.ts"
import { convergenceOf } from "../convergence.ts"
import { drawsAt } from "../onSupports.ts"
import type { AnyGibbsDraws } from "./GibbsDraws.ts"
import { type GibbsProblem, gibbsProblem } from "./gibbsProblem.ts"
import { type GibbsOptions, type GibbsSettings, gibbsSettings } from "./gibbsSettings.ts"
import { runSweeps } from "./runSweeps.ts"
import { logDensityOutput, valueOutput } from "./sweep.ts"

/** Samples the enumerated sites of a program given data by Gibbs sampling; all input is checked before. */
export const gibbsSample = (
  model: AnyProgram,
  dataOf: () => ProgramData,
  options: GibbsOptions
): Effect.Effect<AnyGibbsDraws, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => gibbsSettings(options))
    const data = yield* attempt(() => prepare(dataOf()))
    const problem = yield* attempt(() => {
      const problem = gibbsProblem(model, data, settings.seed)
      atOnce(checkData(problem.given.derived, data))
      return problem
    })
    const swept = yield* runSweeps(problem.joint, data, settings)
    const { chains, warmup } = settings
    const draws = (swept[logDensityOutput]?.length ?? 0) / chains - warmup
    const kept = { chains, warmup, draws }
    const logDensity = Float64Array.from(keptOf(swept[logDensityOutput], kept))
    const bad = logDensity.find((x) => !Number.isFinite(x))
    if (bad !== undefined) return yield* Effect.fail(impossible(bad))
    const vectors = vectorsOf(problem, swept, kept)
    const posterior = yield* drawsAt(problem.given, data, { layout: problem.layout, vectors })
    const remedy =
      "Ask for more draws. Sites that hold each other in place move together if they are one site: enumerate their joint values."
    const sampled: AnyGibbsDraws = {
      ...posterior,
      ...{ chains, drawsPerChain: draws, logDensity },
      ...(draws < settings.draws && { stopped: "aborted" as const }),
      summary: () => convergenceOf(posterior.draws, { chains, divergences: 0, eBfmi: [], remedy })
    }
    return showing(sampled, () => {
      const early = draws < settings.draws ? ` (stopped before ${settings.draws})` : ""
      return { text: `${chains} chains of ${draws} sweeps${early}\n${sampled.summary()}` }
    })
  })

/** The sweeps that are thrown away, and those that there are after them. */
type Kept = Pick<GibbsSettings, "chains" | "warmup" | "draws">

/** What the sweeps after the warm-up left, chain after chain. */
const keptOf = (swept: Float32Array = new Float32Array(), { chains, warmup, draws }: Kept): Float32Array => {
  const width = swept.length / ((warmup + draws) * chains)
  const kept = new Float32Array(chains * draws * width)
  for (let chain = 0; chain < chains; chain++)
    for (let d = 0; d < draws; d++) {
      const from = ((warmup + d) * chains + chain) * width
      kept.set(swept.subarray(from, from + width), (chain * draws + d) * width)
    }
  return kept
}

/** `[chains · draws, size]` */
const vectorsOf = ({ layout }: GibbsProblem, swept: Arrays, kept: Kept): Float32Array => {
  const n = kept.chains * kept.draws
  const size = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const vectors = new Float32Array(n * size)
  let offset = 0
  for (const { site, shape } of layout) {
    const values = keptOf(swept[valueOutput(site)], kept)
    const width = sizeOf(shape)
    for (let d = 0; d < n; d++) vectors.set(values.subarray(d * width, (d + 1) * width), d * size + offset)
    offset += width
  }
  return vectors
}

const impossible = (logDensity: number): GuideMismatch =>
  new GuideMismatch({
    site: "(program)",
    reason: `after the warm-up a chain still stood at values whose log density is ${logDensity}: no value of any one site leads to possible ones. Take a longer warm-up, or make one site of those that exclude each other's values`
  })
