import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { DuplicateSite } from "../../../src/Errors.ts"
import { leafName } from "../../../src/engine/leaves.ts"
import { batchPlan, feeder } from "../../../src/infer/run/batches.ts"
import { logitStandardBeta } from "../../../src/tensor/draws/beta.ts"
import { binomial } from "../../../src/tensor/draws/binomial.ts"
import { logStandardGamma } from "../../../src/tensor/draws/gamma.ts"
import { poisson } from "../../../src/tensor/draws/poisson.ts"
import { vonMises } from "../../../src/tensor/draws/vonMises.ts"
import { fill, Key, normal, uniform } from "../../../src/tensor/random.ts"
import type { Graph, Node } from "../../../src/trace/Graph.ts"
import { jumps, smooth } from "../../../src/trace/kernels/continuityRules.ts"
import { kernels } from "../../../src/trace/kernels/index.ts"
import { record } from "../../../src/trace/record.ts"
import { vectorise } from "../../../src/trace/vectorise.ts"
import { verify } from "../../../src/trace/verify.ts"
import { noiseFeeds, valuesOf } from "../../support/draws.ts"
import { correlation } from "../../support/goodnessOfFit.ts"
import { type Numbers, runGraph, useCpu } from "../../support/onCpu.ts"

useCpu()

const vector = (...values: ReadonlyArray<number>): Numbers => ({
  values: Float32Array.from(values),
  shape: [values.length],
  dtype: "float32"
})

const noiseOf = (graph: Graph): ReadonlyArray<Node> => graph.nodes.filter((node) => node.kernel === "Noise")

/** The numbers that a fit feeds to a graph's noise at one seed and step. */
const fed = (graph: Graph, seed: number, step: number): Record<string, Numbers> => {
  const values = noiseFeeds(graph, { seed, step })
  return Object.fromEntries(
    noiseOf(graph).map((node) => [
      leafName(node),
      { values: values[leafName(node)] ?? new Float32Array(), shape: node.shape, dtype: "float32" }
    ])
  )
}

describe("forks of a key", () => {
  const key = { ...Key.of(3, "z"), step: 5 }
  const drawn = (of: Key): ReadonlyArray<number> => valuesOf(() => normal(of, [20_000]))

  it("give numbers that are independent of each other's and of the key's own", () => {
    const [own, a, b] = [key, Key.fork(key, "a"), Key.fork(key, "b")].map(drawn) as [number[], number[], number[]]
    // the correlation of independent samples has standard error 1/√n
    for (const [x, y] of [
      [own, a],
      [own, b],
      [a, b]
    ] as const)
      expect(Math.abs(correlation(x, y))).toBeLessThan(4 / Math.sqrt(20_000))
  })

  it("are the same for the same name, and can be forked again", () => {
    expect(Key.fork(key, "a")).toEqual(Key.fork(key, "a"))
    expect(Key.fork(Key.fork(key, "a"), "b")).toEqual({ ...key, stream: "a/b" })
  })

  it("belong to the site, and are fed under a name of their own", () => {
    const graph = record(() => ({ y: tf.add(uniform(Key.fork(key, "a"), [2]), uniform(key, [2])) }))
    expect(noiseOf(graph).map(({ attrs }) => attrs["site"])).toEqual(["z", "z"])
    expect(noiseOf(graph).map(leafName)).toEqual(["noise:uniform:z/a", "noise:uniform:z"])
  })

  it("that are drawn from twice are refused", () => {
    expect(() =>
      record(() => ({ y: tf.add(normal(Key.fork(key, "a"), [2]), normal(Key.fork(key, "a"), [2])) }))
    ).toThrow(DuplicateSite)
  })

  it("get the numbers of their label from a fit, anew at each step", () => {
    const graph = record(() => ({ y: tf.add(normal(Key.fork(key, "a"), [2]), normal(key, [2])) }))
    const feeds = feeder(batchPlan(9, []), graph)(4, 2)
    const expected = [4, 5].flatMap((step) => [...drawnAt("z", "a", step)])
    expect([...(feeds["noise:normal:z/a"] ?? [])]).toEqual(expected)
    expect([...(feeds["noise:normal:z"] ?? [])]).not.toEqual(expected)
  })

  const drawnAt = (site: string, stream: string, step: number): Float32Array => {
    const values = new Float32Array(2)
    fill("normal", values, { seed: 9, site, stream, step, lane: 0 })
    return values
  }
})

type Draw = (key: Key, parameter: tf.Tensor, shape: ReadonlyArray<number>) => tf.Tensor

const draws: Readonly<Record<string, readonly [Draw, ReadonlyArray<number>]>> = {
  "a log gamma number": [logStandardGamma, [0.3, 2, 70]],
  "the log odds of a beta number": [(key, a, shape) => logitStandardBeta(key, a, 2, shape), [0.3, 2, 70]],
  "a Poisson count": [poisson, [0.3, 9, 70]],
  "a binomial count": [(key, p, shape) => binomial(key, 40, p, shape), [0.1, 0.4, 0.9]],
  "an angle": [vonMises, [0, 2, 70]]
}

describe.each(Object.entries(draws))("%s in a program", (_, [draw, parameters]) => {
  const single = record((recorder) => ({ y: draw(Key.of(0, "z"), recorder.input("x", []), [2]) }))

  it("that is vectorised equals a loop over the lanes of one key", () => {
    const axis = { name: "data", size: 3, inputs: new Set(["x"]), sites: new Set(["z"]) }
    const graph = verify(vectorise(single, axis), "vectorise")
    for (const { shape } of noiseOf(graph)) expect(shape.slice(0, 2)).toEqual([3, 2])
    const together = runGraph(graph, { x: vector(...parameters), ...fed(graph, 11, 6) })["y"]?.values ?? []
    const loop = parameters.flatMap((parameter, lane) =>
      valuesOf(() => draw({ seed: 11, site: "z", step: 6, lane }, tf.scalar(parameter), [2]))
    )
    expect([...together]).toEqual(loop)
    expect(new Set(loop).size).toBeGreaterThan(2)
  })

  it("outside of the axis is drawn once", () => {
    const axis = { name: "data", size: 3, inputs: new Set<string>(), sites: new Set(["other"]), spread: true }
    const graph = verify(vectorise(single, axis), "vectorise")
    const [first, ...others] = chunks(
      runGraph(graph, { x: { ...vector(parameters[1] ?? 1), shape: [] }, ...fed(graph, 11, 6) })["y"]?.values ?? []
    )
    for (const other of others) expect(other).toEqual(first)
    expect(others.length).toBe(2)
  })
})

const chunks = (values: ArrayLike<number>): ReadonlyArray<ReadonlyArray<number>> =>
  [0, 2, 4].map((from) => Array.from(values).slice(from, from + 2))

it("gamma numbers and angles move smoothly with their parameters, and counts jump", () => {
  const continuity = ["LogStandardGamma", "VonMises", "Poisson", "Binomial"].map((name) => kernels[name]?.continuity)
  expect(continuity).toEqual([smooth, smooth, jumps, jumps])
})
