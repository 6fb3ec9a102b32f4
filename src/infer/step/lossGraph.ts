import * as tf from "@tensorflow/tfjs"
import type { Shape } from "../../tensor/Tensor.ts"
import { meanOver } from "../../trace/axes.ts"
import type { Graph, Id } from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import { record } from "../../trace/record.ts"
import { has, union } from "../joint/bits.ts"
import {
  type Axis,
  enumeratedAxes,
  type Joint,
  latentSites,
  type Parameter,
  particlesOf,
  platesOf
} from "../joint/Joint.ts"
import { baselineInput, particleAxis, scalarInput, surrogateOutput, termOutput } from "../joint/names.ts"
import { type OwnParameters, ownParameters } from "../joint/ownParameters.ts"
import { drawsAcross, drawsIn } from "../joint/reach.ts"
import type { FitLength } from "../objective/Objective.ts"
import type { Decisions } from "../plan/Plan.ts"
import type { Assembled } from "./Assembled.ts"
import { sumOverAxes, type Values } from "./densities.ts"
import { ofLogWeight } from "./logWeights.ts"
import { alongPath, type OtherDraw, replayed, withDraw } from "./replayed.ts"
import { surrogateOf } from "./surrogate.ts"
import { type TermInfo, termsOf } from "./terms.ts"
import { type Along, weighted } from "./weighted.ts"

/** The loss of one datum and one particle as a graph, by the decisions of a plan. */
export interface LossGraph {
  /** outputs: `loss` (its gradient is the estimator), `value` (the reported loss), `term:SITE`, `next:baseline:SITE` */
  readonly graph: Graph
  /** of the same loss, the parts that stand for gradients of score functions: what is to be found out where one is not finite; an output a site */
  readonly surrogates: Graph
  readonly parameters: ReadonlyArray<Parameter>
  /** the guide's sites with the parameters that are their distributions' own, where these were recorded */
  readonly guides: ReadonlyArray<OwnParameters>
  /** the values of enumerated sites */
  readonly enumerated: ReadonlyArray<Axis>
  readonly plates: ReadonlyArray<Axis>
  readonly particles: Axis
  /** they add up to `value`, unless the objective reweighs them: then to −ELBO */
  readonly terms: ReadonlyArray<TermInfo>
  /** sites whose estimator carries numbers from step to step, such as a running baseline */
  readonly baselines: ReadonlyArray<Baseline>
  /** plates of which each step needs all rows, since the loss is no sum over them */
  readonly whole: ReadonlySet<string>
  /** whether `value` is another number than −ELBO, which the terms make */
  readonly reweighs: boolean
  /** numbers that the objective needs anew each step, by the names of their inputs without a prefix */
  readonly scalars: ((step: number, fit: FitLength) => Readonly<Record<string, number>>) | undefined
}

export interface Baseline {
  readonly site: string
  readonly shape: Shape
}

const objectiveScalar = (name: string): string => `objective ${name}`

const scalarsOf = ({ scalars }: Decisions["objective"]): LossGraph["scalars"] =>
  scalars &&
  ((step, fit) =>
    Object.fromEntries(Object.entries(scalars(step, fit)).map(([name, value]) => [objectiveScalar(name), value])))

/** An axis of the library's own, along which a loss is read at several values. */
const axisOf = (name: string, size: number): Axis => ({
  ...{ name, kind: "enumerated", label: name, inputs: new Set(), sites: new Set() },
  size
})

/** The plates whose rows are collected, or read in order by a recurrence. */
const sequencesOf = (joint: Joint): ReadonlyArray<string> =>
  platesOf(joint).flatMap(({ label, size }) => (size === undefined ? [] : [label]))

