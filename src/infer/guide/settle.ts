import * as tf from "@tensorflow/tfjs"
import type { Transform } from "../../dist/transform/Transform.ts"
import { GuideMismatch } from "../../Errors.ts"
import { onCpu } from "../../engine/backend.ts"
import { runInParts } from "../../engine/runGraph.ts"
import type { AutoSite } from "../../model/auto/AutoSite.ts"
import type { AutoFamily } from "../../model/auto/Guide.ts"
import { guideProgram } from "../../model/auto/guideProgram.ts"
import { type End, wayTo } from "../../model/auto/way.ts"
import type { AnyGuideRecord, AnyProgram, Guided } from "../../model/Guided.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { shareCommon } from "../../trace/passes/shareCommon.ts"
import { paramInput } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import { type AnyInit, firstReals, mustBeKnown } from "./firstReals.ts"
import { medianOutput, realsInput, type Survey, type SurveyedSite, survey } from "./survey.ts"
import { guideWords, type RefusalWords, toldBy, Unguidable } from "./Unguidable.ts"

/** A model to be guided automatically. */
export interface Automatic {
  readonly model: AnyProgram
  readonly family: AutoFamily
  /** what the user guides by hand */
  readonly written: () => AnyGuideRecord
  readonly init: AnyInit
  /** how refusals are told (as those of automatic guides) */
  readonly words?: RefusalWords
}

/**
 * Makes an ordinary guide of an automatic one: the model is run alone once, for the names, shapes, supports and plates of its latent sites and for the values at which
 * the guide begins.
 *
 * @throws GuideMismatch for a site that the family cannot guide; InvalidOption, ShapeMismatch or SupportViolation for first values that are not right
 */
export const settle = ({ model, family, written, init, words = guideWords }: Automatic, shapes: DataShapes): Guided => {
  const surveyed = toldBy(words, () => {
    const found = survey(model, written, shapes)
    for (const site of found.sites) mustFit(family, site)
    return found
  })
  const [other] = surveyed.written
  if (family.atMode !== undefined && other !== undefined)
    throw new GuideMismatch({
      site: other,
      reason: `${family.auto} has one curvature for all sites, so it takes no exceptions. Use Guide.multivariateNormal()`
    })
  const size = surveyed.sites.reduce((sum, { real }) => sum + sizeOf(real), 0)
  const reason = family.refuses(size)
  if (reason !== undefined) throw new GuideMismatch({ site: surveyed.sites[0]?.name ?? "(program)", reason })
  mustBeKnown(init, surveyed.sites)
  const sites = toldBy(words, () => onCpu(() => scoped(() => begun(surveyed, init))))
  return { model, guide: { kind: "program", make: () => guideProgram(family, sites, written) } }
}

const mustFit = ({ auto, inPlates }: AutoFamily, { name, plates }: SurveyedSite): void => {
  if (plates.length > 1)
    throw new Unguidable(
      name,
      `it stands in the plates [${plates.join(", ")}], and parameters for each row go by one plate`
    )
  if (plates.length === 1 && !inPlates)
    throw new GuideMismatch({
      site: name,
      reason: `it stands in the plate '${plates[0]}', and ${auto} covers sites outside of plates. Use Guide.normal() or Guide.structured(), which have parameters for each row, or guide it yourself: autoGuide({ family, except: () => ({ … }) })`
    })
}

/** Frees all tensors that are made on the way. */
const scoped = <A>(f: () => A): A => {
  tf.engine().startScope()
  try {
    return f()
  } finally {
    tf.engine().endScope()
  }
}

/** Sites with the numbers at which they begin: given ones, or the median of the prior when the sites before it have theirs. */
const begun = ({ graph, sites, parameters }: Survey, init: AnyInit): ReadonlyArray<AutoSite> => {
  const known: Record<string, tf.Tensor> = {}
  for (const { name, shape, init } of parameters)
    if (init.kind === "constant") known[paramInput(name)] = tf.fill([...shape], init.value)
  /** a result, if it depends on nothing that is not known before the fit */
  const compute = runInParts(shareCommon(graph), known)
  return sites.map((site) => {
    const { name, plates, support, real } = site
    const [low, high] = site.ends.map((end) => (typeof end === "number" ? () => end : constantOf(name, compute(end))))
    const way = (): Transform => wayTo(support, [low?.() ?? 0, high?.() ?? 0])
    const reals = firstReals(site, way(), init) ?? Array.from(compute(medianOutput(name))?.dataSync() ?? [])
    const start = Array.from({ length: sizeOf(real) }, (_, i) => finiteOr0(reals[i]))
    known[realsInput(name)] = tf.tensor(start, [...real])
    return { name, plates, support, real, way, start }
  })
}

const finiteOr0 = (x: number | undefined): number => (x !== undefined && Number.isFinite(x) ? x : 0)

/** An end of an interval that was computed, as it is recorded later: one number, or a constant. */
const constantOf = (site: string, end: tf.Tensor | undefined): (() => End) => {
  const values = end?.dataSync()
  const [first] = values ?? []
  if (end === undefined || values === undefined || first === undefined)
    throw new Unguidable(site, "the ends of its support are not known before the fit")
  if (values.every((x) => x === first)) return () => first
  if (!values.every(Number.isFinite))
    throw new Unguidable(site, "some of the ends of its support are infinite, and others are not")
  const { shape } = end
  return () => tf.tensor(values, [...shape])
}
