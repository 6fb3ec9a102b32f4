import * as tf from "@tensorflow/tfjs"
import { meanOver, sumOver } from "../../trace/axes.ts"
import { recordLeaves, replay } from "../../trace/differentiate.ts"
import { type Graph, type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import { type Recorder, record } from "../../trace/record.ts"
import { runNode } from "../../trace/runKernel.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import {
  type Axis,
  type Factor,
  type Joint,
  type LatentSite,
  latentSites,
  type Parameter,
  particlesOf,
  platesOf
} from "../joint/Joint.ts"
import { baselineInput, particleAxis, termOutput } from "../joint/names.ts"
import { drawsIn } from "../joint/reach.ts"
import type { LogWeightObjective, Term } from "../objective/Objective.ts"
import type { Decisions } from "../plan/Plan.ts"

/** One of the numbers that add up to the loss; output `term:SITE` of the graph. */
export interface TermInfo {
  readonly site: string
  readonly name: string
  readonly kind: Term["kind"]
  readonly axes: ReadonlyArray<string>
}

/** The loss of one datum and one particle as a graph, by the decisions of a plan. */
export interface LossGraph {
  /** outputs: `loss` (whose gradient is the estimator), `value` (what is reported), `term:SITE`, `next:baseline:SITE` */
  readonly graph: Graph
  readonly parameters: ReadonlyArray<Parameter>
  readonly plates: ReadonlyArray<Axis>
  readonly particles: Axis
  /** they add up to `value` */
  readonly terms: ReadonlyArray<TermInfo>
  /** sites with a running baseline: a number carried from step to step */
  readonly baselines: ReadonlyArray<string>
  /** plates of which each step needs all rows, since the loss is no sum over them */
  readonly whole: ReadonlySet<string>
}

/** Sums over plates, the innermost first. */
const sumOverAxes = (x: tf.Tensor, axes: ReadonlyArray<string>): tf.Tensor => axes.reduceRight<tf.Tensor>(sumOver, x)

/** The terms of a loss, each for one position, with the cost to go of each draw. */
interface Assembled {
  readonly terms: ReadonlyArray<TermInfo>
  /** one scalar a term */
  readonly values: ReadonlyArray<tf.Tensor>
  /** everything that a site's draw influences, summed to the axes of the site */
  readonly costToGo: (site: LatentSite, axes: ReadonlyArray<string>) => tf.Tensor | undefined
  readonly whole: ReadonlyArray<string>
}

/** From a joint and its decisions to a loss. */
export const lossGraph = (joint: Joint, decisions: Decisions): LossGraph => {
  let found: Pick<LossGraph, "terms" | "baselines" | "whole"> | undefined
  const graph = record((recorder) => {
    const values = replayed(recorder, joint, decisions)
    const assembled =
      decisions.objective.needs === "terms"
        ? sumOfTerms(joint, decisions, values)
        : ofLogWeight(joint, decisions.objective, decisions.estimators, values)
    const total = assembled.values.reduce((sum, x) => tf.add(sum, x))
    const surrogates = latentSites(joint).flatMap((site) =>
      surrogateOf(recorder, joint, site, decisions, assembled, values)
    )
    const loss = surrogates.reduce((sum, surrogate) => tf.add(sum, surrogate.loss), total)
    const baselines = surrogates.flatMap(({ site, nextBaseline }) =>
      nextBaseline === undefined ? [] : [[site, nextBaseline] as const]
    )
    found = { terms: assembled.terms, baselines: baselines.map(([site]) => site), whole: new Set(assembled.whole) }
    return {
      loss,
      value: total,
      ...Object.fromEntries(assembled.terms.map(({ site }, i) => [termOutput(site), assembled.values[i] ?? total])),
      ...Object.fromEntries(baselines.map(([site, next]) => [`next:${baselineInput(site)}`, next]))
    }
  })
  if (found === undefined) throw new Error("a recording ended without a result")
  return {
    ...found,
    graph: prune(graph),
    parameters: joint.parameters,
    plates: platesOf(joint),
    particles: particlesOf(joint)
  }
}

type Values = ReadonlyArray<tf.Tensor>
const at = (values: Values, id: Id): tf.Tensor => {
  const value = values[id]
  if (value === undefined) throw new RangeError(`the joint has no node ${id}`)
  return value
}