/** From a joint and its decisions to a loss. */
export const lossGraph = (joint: Joint, decisions: Decisions): LossGraph => {
  let found: (Pick<LossGraph, "terms" | "baselines" | "whole"> & { readonly added: ReadonlyArray<Axis> }) | undefined
  const graph = record((recorder) => {
    const added = new Map<string, Axis>()
    const add = (name: string, size: number): string => {
      added.set(name, axisOf(name, size))
      return name
    }
    const values = replayed(recorder, joint, decisions)
    const scalars = new Map<string, tf.Tensor>()
    const scalar = (name: string): tf.Tensor => {
      const known = scalars.get(name) ?? recorder.input(scalarInput(objectiveScalar(name)), [])
      scalars.set(name, known)
      return known
    }
    const assemble = (values: Values): Assembled =>
      decisions.objective.needs === "terms"
        ? sumOfTerms(joint, decisions, values, scalar)
        : ofLogWeight(joint, decisions, decisions.objective, values)
    const assembled = assemble(values)
    const otherwise = (other: OtherDraw): Assembled => assemble(withDraw(joint, decisions, values, other))
    const total = (assembled.costs ?? assembled.values).reduce((sum, x) => tf.add(sum, x))
    const surrogates = latentSites(joint).flatMap((site) =>
      surrogateOf({ recorder, joint, add, otherwise }, site, decisions, assembled, values)
    )
    const loss = surrogates.reduce((sum, surrogate) => tf.add(sum, surrogate.loss), total)
    const baselines = surrogates.flatMap(({ site, nextBaseline }) =>
      nextBaseline === undefined ? [] : [{ site, next: nextBaseline }]
    )
    found = {
      added: [...added.values()],
      terms: assembled.terms,
      baselines: baselines.map(({ site, next }) => ({ site, shape: next.shape })),
      whole: new Set([...assembled.whole, ...sequencesOf(joint)])
    }
    return {
      ...Object.fromEntries(surrogates.map(({ site, loss }) => [surrogateOutput(site), loss])),
      loss,
      value: total,
      ...Object.fromEntries(assembled.terms.map(({ site }, i) => [termOutput(site), assembled.values[i] ?? total])),
      ...Object.fromEntries(baselines.map(({ site, next }) => [`next:${baselineInput(site)}`, next]))
    }
  })
  if (found === undefined) throw new Error("a recording ended without a result")
  const named = (isSurrogate: boolean): Graph => {
    const outputs = Object.entries(graph.outputs).filter(
      ([name]) => name.startsWith(surrogateOutput("")) === isSurrogate
    )
    return prune({ nodes: graph.nodes, outputs: Object.fromEntries(outputs) })
  }
  const { added, ...facts } = found
  return {
    ...facts,
    graph: named(false),
    surrogates: named(true),
    parameters: joint.parameters,
    guides: ownParameters(joint),
    enumerated: [...enumeratedAxes(joint), ...added],
    plates: platesOf(joint),
    particles: particlesOf(joint),
    reweighs: decisions.objective.needs === "terms" && decisions.objective.reweighs === true,
    scalars: scalarsOf(decisions.objective)
  }
}

const sumOfTerms = (
  joint: Joint,
  decisions: Decisions,
  values: Values,
  scalar: (name: string) => tf.Tensor
): Assembled => {
  const { objective } = decisions
  if (objective.needs !== "terms") throw new RangeError(`${objective.name} is not a sum of terms`)
  const path = objective.logQ === "path" ? alongPath(joint, values, { fixed: true }) : undefined
  const { sources, whole } = termsOf(joint, decisions, values, path)
  const over = weighted(joint, decisions, values)
  const total = (value: tf.Tensor, { axes, nodes }: (typeof sources)[number]): tf.Tensor =>
    sumOverAxes(meanOver(over.mean({ value, along: over.alongOf(nodes) }).value, particleAxis), axes)
  const costs = objective.costs(
    sources.map((source) => {
      const { nodes: _, ...term } = source
      return { ...term, mean: () => tf.div(total(term.value, source), sumOverAxes(tf.scalar(1), term.axes)) }
    }),
    scalar
  )
  const reach = drawsIn(joint)
  // a draw also influences a term by the weights of the enumerated sites over which its expectation is taken
  const weightsOf = (nodes: ReadonlyArray<Id>): ReadonlyArray<Id> => {
    const closed = over.closed(over.alongOf(nodes))
    if (closed === 0n) return []
    const axes = new Set(enumeratedAxes(joint).flatMap(({ name }, i) => (has(closed, i) ? [name] : [])))
    return latentSites(joint).flatMap(({ axis, score }) =>
      axis !== undefined && score !== undefined && axes.has(axis) ? [score] : []
    )
  }
  const influences = sources.map(({ nodes }) => union(reach, [...nodes, ...weightsOf(nodes)]))
  // where rows are read together, a draw of one row influences the terms of all of them
  const together = platesOf(joint).flatMap(({ name, size }) => {
    if (size === undefined) return []
    const across = drawsAcross(joint, name)
    return [[name, sources.map(({ nodes }) => union(across, nodes))] as const]
  })
  const readTogether = (place: number, i: number, axis: string): boolean =>
    together.some(([name, bits]) => name === axis && has(bits[i], place))
  const parts = sources.map(({ value, nodes }, i): Along => ({ value: costs[i] ?? value, along: over.alongOf(nodes) }))
  const totals = (of: ReadonlyArray<tf.Tensor>): ReadonlyArray<tf.Tensor> =>
    sources.map((source, i) => total(of[i] ?? source.value, source))
  return {
    terms: sources.map(({ value: _, nodes: __, ...info }) => info),
    values: totals(sources.map(({ value }) => value)),
    ...(objective.reweighs === true && { costs: totals(costs) }),
    costToGo: (site, axes) => {
      const place = latentSites(joint).indexOf(site)
      const given = over.closed(over.alongOf(site.score === undefined ? [site.draw] : [site.score, site.draw]))
      const ahead = parts.flatMap((part, i): ReadonlyArray<Along> => {
        if (!has(influences[i], place)) return []
        const { value, along } = over.mean(part, given)
        const inner = sources[i]?.axes.filter((axis) => !axes.includes(axis) || readTogether(place, i, axis)) ?? []
        return [{ value: sumOverAxes(value, inner), along: along | given }]
      })
      return ahead.length === 0
        ? undefined
        : ahead.reduce((sum, x) => ({ value: tf.add(sum.value, x.value), along: sum.along | x.along }))
    },
    over,
    whole
  }
}
