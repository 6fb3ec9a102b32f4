import * as tf from "@tensorflow/tfjs"
import { categorical } from "../../tensor/draws/categorical.ts"
import { across, along, logMeanExpOver, sumOver } from "../../trace/axes.ts"
import { type Graph, type Id, nodeAt } from "../../trace/Graph.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { has } from "../joint/bits.ts"
import { enumeratedAxes, enumeratedSites, type Joint } from "../joint/Joint.ts"
import { keyOfSummed } from "../joint/names.ts"
import { valuesIn } from "../joint/reach.ts"
import { at, densitiesOf, type SummedTable, type Values } from "./densities.ts"

/** The output with the draw of a site that the model sums out. */
export const summedDraw = (site: string): string => `summed:${site}`

/**
 * Adds to a joint's graph a draw of each site that the model sums out, from its distribution given the data and the draws of the latent sites: the sites were summed out one
 * after the other, so they are drawn in the other order, each from its table at the values that were drawn before (backward sampling; Koller and Friedman 2009, section 9.3).
 *
 * @param kept other outputs of the graph; one that depends on a site which is summed out is given at the draw of that site
 * @returns the graph, whose enumerated axes have been added; plates have not
 */
export const withSummedDraws = (joint: Joint, kept: Readonly<Record<string, Id>>): Graph => {
  const graph = record((recorder) => {
    const values = recordAgain(recorder, joint.graph)
    const tables: Array<SummedTable> = []
    densitiesOf(joint, values, (table) => tables.push(table))
    const drawn = new Map<string, Place>()
    const draws = tables.toReversed().map(({ site, axis, others, value }) => {
      const size = axis.size ?? 1
      const given = others.reduce((table, other) => {
        const known = drawn.get(other.name)
        return known === undefined ? table : chosen(table, other.name, known)
      }, value)
      const index = categorical(keyOfSummed(site), across(given, axis.name, size), [])
      drawn.set(axis.name, { index, size })
      return [summedDraw(site), valueAt(joint, values, axis.name, index)] as const
    })
    const depends = valuesIn(joint)
    const others = Object.entries(kept).map(([name, id]) => {
      const axes = enumeratedAxes(joint).filter((_, i) => has(depends[id], i))
      return [name, axes.reduce((value, axis) => atDraw(value, axis.name, drawn), at(values, id))] as const
    })
    return Object.fromEntries([...others, ...draws])
  })
  return enumeratedAxes(joint).reduce((before, axis) => vectorise(before, { ...axis, size: axis.size ?? 1 }), graph)
}

/** The place of a draw in the list of its site's values. */
interface Place {
  readonly index: tf.Tensor
  readonly size: number
}

const isAt = (axis: string, { index, size }: Place): tf.Tensor =>
  tf.equal(along(tf.range(0, size, 1, "float32"), axis), index)

/** A table at one value of one of its axes: all others have probability 0. */
const chosen = (table: tf.Tensor, axis: string, place: Place): tf.Tensor => {
  const only = tf.where(isAt(axis, place), table, tf.fill([], Number.NEGATIVE_INFINITY))
  return tf.add(logMeanExpOver(only, axis), Math.log(place.size))
}

/** A value at the draw of a site on which it depends. */
const atDraw = (value: tf.Tensor, axis: string, drawn: ReadonlyMap<string, Place>): tf.Tensor => {
  const place = drawn.get(axis)
  if (place === undefined) throw new RangeError(`nothing is drawn along '${axis}'`)
  return sumOver(tf.where(isAt(axis, place), value, tf.zerosLike(value)), axis)
}

/** The value of a site at a place in the list of its values. */
const valueAt = (joint: Joint, values: Values, axis: string, index: tf.Tensor): tf.Tensor => {
  const id = joint.graph.nodes.findIndex(({ kernel, attrs }) => kernel === "Along" && attrs["axis"] === axis)
  const all = at(values, nodeAt(joint.graph, id).inputs[0] ?? -1)
  return tf.gather(all, tf.cast(index, "int32") as tf.Tensor1D)
}

/** The sites of whose draws there is noise of their own in each row of a plate. */
export const drawnInPlates = (joint: Joint): Joint => {
  const summed = [...enumeratedSites(joint), ...(joint.states ?? [])]
  return {
    ...joint,
    axes: joint.axes.map((axis) =>
      axis.kind === "plate"
        ? {
            ...axis,
            sites: new Set([
              ...axis.sites,
              ...summed.flatMap(({ name, plates }) => (plates.includes(axis.label) ? [name] : []))
            ])
          }
        : axis
    )
  }
}
