import { keep, rebuild } from "../../src/trace/build.ts"
import type { Graph } from "../../src/trace/Graph.ts"
import { record } from "../../src/trace/record.ts"
import type { Call } from "./kernelCalls.ts"
import type { Numbers } from "./onCpu.ts"

/**
 * Records one call, with its operands as inputs `x0`, `x1`, … and its result as output `y`. The inputs are recorded in reverse,
 * so that no operand's place in the call is by chance its place in the graph.
 */
export const recordCall = (call: Call): Graph =>
  record((recorder) => {
    const inputs = call.operands.map(({ shape, dtype }, i) => ({ name: `x${i}`, shape, dtype })).reverse()
    const tensors = inputs.map(({ name, shape, dtype }) => recorder.input(name, shape, dtype)).reverse()
    return { y: call.run(...tensors) }
  })

export const inputsOf = (values: ReadonlyArray<Numbers>): Readonly<Record<string, Numbers>> =>
  Object.fromEntries(values.map((value, i) => [`x${i}`, value]))

/** Marks of sites mean something to a plan and nothing to a backend; the plan takes them out before a graph runs. */
export const withoutSamples = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) =>
    node.kernel === "Sample" ? build.add("StopGradient", inputs) : keep(node, inputs, build)
  )
