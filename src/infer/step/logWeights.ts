import * as tf from "@tensorflow/tfjs"
import { across, along } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { factorsByRole, type Joint, latentSites, platesOf } from "../joint/Joint.ts"
import { particleAxis } from "../joint/names.ts"
import { drawsIn } from "../joint/reach.ts"
import type { LogWeight, LogWeightObjective } from "../objective/Objective.ts"
import type { Decisions } from "../plan/Plan.ts"
import type { Assembled } from "./Assembled.ts"
import { at, type Density, densitiesOf, sumOverAxes, type Values } from "./densities.ts"
import { alongPath } from "./replayed.ts"
import { logQOf, type TermInfo, termInfo } from "./terms.ts"
import { weighted } from "./weighted.ts"

/** The log densities that make a particle's weight, those that stand beside it, and the plates at each position of which there is one. */
interface Weighed {
  readonly logP: tf.Tensor
  readonly logQ: tf.Tensor
  readonly beside: ReadonlyArray<Density>
  readonly shared: ReadonlyArray<string>
  /** log q of draws of the model, where the joint has them */
  readonly dreamed: tf.Tensor | undefined
  /** plates of which each step needs all rows */
  readonly whole: ReadonlyArray<string>
}

/** The loss of log p − log q of each particle, summed to the plates that all latent sites share: a datum on its own, or the whole program. */
export const ofLogWeight = (
  joint: Joint,
  decisions: Decisions,
  objective: LogWeightObjective,
  values: Values
): Assembled => {
  const { particles } = decisions.plan
  const { logP, logQ, dreamed, beside, shared, whole } = weighedFor(joint, decisions, objective, values)
  const lossOf = (logWeight: tf.Tensor): tf.Tensor =>
    objective.loss(logWeight, { logP, logQ, particles, ...(dreamed !== undefined && { dreamed }) })
  const logWeight = tf.sub(logP, logQ)
  const loss = lossOf(logWeight)
  return {
    terms: [
      { site: objective.name, name: objective.name, kind: "factor", axes: shared },
      ...beside.map((density): TermInfo => termInfo(joint, density))
    ],
    values: [sumOverAxes(loss, shared), ...beside.map(({ value, axes }) => sumOverAxes(tf.neg(value), axes))],
    costToGo: () => ({ value: loss, along: 0n }),
    withoutOwn: (axis) => withoutOwn(logWeight, particles, axis, lossOf),
    over: weighted(joint, decisions, values),
    whole
  }
}

/**
 * For each particle the loss in which its log weight is replaced by the mean of the others': all K of them at once, along an axis of which position k has the log weights of all
 * particles without that of the k-th.
 */
const withoutOwn = (
  logWeight: tf.Tensor,
  particles: number,
  axis: string,
  lossOf: (logWeight: tf.Tensor) => tf.Tensor
): tf.Tensor => {
  const all = stopGradient(across(logWeight, particleAxis, particles))
  const own = tf.cast(tf.eye(particles), "bool")
  const [row, zeros] = [tf.add(tf.zeros([particles, particles]), all), tf.zeros([particles, particles])]
  const others = tf.div(tf.sum(tf.where(own, zeros, row), 1, true), particles - 1)
  const replaced = tf.where(own, tf.add(zeros, others), row)
  const losses = across(lossOf(along(along(replaced, axis), particleAxis)), axis, particles)
  const known = along(losses, particleAxis)
  // a baseline may be any number that has nothing to do with the particle: where the others have no weight at all, it is 0
  return tf.where(tf.isFinite(known), known, tf.zerosLike(known))
}

/** The weights, with the gradient that the objective wants of them. */
const weighedFor = (joint: Joint, decisions: Decisions, objective: LogWeightObjective, values: Values): Weighed => {
  const isDetached = (site: string): boolean => decisions.estimators.get(site)?.detached === true
  if (objective.logQ !== "path") return weigh(joint, values, values, isDetached)
  const draw = throughFactor(objective, weigh(joint, values, values, isDetached), decisions.plan)
  const [p, q] = [false, true].map((fixed) => alongPath(joint, values, { ...draw, fixed }))
  return weigh(joint, p ?? values, q ?? values, () => true)
}

/** Draws whose gradient is multiplied by a factor of their particle's weight. */
const throughFactor = (
  { pathFactor }: LogWeightObjective,
  { logP, logQ }: Weighed,
  plan: Pick<LogWeight, "particles">
): { readonly draw?: (value: tf.Tensor) => tf.Tensor } => {
  if (pathFactor === undefined) return {}
  const factor = stopGradient(pathFactor(tf.sub(logP, logQ), plan))
  return {
    draw: (value) => {
      const fixed = stopGradient(value)
      return tf.add(fixed, tf.mul(factor, tf.sub(value, fixed)))
    }
  }
}

/**
 * @param p the joint's values in log p, and `q` in log q
 * @param readsGiven whether log q of a site is that of its given draw
 */
const weigh = (joint: Joint, p: Values, q: Values, readsGiven: (site: string) => boolean): Weighed => {
  const { densities, whole } = densitiesOf(joint, p)
  const reach = drawsIn(joint)
  const factorOf = factorsByRole(joint)
  const guides = latentSites(joint).flatMap((site) => {
    if (site.blocked) return []
    const factor = factorOf(site.name, "guide")
    const node = logQOf(site, factor, readsGiven(site.name))
    return node === undefined ? [] : [{ axes: factor?.axes ?? [], value: at(q, node) }]
  })
  const isDrawn = ({ factors }: Density): boolean => factors.some(({ node }) => (reach[node] ?? 0n) !== 0n)
  const drawn = [...densities.filter(isDrawn), ...guides]
  const together = new Set(platesOf(joint).flatMap(({ name, size }) => (size === undefined ? [] : [name])))
  const common = sharedAxes(drawn.map(({ axes }) => axes))
  // rows that are read together are no data on their own
  const end = common.findIndex((axis) => together.has(axis))
  const shared = end < 0 ? common : common.slice(0, end)
  const isWeighed = ({ axes }: { readonly axes: ReadonlyArray<string> }): boolean =>
    drawn.length > 0 && shared.every((axis, i) => axes[i] === axis)
  const total = (
    parts: ReadonlyArray<{ readonly axes: ReadonlyArray<string>; readonly value: tf.Tensor }>
  ): tf.Tensor =>
    parts
      .filter(isWeighed)
      .map(({ value, axes }) => sumOverAxes(value, axes.slice(shared.length)))
      .reduce<tf.Tensor>((sum, x) => tf.add(sum, x), tf.scalar(0))
  const combined = new Set([...densities, ...guides].filter(isWeighed).flatMap(({ axes }) => axes.slice(shared.length)))
  const labels = platesOf(joint).flatMap(({ name, label }) => (combined.has(name) ? [label] : []))
  return {
    logP: total(densities),
    logQ: total(guides),
    dreamed: joint.dream && total(joint.dream.map(({ axes, node }) => ({ axes, value: at(p, node) }))),
    // a term outside of the latent sites' plate cannot depend on a draw, so it is summed as usual
    beside: densities.filter((density) => !isWeighed(density)),
    shared,
    whole: [...new Set([...labels, ...whole])]
  }
}

/** The axes that all lists begin with. */
export const sharedAxes = ([first = [], ...others]: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const end = first.findIndex((axis, i) => others.some((axes) => axes[i] !== axis))
  return end < 0 ? first : first.slice(0, end)
}
