import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { paramInput } from "../joint/names.ts"

/** The parameters of a program as pieces of one vector, in this order. */
export type Layout = ReadonlyArray<{ readonly name: string; readonly shape: Shape }>

/** The input that is that vector. */
export const vectorInput = "vector of parameters"

export const sizeOfLayout = (layout: Layout): number => layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/**
 * The same graph, which reads its parameters from one vector.
 *
 * @param still pieces that are constants for gradients
 */
export const fromVector = (graph: Graph, layout: Layout, still: ReadonlySet<string> = new Set()): Graph =>
  record((recorder) => {
    const vector = recorder.input(vectorInput, [sizeOfLayout(layout)])
    let offset = 0
    const members = layout.map(({ name, shape }) => {
      const size = sizeOf(shape)
      const piece = tf.reshape(tf.slice(vector, [offset], [size]), [...shape])
      offset += size
      return [paramInput(name), still.has(name) ? stopGradient(piece) : piece] as const
    })
    const values = recordAgain(recorder, graph, new Map(members))
    return Object.fromEntries(
      Object.entries(graph.outputs).flatMap(([name, id]) => {
        const value = values(id)
        return value === undefined ? [] : [[name, value] as const]
      })
    )
  })
