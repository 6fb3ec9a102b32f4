import * as tf from "@tensorflow/tfjs"
import { sumOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { enumerated } from "../estimator/enumeration.ts"
import { bit, bitsWhere, union } from "../joint/bits.ts"
import { closure, expectation, type Join, type Made, type Weights } from "../joint/eliminate.ts"
import { enumeratedAxes, type Joint, latentSites } from "../joint/Joint.ts"
import { valuesIn } from "../joint/reach.ts"
import type { Decisions } from "../plan/Plan.ts"
import { at, type Values } from "./densities.ts"

/** A value, and its enumerated axes as bits. */
export interface Along {
  readonly value: tf.Tensor
  readonly along: bigint
}

/** Expectations over the enumerated sites of the guide. */
export interface Weighted {
  /** the enumerated axes on which the given nodes depend */
  readonly alongOf: (nodes: ReadonlyArray<number>) => bigint
  /** these axes and those on which their weights depend */
  readonly closed: (along: bigint) => bigint
  /** the conditional expectation of a value, given the sites of `keep`, over all other enumerated sites on which it depends */
  readonly mean: (x: Along, keep?: bigint) => Along
  /** the same, with weights that are constants for the gradient */
  readonly meanAtFixedWeights: (x: Along) => Along
}

/** The weight of each value of a site is its probability q, which may depend on other enumerated sites. */
export const weighted = (joint: Joint, { estimators }: Pick<Decisions, "estimators">, values: Values): Weighted => {
  const axes = enumeratedAxes(joint).map(({ name }) => name)
  const along = valuesIn(joint)
  const own = new Set(latentSites(joint).flatMap(({ axis }) => (axis === undefined ? [] : [axis])))
  const bits = bitsWhere(axes, (name) => own.has(name))
  const alongOf = (nodes: ReadonlyArray<number>): bigint => union(along, nodes) & bits
  const weights: Weights<Part> = new Map(
    latentSites(joint).flatMap(({ name, axis, score }) => {
      if (axis === undefined || score === undefined || estimators.get(name) !== enumerated) return []
      const place = axes.indexOf(axis)
      const value = { tensor: tf.exp(at(values, score)), isCost: false }
      return [[place, { key: `q${place}`, along: alongOf([score]) | bit(place), value }] as const]
    })
  )
  const fixed: Weights<Part> = new Map(
    [...weights].map(([place, { value, ...piece }]) => [
      place,
      { ...piece, value: { ...value, tensor: stopGradient(value.tensor) } }
    ])
  )
  const join: Join<Part> = (touched, place) => {
    const parts = touched.map(({ value }) => value)
    const [share, ...shares] = parts.filter(({ isCost }) => !isCost).map(({ tensor }) => tensor)
    const cost = parts.find(({ isCost }) => isCost)
    const product = share && shares.reduce((all, each) => tf.mul(all, each), share)
    // a cost without weights has met those of this axis before: another site's sum had both
    const summand =
      product === undefined || cost === undefined ? (cost?.tensor ?? product) : weighed(product, cost.tensor)
    if (summand === undefined) throw new RangeError("an enumerated site has no weights")
    return { tensor: sumOver(summand, axes[place] ?? ""), isCost: cost !== undefined }
  }
  const over = (by: Weights<Part>): ((x: Along, keep: bigint) => Along) => {
    const made: Made<Part> = new Map()
    let costs = 0
    return ({ value, along }, keep) => {
      const cost = { key: `cost ${costs++}`, along, value: { tensor: value, isCost: true } }
      const [only, ...others] = expectation(cost, by, keep, join, made)
      if (only === undefined || others.length > 0) throw new RangeError("an expectation fell into parts")
      return { value: only.value.tensor, along: only.along }
    }
  }
  const [mean, meanAtFixedWeights] = [over(weights), over(fixed)]
  return {
    alongOf,
    closed: (bits) => closure(bits, weights),
    mean: (x, keep = 0n) => mean(x, keep),
    meanAtFixedWeights: (x) => meanAtFixedWeights(x, 0n)
  }
}

interface Part {
  readonly tensor: tf.Tensor
  /** whether it is a cost; otherwise it is only a weight */
  readonly isCost: boolean
}

/** A cost of weight 0 is ignored, also if it is infinite. */
const weighed = (weight: tf.Tensor, cost: tf.Tensor): tf.Tensor => {
  const counts = tf.greater(weight, 0)
  return tf.mul(weight, tf.where(counts, cost, tf.zerosLike(cost)))
}
