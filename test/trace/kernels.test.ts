import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ofNamedAxes } from "../../src/trace/axes.ts"
import { print } from "../../src/trace/Graph.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import { verify } from "../../src/trace/verify.ts"
import { draw, kernelCalls } from "../support/kernelCalls.ts"
import { compute, everyNode, runGraph, stack, tensorOf, useCpu } from "../support/onCpu.ts"
import { inputsOf, recordCall, withoutSamples } from "../support/recordCall.ts"

useCpu()

const lanes = 3
const calls = Object.entries(kernelCalls)
const seed = fc.nat(1e6)

it("the table of calls covers every row of the kernel table, but for those of named axes and recurrences", () => {
  const rows = Object.keys(kernels).filter((kernel) => !ofNamedAxes.has(kernel) && kernel !== "Scan")
  expect(Object.keys(kernelCalls).sort()).toEqual(rows.sort())
})

describe("what is recorded for a call says the shape and the type that tfjs's cpu kernel gives", () => {
  it.each(calls)("%s", (kernel, examples) => {
    fc.assert(
      fc.property(examples, seed, (call, seed) => {
        const graph = recordCall(call)
        const values = draw(call.operands, seed)
        const results = runGraph(everyNode(withoutSamples(graph)), inputsOf(values))
        for (const [name, { shape, dtype }] of Object.entries(results)) {
          const node = graph.nodes[Number(name.slice(1))]
          expect({ shape: node?.shape, dtype: node?.dtype }, `${name} of\n${print(graph)}`).toEqual({ shape, dtype })
        }
        verify(graph, "recording")
      }),
      { seed: 1, numRuns: 12 }
    )
    const [someCall] = fc.sample(examples, { seed: 1, numRuns: 1 })
    if (someCall === undefined) throw new Error("no example")
    expect(recordCall(someCall).nodes.map((node) => node.kernel)).toContain(kernel)
  })
})

describe("what is recorded for a call computes what the call itself computes", () => {
  it.each(calls.filter(([kernel]) => kernel !== "StopGradient" && kernel !== "Sample"))("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, (call, seed) => {
        const values = draw(call.operands, seed)
        const direct = compute(() => call.run(...values.map(tensorOf)))
        expect(runGraph(recordCall(call), inputsOf(values))["y"]).toEqual(direct)
      }),
      { seed: 2, numRuns: 5 }
    )
  })
})

describe("a vectorised call equals a plain loop over single data, whichever inputs have the axis", () => {
  it.each(calls)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, (call, seed) => {
        const graph = withoutSamples(recordCall(call))
        const data = Array.from({ length: lanes }, (_, lane) => draw(call.operands, seed + lane))
        for (const batched of subsets(call.operands.length)) {
          const datum = (lane: number) => call.operands.map((_, i) => data[batched.has(i) ? lane : 0]?.[i] ?? fail())
          const loop = stack(data.map((_, lane) => runGraph(graph, inputsOf(datum(lane)))["y"] ?? fail()))
          const names = new Set([...batched].map((i) => `x${i}`))
          const wide = verify(
            vectorise(graph, { name: "data", size: lanes, inputs: names, sites: new Set() }),
            "vectorise"
          )
          const given = call.operands.map((_, i) =>
            batched.has(i) ? stack(data.map((values) => values[i] ?? fail())) : (data[0]?.[i] ?? fail())
          )
          expect(runGraph(wide, inputsOf(given))["y"], `inputs ${[...names]} of\n${print(graph)}`).toEqual(loop)
        }
      }),
      { seed: 3, numRuns: 8 }
    )
  })
})

const fail = (): never => {
  throw new Error("a value is missing")
}

/** Every non-empty set of the first `n` places. */
const subsets = (n: number): ReadonlyArray<ReadonlySet<number>> =>
  Array.from({ length: 2 ** n - 1 }, (_, code) => {
    const bits = Array.from({ length: n }, (_unused, i) => i)
    return new Set(bits.filter((i) => (((code + 1) >> i) & 1) === 1))
  })