/** The joint's nodes, recorded again; a draw is now what its estimator needs: a constant for the gradient, or part of the path. */
const replayed = (recorder: Recorder, { graph }: Joint, { estimators }: Decisions): Values => {
  const detached = (node: Node): boolean => estimators.get(String(node.attrs["site"]))?.detached === true
  return replay(graph, recordLeaves(recorder, new Map()), (node, inputs) => {
    const [input] = inputs
    if (input === undefined) return runNode(node, inputs)
    if (node.kernel === "Sample") return detached(node) ? stopGradient(input) : input
    const source = node.kernel === "StopGradient" ? nodeAt(graph, node.inputs[0] ?? 0) : undefined
    return source?.kernel === "Sample" && detached(source) ? input : runNode(node, inputs)
  })
}

const scaled = (values: Values, node: Id, scale: Id | undefined): tf.Tensor =>
  scale === undefined ? at(values, node) : tf.mul(at(values, node), at(values, scale))

const sumOfTerms = (joint: Joint, { objective, plan, estimators }: Decisions, values: Values): Assembled => {
  if (objective.needs !== "terms") throw new RangeError(`${objective.name} is not a sum of terms`)
  const sources = termSources(joint, plan, estimators)
  const terms = sources.map(({ value, ...info }): Term => ({ ...info, value: value(values) }))
  const costs = objective.costs(terms)
  const reach = drawsIn(joint)
  const influences = sources.map(({ nodes }) => nodes.reduce((all, id) => all | (reach[id] ?? 0n), 0n))
  return {
    terms: terms.map(({ value: _, ...info }) => info),
    values: terms.map(({ axes, value }, i) => sumOverAxes(meanOver(costs[i] ?? value, particleAxis), axes)),
    costToGo: (site, axes) => {
      const place = BigInt(latentSites(joint).indexOf(site))
      const parts = terms.flatMap((term, i) =>
        ((influences[i] ?? 0n) >> place) % 2n === 1n
          ? [
              sumOverAxes(
                costs[i] ?? term.value,
                term.axes.filter((axis) => !axes.includes(axis))
              )
            ]
          : []
      )
      return parts.length === 0 ? undefined : parts.reduce((sum, x) => tf.add(sum, x))
    },
    whole: []
  }
}

interface TermSource extends TermInfo {
  readonly value: (values: Values) => tf.Tensor
  /** the nodes that it is made of */
  readonly nodes: ReadonlyArray<Id>
}

/** A latent site's term is its closed KL, or log q − log p at the draw; an observed one's is −log p. */
const termSources = (
  joint: Joint,
  plan: Decisions["plan"],
  estimators: Decisions["estimators"]
): ReadonlyArray<TermSource> => {
  const analytic = new Set(plan.sites.flatMap(({ site, kl }) => (kl === "analytic" ? [site] : [])))
  const factors = factorsBySite(joint)
  return joint.sites.map((site): TermSource => {
    const own = factors.get(site.name) ?? []
    const axes = own[0]?.axes ?? []
    if (site.kind === "observed") {
      const [factor] = own
      if (factor === undefined) throw new RangeError(`the observed site '${site.name}' has no factor`)
      return {
        ...{ site: site.name, name: `−log p(${site.name})`, kind: "likelihood", axes },
        value: (values) => tf.neg(scaled(values, factor.node, factor.scale)),
        nodes: [factor.node]
      }
    }
    const prior = own.find(({ role }) => role === "prior")
    const logQ = logQOf(site, own, estimators.get(site.name)?.detached === true)
    if (prior === undefined || logQ === undefined)
      throw new RangeError(`the latent site '${site.name}' lacks a log density`)
    const { kl } = site
    return kl !== undefined && analytic.has(site.name)
      ? {
          ...{ site: site.name, name: `KL(q(${site.name}) ‖ p(${site.name}))`, kind: "kl", axes },
          value: (values) => scaled(values, kl, prior.scale),
          nodes: [kl]
        }
      : {
          ...{ site: site.name, name: `log q(${site.name}) − log p(${site.name})`, kind: "kl", axes },
          value: (values) => tf.sub(at(values, logQ), scaled(values, prior.node, prior.scale)),
          nodes: [logQ, prior.node, site.draw]
        }
  })
}

const factorsBySite = ({ factors }: Joint): ReadonlyMap<string, Joint["factors"]> => {
  const found = new Map<string, Array<Joint["factors"][number]>>()
  for (const factor of factors) found.set(factor.site, [...(found.get(factor.site) ?? []), factor])
  return found
}

