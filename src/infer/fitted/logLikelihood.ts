import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { type FitError, UnsupportedKernel } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { enumeratedAxes, type Factor, type Joint, type ObservedSite, observedSites, platesOf } from "../joint/Joint.ts"
import { own, plateAxis } from "../joint/names.ts"
import { type Density, densitiesOf, sumOverAxes, type Values } from "../step/densities.ts"
import { type DrawnFrom, eachDraw, type OneDraw } from "./eachDraw.ts"
import { type Draws, nested } from "./posterior.ts"

/**
 * log p(y | latent values) for each draw and each row, by observed site. Sites that the model sums out are summed out: log p(y, z) − log p(z), in which the latent sites z are those that the sum
 * touches. Nothing is scaled: neither by N/B, nor by `scale`.
 */
export const drawLogLikelihood = (joint: Joint, from: DrawnFrom): Effect.Effect<Draws, FitError, Engine> => {
  const each = oneDraw(joint, (values) => likelihoods(joint, values))
  return Effect.map(eachDraw(each, from), (drawn) =>
    nested(observedSites(joint), ({ name }) => own(drawn, outputOf(name)))
  )
}

const outputOf = (site: string): string => `likelihood:${site}`

/** A log density for one row of its plates. */
export interface Part {
  readonly output: string
  /** the names of its axes */
  readonly axes: ReadonlyArray<string>
  readonly value: tf.Tensor
}

/** Log densities as the outputs of a joint's graph, to which the axes of enumerated sites have been added. */
export const oneDraw = (joint: Joint, partsOf: (values: Values) => ReadonlyArray<Part>): OneDraw => {
  const labels = new Map(platesOf(joint).map(({ name, label }) => [name, label]))
  const outputs = new Map<string, ReadonlyArray<string>>()
  const graph = () => {
    const recorded = record((recorder) => {
      const parts = partsOf(recordAgain(recorder, joint.graph))
      for (const { output, axes } of parts)
        outputs.set(
          output,
          axes.map((axis) => labels.get(axis) ?? axis)
        )
      return Object.fromEntries(parts.map(({ output, value }) => [output, value]))
    })
    return enumeratedAxes(joint).reduce(
      (before, axis) => vectorise(before, { ...axis, size: axis.size ?? 1 }),
      recorded
    )
  }
  return { graph, plates: platesOf(joint), outputs }
}

const likelihoods = (joint: Joint, values: Values): ReadonlyArray<Part> => {
  const unscaled = {
    ...joint,
    factors: joint.factors.map((factor) => (factor.role === "likelihood" ? { ...factor, scale: undefined } : factor))
  }
  const { densities } = densitiesOf(unscaled, values)
  const isLikelihood = ({ role }: Factor): boolean => role === "likelihood"
  const without = { ...joint, factors: joint.factors.filter((factor) => !isLikelihood(factor)) }
  const others = densities.some(({ factors }) => factors.length > 1) ? densitiesOf(without, values).densities : []
  const sites = new Map(observedSites(joint).map((site) => [site.name, site]))
  return densities.flatMap((density): ReadonlyArray<Part> => {
    const observed = density.factors.flatMap((factor) => (isLikelihood(factor) ? (sites.get(factor.site) ?? []) : []))
    const [first] = observed
    if (first === undefined) return []
    for (const site of observed) mustBeApart(joint, site, density)
    const value = density.factors.length === 1 ? density.value : tf.sub(density.value, ofLatents(density, others))
    return [{ output: outputOf(first.name), axes: density.axes, value }]
  })
}

/** The part of a density that does not depend on data: log p(z), summed over the same sites. */
const ofLatents = (density: Density, others: ReadonlyArray<Density>): tf.Tensor => {
  const its = new Set(density.factors.map(({ role, site }) => `${role} ${site}`))
  return others
    .filter(({ factors }) => factors.every(({ role, site }) => its.has(`${role} ${site}`)))
    .reduce<tf.Tensor>(
      (sum, { axes, value }) =>
        tf.add(
          sum,
          sumOverAxes(
            value,
            axes.filter((axis) => !density.axes.includes(axis))
          )
        ),
      tf.scalar(0)
    )
}

/** Rows that share the value of a site which is summed out have one log density together. */
const mustBeApart = (joint: Joint, { name, plates }: ObservedSite, { axes, factors }: Density): void => {
  const shared = plates.find((plate) => !axes.includes(plateAxis(plate)))
  if (shared === undefined) return
  const summed = joint.sites.find(
    (site) => site.kind === "enumerated" && factors.some(({ site: of }) => of === site.name)
  )
  throw new UnsupportedKernel({
    kernel: "enumerate",
    during: `the log likelihood of '${name}' is computed row by row`,
    advice: `The rows of '${shared}' are not independent of each other given the latent sites, because '${summed?.name}' is summed out over all of them together. Use sample, with a guide, for '${summed?.name}'.`
  })
}
