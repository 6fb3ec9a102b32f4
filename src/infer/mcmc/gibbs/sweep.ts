import * as tf from "@tensorflow/tfjs"
import { categorical } from "../../../tensor/draws/categorical.ts"
import { across } from "../../../trace/axes.ts"
import type { Graph } from "../../../trace/Graph.ts"
import { record } from "../../../trace/record.ts"
import { vectorise } from "../../../trace/vectorise.ts"
import { has } from "../../joint/bits.ts"
import { type Axis, enumeratedAxes, type Factor, factorsByRole, type Joint } from "../../joint/Joint.ts"
import { keyOfSummed } from "../../joint/names.ts"
import { valuesIn } from "../../joint/reach.ts"
import { sumOverAxes } from "../../step/densities.ts"
import { readerOf, where } from "./readAtPlaces.ts"
import { type Group, plateReadTogether, rowsReadTogether } from "./siteGroups.ts"

/** Where a site stands in the list of its values: before a sweep, and after it. */
export const placeInput = (site: string): string => `place:${site}`
export const nextPlace = (site: string): string => `next:${placeInput(site)}`

/** The value of a site after a sweep. */
export const valueOutput = (site: string): string => `value:${site}`

/** log p(data, values) after a sweep, with log|det ∂value/∂u| of the real numbers u of continuous sites. */
export const logDensityOutput = "log density"

/** The number of each row of a plate whose rows are read together. */
export const rowNumber = (plate: string): string => `row number:${plate}`

/** What the noise of one row's draw is named by; a draw in all rows has the name of its site. */
export const rowKey = (site: string, row: number): string => `row ${row} of ${site}`

/**
 * One sweep of Gibbs sampling (Geman and Geman 1984): each group of enumerated sites is drawn from its distribution given all others, which is that of the factors that read it (its Markov blanket). Rows of
 * a plate are drawn at once, or one after the other where a density reads them together. Continuous sites stand still.
 *
 * @returns a graph whose enumerated axes have been added; plates have not
 */
export const sweepGraph = (joint: Joint, groups: ReadonlyArray<Group>): Graph => {
  const axes = enumeratedAxes(joint)
  const depends = valuesIn(joint)
  const factor = factorsByRole(joint)
  const densities = joint.factors.filter(({ role }) => role !== "guide")
  // log|det| of the ways of continuous sites from real numbers to their supports
  const volumes = joint.factors.filter(({ role }) => role === "guide")
  const graph = record((recorder) => {
    const places = new Map(groups.flat().map(({ name, axis }) => [axis, recorder.input(placeInput(name), [])] as const))
    const reader = readerOf(recorder, joint, places)
    const numbers = new Map(
      rowsReadTogether(joint, groups).map(({ label }) => [label, recorder.input(rowNumber(label), [])] as const)
    )
    /** the places of a group, in each row or in the one where a mask is 1 */
    const drawn = (group: Group, key: string, row?: tf.Tensor): ReadonlyMap<string, tf.Tensor> => {
      const open = new Set(group.map(({ axis }) => axis))
      const own = row === undefined ? (factor(group[0].name, "prior")?.axes ?? []) : []
      const blanket = densities.filter(({ node }) =>
        axes.some(({ name }, i) => open.has(name) && has(depends[node], i))
      )
      const total = reader
        .densities(blanket, { axes: open, ...(row !== undefined && { row }) })
        .map((value, f) =>
          sumOverAxes(
            value,
            (blanket[f]?.axes ?? []).filter((each) => !own.includes(each))
          )
        )
        .reduce((sum, value) => tf.add(sum, value))
      return drawnTogether(
        key,
        total,
        axes.filter(({ name }) => open.has(name))
      )
    }
    const outputs = groups.flatMap((group) => {
      const plate = plateReadTogether(joint, group)
      const number = numbers.get(plate?.label ?? "")
      if (plate === undefined || number === undefined)
        for (const [axis, place] of drawn(group, group[0].name)) places.set(axis, place)
      else
        for (let row = 0; row < plate.size; row++) {
          const mask = tf.cast(tf.equal(number, row), "float32")
          for (const [axis, place] of drawn(group, rowKey(group[0].name, row), mask))
            places.set(axis, where(mask, place, places.get(axis) ?? place))
        }
      return group.flatMap(({ name, axis }) => {
        const next = places.get(axis) ?? tf.scalar(0)
        return [[nextPlace(name), next] as const, [valueOutput(name), reader.valueAt(axis, next)] as const]
      })
    })
    const sum = (factors: ReadonlyArray<Factor>): tf.Tensor =>
      reader
        .densities(factors)
        .map((value, f) => sumOverAxes(value, factors[f]?.axes ?? []))
        .reduce((total, value) => tf.add(total, value), tf.scalar(0))
    return { ...Object.fromEntries(outputs), [logDensityOutput]: tf.sub(sum(densities), sum(volumes)) }
  })
  return axes.reduce((before, axis) => vectorise(before, { ...axis, size: axis.size ?? 1 }), graph)
}

/**
 * Places along some axes from a log density on all of them, as one draw among all combinations.
 *
 * @param axes in the order in which they are added
 */
const drawnTogether = (site: string, total: tf.Tensor, axes: ReadonlyArray<Axis>): ReadonlyMap<string, tf.Tensor> => {
  // the first axis ends as the last dimension
  const table = axes.reduce((x, { name, size = 1 }) => across(x, name, size), total)
  let rest = categorical(keyOfSummed(site), tf.reshape(table, [-1]), [])
  return new Map(
    axes.map(({ name, size = 1 }, i) => {
      if (i === axes.length - 1) return [name, rest]
      // half a place more, so that no rounding of the quotient counts
      const quotient = tf.floor(tf.div(tf.add(rest, 0.5), size))
      const place = tf.sub(rest, tf.mul(quotient, size))
      rest = quotient
      return [name, place]
    })
  )
}