/** On a path log q is what was made with the draw; an estimator that takes the draw as given asks for log q of it. */
const logQOf = (site: LatentSite, factors: Joint["factors"], detached: boolean): Id | undefined =>
  detached ? site.score : factors.find(({ role }) => role === "guide")?.node

/** log p − log q of each particle, summed to the plates that all latent sites share: a datum on its own, or the whole program. */
const ofLogWeight = (
  joint: Joint,
  objective: LogWeightObjective,
  estimators: Decisions["estimators"],
  values: Values
): Assembled => {
  const latents = new Set(latentSites(joint).map(({ name }) => name))
  const shared = sharedAxes(joint.factors.flatMap(({ site, axes }) => (latents.has(site) ? [axes] : [])))
  const isWeighed = ({ axes }: Factor): boolean => latents.size > 0 && shared.every((axis, i) => axes[i] === axis)
  const given = new Map(
    latentSites(joint).map(({ name, score }) => [name, estimators.get(name)?.detached === true ? score : undefined])
  )
  const weighed = joint.factors.filter(isWeighed)
  const weights = weighed.map(({ site, role, node, scale, axes }) => {
    const log = scaled(values, role === "guide" ? (given.get(site) ?? node) : node, scale)
    return sumOverAxes(role === "guide" ? tf.neg(log) : log, axes.slice(shared.length))
  })
  const loss = objective.loss(weights.reduce<tf.Tensor>((sum, x) => tf.add(sum, x), tf.scalar(0)))
  // what stands beside the latent sites' plate cannot depend on a draw: it is a sum like any other
  const beside = joint.factors.filter((factor) => !isWeighed(factor))
  const combined = new Set(weighed.flatMap(({ axes }) => axes.slice(shared.length)))
  return {
    terms: [
      { site: objective.name, name: objective.name, kind: "factor", axes: shared },
      ...beside.map(({ site, axes }): TermInfo => ({ site, name: `−log p(${site})`, kind: "likelihood", axes }))
    ],
    values: [
      sumOverAxes(loss, shared),
      ...beside.map(({ node, scale, axes }) => sumOverAxes(tf.neg(scaled(values, node, scale)), axes))
    ],
    costToGo: () => loss,
    whole: platesOf(joint).flatMap(({ name, label }) => (combined.has(name) ? [label] : []))
  }
}

/** The axes that all lists begin with. */
const sharedAxes = ([first = [], ...others]: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const end = first.findIndex((axis, i) => others.some((axes) => axes[i] !== axis))
  return end < 0 ? first : first.slice(0, end)
}

interface Surrogate {
  readonly site: string
  readonly loss: tf.Tensor
  readonly nextBaseline: tf.Tensor | undefined
}

const decay = 0.9

/** The estimator's term for one site, from the part of the loss that the site's draw influences. */
const surrogateOf = (
  recorder: Recorder,
  joint: Joint,
  site: LatentSite,
  { plan, objective, estimators }: Decisions,
  { costToGo }: Assembled,
  values: Values
): ReadonlyArray<Surrogate> => {
  const estimator = estimators.get(site.name)
  if (estimator?.detached !== true || site.score === undefined) return []
  const axes = joint.factors.find((factor) => factor.site === site.name)?.axes ?? []
  const cost = costToGo(site, axes)
  if (cost === undefined) return []
  const mixed = objective.needs === "logWeight"
  let baseline: tf.Tensor | undefined
  const surrogate = estimator.surrogate({
    site: site.name,
    logQ: at(values, site.score),
    cost,
    control: estimator.control({ count: plan.particles, mixed }),
    baseline: () => {
      baseline ??= recorder.input(baselineInput(site.name), [])
      return baseline
    }
  })
  if (surrogate === undefined) return []
  // an objective that mixes the particles has one cost for all of them: each particle's log q counts once, not as one of K
  const overParticles = (x: tf.Tensor): tf.Tensor =>
    mixed ? tf.mul(plan.particles, meanOver(x, particleAxis)) : meanOver(x, particleAxis)
  const loss = sumOverAxes(overParticles(surrogate), axes)
  if (baseline === undefined) return [{ site: site.name, loss, nextBaseline: undefined }]
  const mean = tf.div(sumOverAxes(meanOver(cost, particleAxis), axes), sumOverAxes(tf.scalar(1), axes))
  const next = stopGradient(tf.add(tf.mul(decay, baseline), tf.mul(1 - decay, mean)))
  return [{ site: site.name, loss, nextBaseline: next }]
}
