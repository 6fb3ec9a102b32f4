import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { sameShape, showShape } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { OwnParameters } from "../joint/ownParameters.ts"
import type { LossGraph } from "./lossGraph.ts"
import { type NaturalStep, naturalSteps } from "./naturalSteps.ts"

/** A guide's site that takes natural gradient steps: its family's step, and the trained parameters in the order of the step's. */
export interface NaturalSite {
  readonly step: NaturalStep
  readonly parameters: ReadonlyArray<Parameter>
}

/**
 * The sites that take natural gradient steps. Without another optimizer for the others they must be all, and have all parameters.
 *
 * @throws InvalidOption that names the site or the parameter for which there is no natural gradient, and why
 */
export const naturalSites = (
  { guides, parameters }: Pick<LossGraph, "guides" | "parameters">,
  hasOthers: boolean
): ReadonlyArray<NaturalSite> => {
  const found = guides.map((guide) => ({ guide, result: naturalSite(guide, guides) }))
  const sites = found.flatMap(({ result }) => (typeof result === "string" ? [] : [result]))
  const refused = found.find(({ result }) => typeof result === "string")
  const owned = new Set(sites.flatMap(({ parameters }) => parameters.map(({ name }) => name)))
  const loose = parameters.find(({ name }) => !owned.has(name))
  const why =
    refused === undefined
      ? loose === undefined
        ? undefined
        : `the parameter '${loose.name}' belongs to no site of the guide`
      : `the site '${refused.guide.site.name}' has none: ${refused.result}`
  if (sites.length === 0 || (why !== undefined && !hasOthers))
    throw new InvalidOption({
      option: "optimizer",
      value: "Optimizer.naturalGradient",
      expected: `a guide whose parameters all have a natural gradient, but ${why ?? "it has no site with parameters"}. ${
        sites.length === 0
          ? "Take Optimizer.adam"
          : "Give an optimizer for the rest: Optimizer.naturalGradient(rate, { others: Optimizer.adam(0.01) })"
      }`
    })
  return sites
}

/** A site's natural step, or why it has none. */
const naturalSite = (guide: OwnParameters, all: ReadonlyArray<OwnParameters>): NaturalSite | string => {
  const { site, family, trained } = guide
  const step = own(naturalSteps, family)
  if (step === undefined) return `its family ${family} is none of ${Object.keys(naturalSteps).join(", ")}`
  if (site.plates.length > 0)
    return `it stands in the plate '${site.plates.at(-1)}', and a step has the gradient of some rows`
  if (!site.isPlain) return "it stands in a branch or a recurrence"
  const shape = site.guide?.shape ?? []
  const found: Array<Parameter> = []
  for (const [name, support] of Object.entries(step.parameters)) {
    const parameter = own(trained, name)
    if (parameter === undefined || parameter.support !== support)
      return `its '${name}' is no ${support === "positive" ? "param.positive" : "param"} of its own, but computed or fixed`
    const events = step.isLabel === true ? parameter.shape.slice(0, -1) : parameter.shape
    if (!sameShape(events, shape))
      return `'${parameter.name}' has the shape ${showShape(parameter.shape)}, and the site ${showShape(shape)}: several numbers share a parameter`
    const other = all.find((each) => each !== guide && Object.values(each.trained).includes(parameter))
    if (other !== undefined) return `'${parameter.name}' is also a parameter of the site '${other.site.name}'`
    if (found.includes(parameter)) return `'${parameter.name}' is two of its parameters`
    found.push(parameter)
  }
  return { step, parameters: found }
}

/** The values of a site's parameters after a step, by name, from the real numbers that are trained and the gradients by them. */
export const naturalUpdate = (
  { step, parameters }: NaturalSite,
  valueOf: (name: string) => tf.Tensor,
  gradientOf: (name: string) => tf.Tensor,
  rate: tf.Tensor
): ReadonlyArray<readonly [string, tf.Tensor]> => {
  const isPositive = parameters.map(({ support }) => support === "positive")
  const raw = parameters.map(({ name }) => valueOf(name))
  const values = raw.map((value, i) => (isPositive[i] === true ? tf.exp(value) : value))
  // x = exp θ: ∂L/∂x = ∂L/∂θ / x
  const gradients = parameters.map(({ name }, i) => {
    const gradient = gradientOf(name)
    return isPositive[i] === true ? tf.div(gradient, values[i] ?? gradient) : gradient
  })
  const next = step.step(values, gradients, rate)
  return parameters.map(({ name }, i) => {
    const value = next[i]
    if (value === undefined) throw new RangeError(`a natural step gave no '${name}'`)
    return [name, isPositive[i] === true ? tf.log(value) : value] as const
  })
}
