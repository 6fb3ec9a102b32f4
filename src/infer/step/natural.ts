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
  /** the plate in whose rows it stands, each with parameters of its own */
  readonly plate: string | undefined
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
  const [plate, inner] = site.plates
  if (inner !== undefined) return `it stands in the plates '${plate}' and '${inner}'`
  if (!site.isPlain) return "it stands in a branch or a recurrence"
  const shape = site.guide?.shape ?? []
  const found: Array<Parameter> = []
  for (const [name, support] of Object.entries(step.parameters)) {
    const parameter = own(trained, name)
    if (parameter === undefined || parameter.support !== support)
      return `its '${name}' is no ${plate === undefined ? "param" : "param.row"}${support === "positive" ? ".positive" : ""} of its own, but computed or fixed`
    if (parameter.plate !== plate) return `the rows of '${plate}' share its '${name}': give each its own by param.row`
    const events = step.isLabel === true ? parameter.shape.slice(0, -1) : parameter.shape
    if (!sameShape(events, shape))
      return `'${parameter.name}' has the shape ${showShape(parameter.shape)}, and the site ${showShape(shape)}: several numbers share a parameter`
    const other = all.find((each) => each !== guide && Object.values(each.trained).includes(parameter))
    if (other !== undefined) return `'${parameter.name}' is also a parameter of the site '${other.site.name}'`
    if (found.includes(parameter)) return `'${parameter.name}' is two of its parameters`
    found.push(parameter)
  }
  return { step, parameters: found, plate }
}

/**
 * The values of a site's parameters after a step, by name, from the real numbers that are trained and the gradients by them.
 *
 * @param weight of a row of the site's plate in the loss, which stands for rows that a minibatch does not read: a row's own gradient is the one by its parameters divided by it
 */
export const naturalUpdate = (
  { step, parameters, plate }: NaturalSite,
  valueOf: (name: string) => tf.Tensor,
  gradientOf: (name: string) => tf.Tensor,
  rate: tf.Tensor,
  weight: tf.Tensor | undefined
): ReadonlyArray<readonly [string, tf.Tensor]> => {
  const isPositive = parameters.map(({ support }) => support === "positive")
  const raw = parameters.map(({ name }) => valueOf(name))
  const values = raw.map((value, i) => (isPositive[i] === true ? tf.exp(value) : value))
  // x = exp θ: ∂L/∂x = ∂L/∂θ / x
  const gradients = parameters.map(({ name }, i) => {
    const whole = gradientOf(name)
    const gradient = weight === undefined ? whole : tf.div(whole, weight)
    return isPositive[i] === true ? tf.div(gradient, values[i] ?? gradient) : gradient
  })
  const next = step.step(values, gradients, rate)
  const still = plate === undefined ? undefined : rowsAtRest(gradients)
  return parameters.map(({ name }, i) => {
    const [value, before] = [next[i], raw[i]]
    if (value === undefined || before === undefined) throw new RangeError(`a natural step gave no '${name}'`)
    const after = isPositive[i] === true ? tf.log(value) : value
    return [name, still === undefined ? after : tf.where(besideRows(still, after), before, after)] as const
  })
}

/** The rows that a step does not read: all their gradients are 0. They stay as they are, without the rounding of an exponential and its logarithm in each step. */
const rowsAtRest = (gradients: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const sizes = gradients.map((each) => tf.sum(tf.reshape(tf.abs(each), [each.shape[0] ?? 1, -1]), 1))
  return tf.equal(
    sizes.reduce((total, each) => tf.add(total, each)),
    0
  )
}

/** A flag of each row for all numbers of the row. */
const besideRows = (flags: tf.Tensor, { shape }: tf.Tensor): tf.Tensor =>
  tf.broadcastTo(tf.reshape(flags, [shape[0] ?? 1, ...shape.slice(1).map(() => 1)]), shape)
