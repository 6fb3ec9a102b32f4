import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { type FitError, GuideMismatch, NonFiniteLoss } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { factorsByRole, type Joint, type LatentSite, latentSites, particlesOf, platesOf } from "../joint/Joint.ts"
import { own, plateAxis } from "../joint/names.ts"
import { drawsIn, valuesIn } from "../joint/reach.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { at, type Values } from "../step/densities.ts"
import { sharedAxes } from "../step/logWeights.ts"
import { logDensities } from "./drawStatistics.ts"
import { type DrawnFrom, eachDraw } from "./eachDraw.ts"
import { oneDraw } from "./logLikelihood.ts"

/** Draws of the guide with their log weights log p − log q: of all the data together, or of each row where all latent sites stand in one plate. */
export interface WeighedDraws {
  readonly n: number
  /** the plates each of whose rows has weights of its own, outermost first */
  readonly shared: ReadonlyArray<string>
  /** for each such row, or once for all the data, the log weights of the draws */
  readonly logWeights: ReadonlyArray<Float64Array>
  /** log densities that depend on no draw, summed */
  readonly beside: number
  readonly sites: ReadonlyArray<SiteDraws>
}

export interface SiteDraws {
  readonly site: LatentSite
  /** `[n, ...rows, ...event]` */
  readonly draws: Dataset<ReadonlyArray<number>, "real">
  /** log q − log p of the site's own densities at each draw, summed over its rows: its mean is the site's KL. Undefined where they are not its own alone */
  readonly gap: Float64Array | undefined
}

interface WeightPart {
  readonly output: string
  readonly axes: ReadonlyArray<string>
  readonly sign: 1 | -1
  readonly isDrawn: boolean
  readonly value: tf.Tensor
}

/** Draws all latent sites and weighs them. The sites of the joint have a draw each; sites that the model sums out are summed out. */
export const weighedDraws = (joint: Joint, from: DrawnFrom): Effect.Effect<WeighedDraws, FitError, Engine> => {
  const latents = latentSites(joint).filter(({ blocked }) => !blocked)
  const known = new Map<string, Omit<WeightPart, "value" | "output">>()
  const gapsOf = ownGaps(joint, latents)
  const each = oneDraw(joint, (values) => {
    const parts = weightParts(joint, values)
    for (const { output, ...part } of parts) known.set(output, part)
    const draws = latents.map(({ name, plates, draw }) => ({
      output: drawOutput(name),
      axes: plates.map(plateAxis),
      value: at(values, draw)
    }))
    return [...parts, ...draws, ...gapsOf(values)]
  })
  return Effect.map(eachDraw({ ...each, particles: particlesOf(joint) }, from), (drawn): WeighedDraws => {
    const parts = [...known]
    const together = new Set(platesOf(joint).flatMap(({ name, size }) => (size === undefined ? [] : [name])))
    const common = sharedAxes(parts.flatMap(([, { axes, isDrawn }]) => (isDrawn ? [axes] : [])))
    // rows that are read together are no data on their own
    const end = common.findIndex((axis) => together.has(axis))
    const shared = end < 0 ? common : common.slice(0, end)
    const labels = new Map(platesOf(joint).map(({ name, label }) => [name, label]))
    const plates = shared.map((axis) => labels.get(axis) ?? axis)
    const units = plates.reduce((product, plate) => product * (own(from.data.sizes, plate) ?? 1), 1)
    const logWeights = Array.from({ length: units }, () => new Float64Array(from.n))
    let beside = 0
    for (const [output, { axes, sign }] of parts) {
      const values = own(drawn, output)?.values ?? []
      const width = values.length / from.n
      if (!shared.every((axis, i) => axes[i] === axis)) {
        for (let i = 0; i < width; i++) beside += sign * (values[i] ?? 0)
        continue
      }
      const inner = width / units
      for (let draw = 0; draw < from.n; draw++)
        for (let i = 0; i < width; i++) {
          const weights = logWeights[Math.floor(i / inner)]
          if (weights !== undefined) weights[draw] = (weights[draw] ?? 0) + sign * (values[draw * width + i] ?? 0)
        }
    }
    const sites = latents.flatMap((site): ReadonlyArray<SiteDraws> => {
      const draws = own(drawn, drawOutput(site.name))
      return draws === undefined ? [] : [{ site, draws, gap: totals(own(drawn, gapOutput(site.name)), from.n) }]
    })
    return { n: from.n, shared: plates, logWeights, beside, sites }
  })
}

const drawOutput = (site: string): string => `draw:${site}`
const gapOutput = (site: string): string => `gap:${site}`

/** All log densities of the model and the guide, with what is drawn told from what is not. */
const weightParts = (joint: Joint, values: Values): ReadonlyArray<WeightPart> => {
  const reach = drawsIn(joint)
  return logDensities(joint, values).map(({ of, nodes, output, axes, value }) => ({
    ...{ output, axes, value, sign: of === "model" ? 1 : -1 },
    // a density of the guide is one of a draw
    isDrawn: of === "guide" || nodes.some((node) => (reach[node] ?? 0n) !== 0n)
  }))
}

/** log q − log p of each site whose own densities say its KL: those of neither a piece of a joint guide nor a prior that depends on a site which is summed out. */
const ownGaps = (joint: Joint, latents: ReadonlyArray<LatentSite>) => {
  const factor = factorsByRole(joint)
  const summed = valuesIn(joint)
  return (values: Values) =>
    latents.flatMap(({ name }) => {
      const [q, p] = [factor(name, "guide"), factor(name, "prior")]
      if (q === undefined || p === undefined || (summed[p.node] ?? 0n) !== 0n) return []
      if (q.axes.join() !== p.axes.join()) return []
      return [{ output: gapOutput(name), axes: q.axes, value: tf.sub(at(values, q.node), at(values, p.node)) }]
    })
}

const totals = (drawn: Dataset | undefined, n: number): Float64Array | undefined => {
  if (drawn === undefined) return undefined
  const width = drawn.values.length / n
  return Float64Array.from({ length: n }, (_, draw) => {
    let sum = 0
    for (let i = 0; i < width; i++) sum += drawn.values[draw * width + i] ?? 0
    return sum
  })
}

/** @throws GuideMismatch where there is nothing to weigh: no latent site, or a guide that is a point */
export const mustBeWeighable = (joint: Joint): void => {
  const latents = latentSites(joint).filter(({ blocked }) => !blocked)
  if (latents.length === 0)
    throw new GuideMismatch({
      site: "(program)",
      reason: "it has no latent site that the guide draws, so there is no guide to diagnose"
    })
  const point = latents.find(({ guide }) => guide?.family === "Delta")
  if (point === undefined) return
  throw new GuideMismatch({
    site: point.name,
    reason:
      "the guide is a point, which has no density to weigh against the posterior's. Fit with another guide, such as Guide.normal() or Guide.laplace()"
  })
}

/** Fails with NonFiniteLoss where a log density is not a number, or infinite upwards */
export const mustBeNumbers = (
  { logWeights, beside }: WeighedDraws,
  parameters: Parameters
): Effect.Effect<void, NonFiniteLoss> => {
  const isBad = (x: number): boolean => Number.isNaN(x) || x === Number.POSITIVE_INFINITY
  const bad = [beside, ...logWeights.flatMap((weights) => weights.find(isBad) ?? [])].find(isBad)
  if (bad === undefined) return Effect.void
  return Effect.fail(
    new NonFiniteLoss({ step: 1, epoch: 1, site: "(all)", term: "log p − log q of a draw", value: bad, parameters })
  )
}
