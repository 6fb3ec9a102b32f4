import * as tf from "@tensorflow/tfjs"
import { categorical } from "../../../tensor/draws/categorical.ts"
import { across } from "../../../trace/axes.ts"
import { type Graph, nameOf, nodeAt } from "../../../trace/Graph.ts"
import { prune } from "../../../trace/passes/prune.ts"
import { type Recorder, record } from "../../../trace/record.ts"
import { recordAgain } from "../../../trace/replay.ts"
import { vectorise } from "../../../trace/vectorise.ts"
import { has } from "../../joint/bits.ts"
import { type Axis, enumeratedAxes, type Factor, factorsByRole, type Joint } from "../../joint/Joint.ts"
import { keyOfSummed } from "../../joint/names.ts"
import { valuesIn } from "../../joint/reach.ts"
import { at, sumOverAxes } from "../../step/densities.ts"
import type { Group } from "./groups.ts"

/** Where a site stands in the list of its values: before a sweep, and after it. */
export const placeInput = (site: string): string => `place:${site}`
export const nextPlace = (site: string): string => `next:${placeInput(site)}`

/** The value of a site after a sweep. */
export const valueOutput = (site: string): string => `value:${site}`

/** log p(data, values) after a sweep, with log|det ∂value/∂u| of the real numbers u of continuous sites. */
export const logDensityOutput = "log density"

/**
 * One sweep of Gibbs sampling (Geman and Geman 1984): each group of enumerated sites is drawn from its distribution given all others, which is that of the factors that read it (its Markov blanket). Continuous sites
 * stand still.
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
    const outputs = groups.flatMap((group) => {
      const open = new Set(group.map(({ axis }) => axis))
      const own = factor(group[0].name, "prior")?.axes ?? []
      const blanket = densities.filter(({ node }) =>
        axes.some(({ name }, i) => open.has(name) && has(depends[node], i))
      )
      const total = reader
        .densities(blanket, open)
        .map((value, f) =>
          sumOverAxes(
            value,
            (blanket[f]?.axes ?? []).filter((each) => !own.includes(each))
          )
        )
        .reduce((sum, value) => tf.add(sum, value))
      const drawn = drawnTogether(
        group[0].name,
        total,
        axes.filter(({ name }) => open.has(name))
      )
      for (const [axis, place] of drawn) places.set(axis, place)
      return group.flatMap(({ name, axis }) => {
        const next = drawn.get(axis) ?? total
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

/** Reads parts of a joint with its enumerated sites at given places in the lists of their values. */
const readerOf = (recorder: Recorder, { graph }: Joint, places: ReadonlyMap<string, tf.Tensor>) => {
  const inputs = new Map(
    graph.nodes.flatMap((node) =>
      node.kernel === "Input" ? [[nameOf(node), recorder.input(nameOf(node), node.shape, node.dtype)] as const] : []
    )
  )
  const read = (outputs: Graph["outputs"], open: ReadonlySet<string> = new Set()): ReadonlyMap<string, tf.Tensor> => {
    const part = prune({ nodes: graph.nodes, outputs })
    const values = recordAgain(recorder, part, inputs, (node, list) => {
      const axis = node.kernel === "Along" ? String(node.attrs["axis"]) : ""
      const place = open.has(axis) ? undefined : places.get(axis)
      return place === undefined ? undefined : chosen(list()[0], place)
    })
    return new Map(Object.entries(part.outputs).map(([name, id]) => [name, at(values, id)]))
  }
  return {
    /** log densities with their scales, unsummed; along the axes of sites that are left open, if there are some */
    densities: (factors: ReadonlyArray<Factor>, open?: ReadonlySet<string>): ReadonlyArray<tf.Tensor> => {
      const found = read(
        Object.fromEntries(
          factors.flatMap(({ node, scale }, i) => [
            [`${i}`, node] as const,
            ...(scale === undefined ? [] : [[`scale ${i}`, scale] as const])
          ])
        ),
        open
      )
      return factors.map((_, i) => {
        const [value = tf.scalar(0), scale] = [found.get(`${i}`), found.get(`scale ${i}`)]
        return scale === undefined ? value : tf.mul(value, scale)
      })
    },
    valueAt: (axis: string, place: tf.Tensor): tf.Tensor => {
      const id = graph.nodes.findIndex(({ kernel, attrs }) => kernel === "Along" && attrs["axis"] === axis)
      return chosen(read({ list: nodeAt(graph, id).inputs[0] ?? -1 }).get("list"), place)
    }
  }
}

const chosen = (list: tf.Tensor | undefined, place: tf.Tensor): tf.Tensor => {
  if (list === undefined) throw new RangeError("an enumerated site has no list of values")
  return tf.gather(list, tf.cast(place, "int32") as tf.Tensor1D)
}
