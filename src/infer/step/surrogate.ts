import * as tf from "@tensorflow/tfjs"
import { across, along, meanOver } from "../../trace/axes.ts"
import type { Recorder } from "../../trace/record.ts"
import { partOfEach } from "../../trace/separable.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import type { Means, OtherValues } from "../estimator/Estimator.ts"
import type { Joint, LatentSite } from "../joint/Joint.ts"
import { baselineInput, leftOutAxis, otherValuesAxis, own, particleAxis, plateAxis } from "../joint/names.ts"
import { rowOf } from "../joint/rowOf.ts"
import type { Decisions } from "../plan/Plan.ts"
import type { Assembled } from "./Assembled.ts"
import { at, sumOverAxes, type Values } from "./densities.ts"
import type { OtherDraw } from "./replayed.ts"

export interface Surrogate {
  readonly site: string
  readonly loss: tf.Tensor
  readonly nextBaseline: tf.Tensor | undefined
}

export interface Surroundings {
  readonly recorder: Recorder
  readonly joint: Joint
  /** adds an axis of the library's own; returns its name */
  readonly add: (name: string, size: number) => string
  /** the loss with another value in place of the draw of a site */
  readonly otherwise: (other: OtherDraw) => Assembled
}

/** The estimator's term for one site, from the part of the loss that the site's draw influences. */
export const surrogateOf = (
  around: Surroundings,
  site: LatentSite,
  { plan, objective, estimators }: Decisions,
  { costToGo, over, withoutOwn }: Assembled,
  values: Values
): ReadonlyArray<Surrogate> => {
  const { recorder, joint, add } = around
  const estimator = estimators.get(site.name)
  const logDensities = estimator?.isGeneralized === true ? site.noise : estimator?.detached === true ? site : undefined
  if (estimator === undefined || logDensities?.score === undefined || site.axis !== undefined) return []
  const axes = site.plates.map(plateAxis)
  const cost = costToGo(site, axes)
  if (cost === undefined) return []
  const mixed = objective.needs === "logWeight"
  const ofEvents = partOf(recorder, logDensities, cost.value, at(values, site.draw))
  const parts = ofEvents ?? cost.value
  const fixed = (value: tf.Tensor): tf.Tensor => over.meanAtFixedWeights({ value, along: cost.along }).value
  const means: Means = {
    particles: (x) => meanOver(fixed(x), particleAxis),
    rows: (x) => tf.div(sumOverAxes(x, axes), sumOverAxes(tf.scalar(1), axes))
  }
  let nextBaseline: tf.Tensor | undefined
  const terms = estimator.surrogate({
    site: site.name,
    family: (site.guide ?? site.prior).family,
    logQ: at(values, ofEvents === undefined ? logDensities.score : (logDensities.events?.node ?? logDensities.score)),
    cost: parts,
    control: estimator.control({ count: plan.particles, mixed }),
    carried: (shape, next) => {
      const before = recorder.input(baselineInput(site.name), shape)
      nextBaseline = stopGradient(next(before, means))
      return before
    },
    row: () => rowOf(joint, site).map((id) => at(values, id)),
    withoutOwn: () => withoutOwn?.(add(leftOutAxis, plan.particles)) ?? parts,
    others: otherValues(around, site, values, { total: cost.value, isOfEvents: ofEvents !== undefined })
  })
  if (terms === undefined) return []
  const surrogate = terms.shape.length === 0 ? terms : tf.sum(terms)
  // an objective that mixes the particles has one cost for all of them: each particle's log q counts once, not as one of K
  const overParticles = (x: tf.Tensor): tf.Tensor =>
    mixed ? tf.mul(plan.particles, meanOver(x, particleAxis)) : meanOver(x, particleAxis)
  const loss = sumOverAxes(overParticles(fixed(surrogate)), axes)
  return [{ site: site.name, loss, nextBaseline }]
}

/** The loss at other values of a site's draw. */
const otherValues = (
  { recorder, add, otherwise }: Surroundings,
  site: LatentSite,
  values: Values,
  { total, isOfEvents }: { readonly total: tf.Tensor; readonly isOfEvents: boolean }
): OtherValues => {
  const drawn = at(values, site.draw)
  const totalAt = (value: tf.Tensor, rest: OtherDraw["rest"] = (x) => x): tf.Tensor =>
    otherwise({ site, value, rest }).costToGo(site, site.plates.map(plateAxis))?.value ?? tf.scalar(0)
  const partsAt = (value: tf.Tensor, total: tf.Tensor): tf.Tensor =>
    (isOfEvents ? partOf(recorder, site, total, value) : undefined) ?? total
  return {
    drawn,
    total: stopGradient(total),
    parameter: (name) => {
      const id = own(site.parameters ?? {}, name)
      if (id === undefined) throw new RangeError(`the site '${site.name}' has no parameter '${name}' on record`)
      return at(values, id)
    },
    costAt: (value) => {
      const fixed = stopGradient(value)
      return stopGradient(partsAt(fixed, totalAt(fixed)))
    },
    costsAt: (all) => {
      const [size = 1] = all.shape
      const axis = add(otherValuesAxis(site.name, size), size)
      return stopGradient(across(totalAt(along(stopGradient(all), axis)), axis, size))
    },
    costAlong: (value) => {
      const total = totalAt(value, stopGradient)
      return { parts: partsAt(value, total), total }
    },
    key: (name) => ({ seed: 0, site: site.name, step: 0, lane: 0, stream: `estimator/${name}` })
  }
}

/** The cost of each event of a draw of several independent ones, where each has a part of the loss of its own. */
const partOf = (
  recorder: Recorder,
  { events }: Pick<LatentSite, "events">,
  cost: tf.Tensor,
  draw: tf.Tensor
): tf.Tensor | undefined =>
  events === undefined
    ? undefined
    : partOfEach(
        recorder.graph(),
        recorder.idOf(cost),
        { draw: recorder.idOf(draw), positions: events.positions },
        recorder.tensorOf
      )
