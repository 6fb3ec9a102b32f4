import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fill, Key, normal } from "../../src/tensor/random.ts"
import { sizeOf } from "../../src/tensor/Tensor.ts"
import { logMeanExpOver, meanOver, othersMeanOver, sumOver } from "../../src/trace/axes.ts"
import { type Graph, print } from "../../src/trace/Graph.ts"
import { record } from "../../src/trace/record.ts"
import { dependsOn, dropAxis, vectorise } from "../../src/trace/vectorise.ts"
import { verify } from "../../src/trace/verify.ts"
import { draw } from "../support/kernelCalls.ts"
import { type Numbers, runGraph, stack, unstack, useCpu } from "../support/onCpu.ts"

useCpu()

const eps = 2 ** -24
const none: ReadonlySet<string> = new Set()
const along = (name: string, size: number, inputs: ReadonlyArray<string>) => ({
  name,
  size,
  inputs: new Set(inputs),
  sites: none
})

const vector = (...values: ReadonlyArray<number>): Numbers => ({
  values: Float32Array.from(values),
  shape: [values.length],
  dtype: "float32"
})

const expectClose = (actual: Numbers | undefined, expected: ReadonlyArray<number>, tolerance: number): void => {
  expect(actual?.values.length).toBe(expected.length)
  expected.forEach((value, i) => {
    expect(Math.abs((actual?.values[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance)
  })
}

describe("a named reduction over an axis of values", () => {
  const size = 4
  const event = fc.constantFrom([], [2], [2, 3])
  const cases = fc.tuple(event, fc.nat(1e6))
  const sum = (xs: ReadonlyArray<number>): number => xs.reduce((a, b) => a + b, 0)
  const reduceWith = (
    named: (x: tf.Tensor, axis: string) => tf.Tensor,
    byHand: (column: ReadonlyArray<number>, weights: ReadonlyArray<number>) => number | ReadonlyArray<number>,
    weighted = false
  ): void =>
    fc.assert(
      fc.property(cases, ([shape, seed]) => {
        const single = record((recorder) => ({ y: named(recorder.input("x", shape), "rows") }))
        const axis = { ...along("rows", size, ["x"]), ...(weighted ? { weights: "w" } : {}) }
        const graph = verify(vectorise(single, axis), "vectorise")
        const [x, w] = draw(
          [
            { shape: [size, ...shape], dtype: "float32", range: [-3, 3] },
            { shape: [size], dtype: "float32", range: [0.5, 4] }
          ],
          seed
        ) as [Numbers, Numbers]
        const events = sizeOf(shape)
        const columns = Array.from({ length: events }, (_, j) =>
          byHand(
            Array.from({ length: size }, (_unused, i) => x.values[i * events + j] as number),
            [...w.values]
          )
        )
        const first = columns[0]
        const expected = Array.isArray(first)
          ? Array.from({ length: size }, (_, i) =>
              columns.map((column) => (column as Array<number>)[i] as number)
            ).flat()
          : (columns as Array<number>)
        // at most `size` terms below 3 · 4 are added, and a handful of operations follow
        expectClose(runGraph(graph, weighted ? { x, w } : { x })["y"], expected, 4 * size * 12 * eps)
      }),
      { seed: 1, numRuns: 20 }
    )

  it("sumOver adds", () => reduceWith(sumOver, sum))
  it("sumOver weighs each position by the axis's weights", () =>
    reduceWith(sumOver, (xs, weights) => sum(xs.map((x, i) => x * (weights[i] as number))), true))
  it("meanOver averages", () => reduceWith(meanOver, (xs) => sum(xs) / size))
  it("logMeanExpOver is the log of the mean of exp", () =>
    reduceWith(logMeanExpOver, (xs) => Math.log(sum(xs.map(Math.exp)) / size)))
  it("othersMeanOver gives each position the mean of all the others", () =>
    reduceWith(othersMeanOver, (xs) => xs.map((x) => (sum(xs) - x) / (size - 1))))

  it("logMeanExpOver neither overflows nor underflows", () => {
    const graph = vectorise(
      record((recorder) => ({ y: logMeanExpOver(recorder.input("x", []), "particle") })),
      along("particle", 2, ["x"])
    )
    expectClose(runGraph(graph, { x: vector(1000, 1000) })["y"], [1000], 0)
    expectClose(runGraph(graph, { x: vector(-1000, -1000) })["y"], [-1000], 0)
    expectClose(runGraph(graph, { x: vector(-200, 0) })["y"], [-Math.log(2)], eps)
  })
})

describe("a named reduction over a value that does not have the axis", () => {
  const reduced = (named: (x: tf.Tensor, axis: string) => tf.Tensor, weights?: string): Graph =>
    vectorise(
      record((recorder) => ({ y: named(recorder.input("x", [2]), "rows") })),
      { ...along("rows", 5, []), ...(weights === undefined ? {} : { weights }) }
    )
  const x = vector(1.5, -2)
  it.each([
    ["sumOver counts it once for each position", sumOver, 5],
    ["meanOver leaves it as it is", meanOver, 1],
    ["logMeanExpOver leaves it as it is", logMeanExpOver, 1],
    ["othersMeanOver leaves it as it is", othersMeanOver, 1]
  ] as const)("%s", (_, named, times) => {
    expect(runGraph(reduced(named), { x })["y"]).toEqual(vector(1.5 * times, -2 * times))
  })
  it("sumOver with weights multiplies it by their sum", () => {
    expect(runGraph(reduced(sumOver, "w"), { x, w: vector(1, 2, 3, 4, 0) })["y"]).toEqual(vector(15, -20))
  })
  it.each([sumOver, meanOver, logMeanExpOver, othersMeanOver])(
    "an axis that is dropped takes the reduction with it",
    (named) => {
      const graph = dropAxis(
        record((recorder) => ({ y: named(recorder.input("x", [2]), "rows") })),
        "rows"
      )
      expect(runGraph(graph, { x })["y"]).toEqual(x)
    }
  )
})

describe("two axes, one after the other", () => {
  const [data, rows] = [3, 2]
  /** For each datum a sum over its rows of a function of what is the datum's, the row's, both's and nobody's. */
  const single = record((recorder) => {
    const [own, row, both, w] = ["own", "row", "both", "w"].map((name) => recorder.input(name, [2])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor
    ]
    const perRow = tf.sum(tf.tanh(tf.add(tf.mul(tf.add(own, w), row), both)))
    return { perDatum: tf.add(sumOver(perRow, "rows"), tf.sum(own)), perRow }
  })
  const values = draw(
    [[data, 2], [rows, 2], [data, rows, 2], [2]].map((shape) => ({ shape, dtype: "float32", range: [-2, 2] })),
    7
  ) as [Numbers, Numbers, Numbers, Numbers]
  const [own, row, both, w] = values

  const loop = (): ReadonlyArray<ReadonlyArray<number>> =>
    Array.from({ length: data }, (_, i) =>
      Array.from({ length: rows }, (_unused, j) => {
        const datum = { own: unstack(own, i), row: unstack(row, j), both: unstack(unstack(both, i), j), w }
        return runGraph(dropAxis(single, "rows"), datum)["perRow"]?.values[0] as number
      })
    )

  it("equal a double loop, in either order", () => {
    const perRow = loop()
    const sums = perRow.map(
      (each, i) => each.reduce((a, b) => a + b, 0) + (own.values[2 * i] as number) + (own.values[2 * i + 1] as number)
    )
    const dataFirst = vectorise(
      vectorise(single, along("data", data, ["own", "both"])),
      along("rows", rows, ["row", "both"])
    )
    const rowsFirst = vectorise(
      vectorise(single, along("rows", rows, ["row", "both"])),
      along("data", data, ["own", "both"])
    )
    const turned = {
      ...both,
      ...stack(
        Array.from({ length: rows }, (_, j) =>
          stack(Array.from({ length: data }, (_unused, i) => unstack(unstack(both, i), j)))
        )
      )
    }
    // a sum of four numbers below 2
    expectClose(runGraph(verify(rowsFirst, "rows, data"), { own, row, both, w })["perDatum"], sums, 4 * 8 * eps)
    expectClose(runGraph(verify(dataFirst, "data, rows"), { own, row, both: turned, w })["perDatum"], sums, 4 * 8 * eps)
    expectClose(runGraph(rowsFirst, { own, row, both, w })["perRow"], perRow.flat(), 4 * 8 * eps)
  })

  it("a mean over data of a log-mean-exp over particles is not a log-mean-exp of a mean", () => {
    const loss = record((recorder) => ({
      y: meanOver(logMeanExpOver(tf.mul(recorder.input("x", []), recorder.input("z", [])), "particle"), "data")
    }))
    const graph = vectorise(vectorise(loss, along("particle", 2, ["z"])), along("data", 3, ["x", "z"]))
    const x = vector(1, -2, 3)
    const z: Numbers = { values: Float32Array.of(0.5, -1, 2, 0, 1, 1.5), shape: [3, 2], dtype: "float32" }
    const byHand = [0, 1, 2].map((i) => {
      const [a, b] = [0, 1].map((k) => Math.exp((x.values[i] as number) * (z.values[2 * i + k] as number))) as [
        number,
        number
      ]
      return Math.log((a + b) / 2)
    })
    expectClose(runGraph(graph, { x, z })["y"], [byHand.reduce((a, b) => a + b, 0) / 3], 32 * 5 * eps)
  })
})

describe("noise", () => {
  const single = record((recorder) => ({
    y: tf.add(tf.mul(normal(Key.of(0, "z"), [2]), recorder.input("x", [])), normal(Key.of(0, "shared"), [2]))
  }))
  const graph = vectorise(single, { name: "data", size: 3, inputs: new Set(["x"]), sites: new Set(["z"]) })

  it("of a site on the axis is drawn anew for each position, and of another site once", () => {
    expect(
      graph.nodes.filter((node) => node.kernel === "Noise").map(({ attrs, shape }) => [attrs["site"], shape])
    ).toEqual([
      ["z", [3, 2]],
      ["shared", [2]]
    ])
  })

  it("makes position i see what lane i of the key is", () => {
    const key = Key.of(5, "z")
    const lane = (i: number, length: number): Float32Array => {
      const values = new Float32Array(length)
      fill("normal", values, { ...key, lane: i })
      return values
    }
    const whole: Numbers = { values: lane(0, 6), shape: [3, 2], dtype: "float32" }
    const zero: Numbers = { values: new Float32Array(2), shape: [2], dtype: "float32" }
    const results = runGraph(graph, { "noise:normal:z": whole, "noise:normal:shared": zero, x: vector(1, 1, 1) })["y"]
    for (let i = 0; i < 3; i++) expect(unstack(results as Numbers, i).values).toEqual(lane(i, 2))
  })
})

describe("outputs", () => {
  const single = record((recorder) => ({
    varies: tf.exp(recorder.input("x", [])),
    same: tf.exp(recorder.input("w", [2]))
  }))

  it("that do not depend on the axis stay as they are", () => {
    const graph = vectorise(single, along("data", 3, ["x"]))
    expect(graph.nodes[graph.outputs["varies"] as number]?.shape).toEqual([3])
    expect(graph.nodes[graph.outputs["same"] as number]?.shape).toEqual([2])
  })

  it("all get the axis when they are spread", () => {
    const graph = vectorise(single, { ...along("data", 3, ["x"]), spread: true })
    expect(runGraph(graph, { x: vector(0, 0, 0), w: vector(0, 1) })["same"]).toEqual({
      values: Float32Array.of(1, Math.E, 1, Math.E, 1, Math.E),
      shape: [3, 2],
      dtype: "float32"
    })
  })
})

describe("dependsOn", () => {
  it("follows an axis from its inputs and sites to where a reduction closes it", () => {
    const graph = record((recorder) => {
      const varies = tf.mul(recorder.input("x", []), recorder.input("w", []))
      const draws = normal(Key.of(0, "z"), [])
      return {
        varies,
        draws,
        closed: meanOver(varies, "data"),
        open: othersMeanOver(varies, "data"),
        other: meanOver(varies, "rows"),
        w: recorder.input("w2", [])
      }
    })
    const dependent = dependsOn(graph, { name: "data", inputs: new Set(["x"]), sites: new Set(["z"]) })
    const found = Object.entries(graph.outputs)
      .filter(([, id]) => dependent.has(id))
      .map(([name]) => name)
    expect(found).toEqual(["varies", "draws", "open", "other"])
  })

  it("says of every node what vectorise does to it", () => {
    const graph = record((recorder) => {
      const x = tf.sin(recorder.input("x", [2]))
      return { y: tf.add(sumOver(tf.sum(x), "data"), tf.sum(recorder.input("w", [2]))), z: tf.sum(x) }
    })
    const axis = along("data", 3, ["x"])
    const dependent = dependsOn(graph, axis)
    const wide = vectorise(graph, axis)
    for (const [name, id] of Object.entries(graph.outputs)) {
      const single = graph.nodes[id]?.shape ?? []
      expect(wide.nodes[wide.outputs[name] as number]?.shape).toEqual(dependent.has(id) ? [3, ...single] : single)
    }
  })
})

it("a product of one matrix with a vector of each datum is one larger product, on either side", () => {
  const graph = record((recorder) => {
    const [w, x] = [recorder.input("w", [4, 4]), recorder.input("x", [4])]
    const right = tf.matMul(tf.reshape(x, [1, 4]), w as tf.Tensor2D)
    return { y: tf.matMul(w as tf.Tensor2D, tf.reshape(right, [4, 1])) }
  })
  const wide = vectorise(graph, along("data", 3, ["x"]))
  expect(
    print({ nodes: wide.nodes.filter((node) => node.kernel === "BatchMatMul"), outputs: {} })
  ).toMatchInlineSnapshot(`
    "%0 = BatchMatMul(%3, %0) {transposeA=false, transposeB=false} : float32[3,4]
    %1 = BatchMatMul(%8, %0) {transposeA=false, transposeB=true} : float32[3,4]
    return "
  `)
})
