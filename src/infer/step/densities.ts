import * as tf from "@tensorflow/tfjs"
import { UnsupportedKernel } from "../../Errors.ts"
import { logMeanExpOver, sumOver } from "../../trace/axes.ts"
import type { Id } from "../../trace/Graph.ts"
import type { Replayed } from "../../trace/replay.ts"
import { bit, has, union } from "../joint/bits.ts"
import { eliminate, type Piece } from "../joint/eliminate.ts"
import {
  type Axis,
  enumeratedAxes,
  enumeratedSites,
  type Factor,
  factorsByRole,
  type Joint,
  platesOf
} from "../joint/Joint.ts"
import { valuesAcross, valuesIn } from "../joint/reach.ts"

/** The value of each node of a joint, as it is recorded again. */
export type Values = Replayed

export const at = (values: Values, id: Id): tf.Tensor => {
  const value = values(id)
  if (value === undefined) throw new RangeError(`the joint has no node ${id}`)
  return value
}

const scaled = (values: Values, node: Id, scale: Id | undefined): tf.Tensor =>
  scale === undefined ? at(values, node) : tf.mul(at(values, node), at(values, scale))

/** Sums over plates, the innermost first. */
export const sumOverAxes = (x: tf.Tensor, axes: ReadonlyArray<string>): tf.Tensor =>
  axes.reduceRight<tf.Tensor>(sumOver, x)

/** A log density of the model for one position of its plates: one factor, or several of which enumerated sites were summed out. */
export interface Density {
  readonly factors: ReadonlyArray<Factor>
  /** plates, outermost first */
  readonly axes: ReadonlyArray<string>
  readonly value: tf.Tensor
}

/** log p of all that depends on a site which is being summed out, along its axis and those of sites that are summed out after it. */
export interface SummedTable {
  readonly site: string
  readonly axis: Axis
  readonly others: ReadonlyArray<Axis>
  readonly value: tf.Tensor
}

export interface Densities {
  readonly densities: ReadonlyArray<Density>
  /** plates of which each step needs all rows: a sum over values stands outside of the sum over them */
  readonly whole: ReadonlyArray<string>
}

/**
 * The log densities of the model, with its enumerated sites summed out: log Σₖ exp of all that depends on one. Sites in inner plates go first, and later ones before earlier ones. A plate that such a sum
 * encloses is added up before, so each step needs all of its rows.
 *
 * @throws UnsupportedKernel for two enumerated sites in crossed plates that meet in one density, whose sum has no short form
 */
export const densitiesOf = (
  joint: Joint,
  values: Values,
  onTable: (table: SummedTable) => void = () => {}
): Densities => {
  const factors = joint.factors.filter(({ role }) => role !== "guide")
  const sites = enumeratedSites(joint)
  if (sites.length === 0)
    return {
      densities: factors.map((factor) => ({
        ...{ factors: [factor], axes: factor.axes },
        value: scaled(values, factor.node, factor.scale)
      })),
      whole: []
    }
  const axes = enumeratedAxes(joint)
  const along = valuesIn(joint)
  mustBeApart(joint, axes)
  const factor = factorsByRole(joint)
  const summed = sites.map(({ axis, plates, name }) => ({
    name,
    place: axes.findIndex((each) => each.name === axis),
    plates: factor(name, "prior")?.axes ?? [],
    depth: plates.length
  }))
  const bits = summed.reduce((all, { place }) => all | bit(place), 0n)
  const whole = new Set<string>()
  const join = (touched: ReadonlyArray<Piece<Density>>, place: number, all: bigint): Density => {
    const site = summed.find((each) => each.place === place)
    const [axis, plates] = [axes[place], site?.plates ?? []]
    if (axis === undefined || site === undefined) throw new RangeError(`there is no enumerated axis ${place}`)
    const parts = touched.map(({ value, along }) => {
      const extra = value.axes.filter((each) => !plates.includes(each))
      const crossing = summed.find(
        (other) => other !== site && has(along, other.place) && other.plates.some((each) => extra.includes(each))
      )
      if (crossing !== undefined) throw crossed(site.name, crossing.name)
      for (const each of extra) whole.add(each)
      return sumOverAxes(value.value, extra)
    })
    mustBeFew(
      all,
      axes.map(({ size = 1 }) => size),
      site.name
    )
    const total = parts.reduce((sum, part) => tf.add(sum, part))
    onTable({ site: site.name, axis, others: axes.filter((_, i) => i !== place && has(all, i)), value: total })
    return {
      factors: touched.flatMap(({ value }) => value.factors),
      axes: plates,
      value: tf.add(logMeanExpOver(total, axis.name), Math.log(axis.size ?? 1))
    }
  }
  const pieces = factors.map(
    (factor): Piece<Density> => ({
      key: `%${factor.node}`,
      along: (along[factor.node] ?? 0n) & bits,
      value: { factors: [factor], axes: factor.axes, value: scaled(values, factor.node, factor.scale) }
    })
  )
  // children go before parents, so that along chains and trees each sum is over a site and its parents alone
  const order = summed
    .toReversed()
    .sort((a, b) => b.depth - a.depth)
    .map(({ place }) => place)
  const labels = new Map(platesOf(joint).map(({ name, label }) => [name, label]))
  const densities = eliminate(pieces, order, join).map(({ value }) => value)
  return { densities, whole: [...whole].map((axis) => labels.get(axis) ?? axis) }
}

/** How many combinations of values one sum may hold. */
const limit = 1_048_576

const mustBeFew = (along: bigint, sizes: ReadonlyArray<number>, site: string): void => {
  const count = sizes.reduce((all, size, i) => (has(along, i) ? all * size : all), 1)
  if (count <= limit) return
  throw new UnsupportedKernel({
    kernel: "enumerate",
    during: `'${site}' is summed out`,
    advice: `Its sum has ${count} combinations of values, and ${limit} at most can be had: sites that all depend on each other cannot be summed out one after the other. Use sample, with a guide, for some of them.`
  })
}

/** A density that reads the values of a site in several rows at once would need a sum over all of their combinations. */
const mustBeApart = (joint: Joint, axes: ReadonlyArray<Axis>): void => {
  const together = union(
    valuesAcross(joint),
    joint.factors.map(({ node }) => node)
  )
  const place = axes.findIndex((_, i) => has(together, i))
  if (place < 0) return
  throw new UnsupportedKernel({
    kernel: "enumerate",
    during: `'${axes[place]?.label}' is summed out`,
    advice:
      "A density reads its values in all rows of a plate together: their combinations grow exponentially with the rows. Use sample, with a guide."
  })
}

const crossed = (a: string, b: string): UnsupportedKernel =>
  new UnsupportedKernel({
    kernel: "enumerate",
    during: `'${a}' and '${b}' are summed out`,
    advice:
      "They stand in plates that cross, and meet in one density: their sum grows exponentially with the rows. Use sample, with a guide, for one of them."
  })
