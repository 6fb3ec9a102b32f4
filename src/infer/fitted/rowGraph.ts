import type * as tf from "@tensorflow/tfjs"
import { GuideMismatch } from "../../Errors.ts"
import { withParams } from "../../model/Param.ts"
import type { Key } from "../../tensor/random.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { record } from "../../trace/record.ts"
import type { Axis } from "../joint/Joint.ts"
import { inputName, own, plateAxis } from "../joint/names.ts"
import { type NetNames, type Parameters, recordedParams } from "../joint/recordedWorld.ts"

const plate = "rows"

/** The output of a row's graph that holds a result. */
export const resultOutput = (name: string): string => `result:${name}`

/** A function of one row of some inputs, and of random numbers drawn for that row. */
export type RowFunction = (
  row: Readonly<Record<string, Tensor>>,
  key: (site: string) => Key
) => Readonly<Record<string, tf.Tensor>>

/** A function of one row as a graph, and the axis of the rows, which it does not have yet. */
export interface RowGraph {
  readonly graph: Graph
  readonly axis: Axis
}

/**
 * Records a function of one row with the parameters of a fit.
 *
 * @param shapes of the inputs of one row
 * @throws GuideMismatch for a parameter that the fit does not have, and the tagged errors of a recording
 */
export const rowGraph = (
  shapes: Readonly<Record<string, Shape>>,
  { parameters, nets }: { readonly parameters: Parameters; readonly nets: NetNames },
  f: RowFunction
): RowGraph => {
  const sites = new Set<string>()
  const graph = record((recorder) => {
    const params = recordedParams(recorder, new Map(nets))
    const results = withParams(params.store, () => {
      const row = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, typed(recorder.input(inputName(name, plate), shape))])
      )
      const results = f(row, (site) => {
        sites.add(site)
        return { seed: 0, site, step: 0, lane: 0 }
      })
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [resultOutput(name), value]))
    })
    for (const { name } of params.parameters) mustBeLearned(name, parameters)
    return results
  })
  const inputs = new Set(Object.keys(shapes).map((name) => inputName(name, plate)))
  return { graph, axis: { name: plateAxis(plate), kind: "plate", label: plate, inputs, sites } }
}

/** A net that is made while the program runs goes by the order of the whole program, which a part of it cannot know. */
const mustBeLearned = (name: string, parameters: Parameters): void => {
  if (own(parameters, name) !== undefined) return
  throw new GuideMismatch({
    site: name,
    reason:
      "the fit has no such parameter. A net that is made inside of a program has no identity: declare it outside, or give it a name, Net.mlp(layers, { name })."
  })
}
