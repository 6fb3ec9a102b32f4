import * as tf from "@tensorflow/tfjs"
import { sizeOf } from "../tensor/Tensor.ts"
import { keep, rebuild } from "./build.ts"
import { filledValues, type Graph, leaf, type Node } from "./Graph.ts"

/**
 * Marks a random factor that multiplies the units of a net while it is trained. Outside of training the factor is 1: `simplify` puts ones in its place, unless {@link withMasks} has said that the graph trains.
 */
export const markMask = (factor: tf.Tensor): tf.Tensor =>
  tf.engine().runKernel("StopGradient", { x: factor }, { mask: true })

/** Whether a graph has such factors. */
export const hasMasks = ({ nodes }: Pick<Graph, "nodes">): boolean => nodes.some(isMask)

/** The graph of a training step: each factor is the one that was drawn. */
export const withMasks = (graph: Graph): Graph =>
  hasMasks(graph)
    ? rebuild(graph, (node, inputs, build) => {
        const [factor] = inputs
        return isMask(node) && factor !== undefined ? factor : keep(node, inputs, build)
      })
    : graph

/** The graph outside of training: each factor is 1. */
export const withoutMasks = (graph: Graph): Graph =>
  hasMasks(graph)
    ? rebuild(graph, (node, inputs, build) => (isMask(node) ? build.push(ones(node)) : keep(node, inputs, build)))
    : graph

const isMask = ({ kernel, attrs }: Node): boolean => kernel === "StopGradient" && attrs["mask"] === true

const ones = ({ shape, dtype }: Node): Node => leaf.constant(filledValues(dtype, sizeOf(shape), 1), shape, dtype)
