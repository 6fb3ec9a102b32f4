import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { runGraph } from "../../src/engine/runGraph.ts"
import { scan } from "../../src/tensor/scan.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import type { Graph } from "../../src/trace/Graph.ts"
import { hoistFromScans } from "../../src/trace/passes/hoistFromScans.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { prune } from "../../src/trace/passes/prune.ts"
import { record } from "../../src/trace/record.ts"
import { isScan, scanOf } from "../../src/trace/region.ts"
import { verify } from "../../src/trace/verify.ts"

const T = 4
/** What depends on `w` alone, what depends on `x` alone, on both, and on the carry. */
const graph = (length = T): Graph =>
  record(({ input }) => {
    const [w, x] = [input("w", [3]), input("x", [length, 3])]
    const { carry, ys } = scan(
      { h: Tensor.of([3], tf.zeros([3])) as Tensor },
      { x: x as Tensor<readonly [number, 3]> },
      ({ h }, row) => {
        const once = tf.logSoftmax(w)
        const isLarge = tf.greater(row.x as tf.Tensor, 0.5)
        const each = tf.mul(tf.exp(row.x as tf.Tensor), once)
        const next = tf.where(isLarge, tf.tanh(tf.add(h as tf.Tensor, each)), tf.mul(h as tf.Tensor, 0.5))
        return { carry: { h: Tensor.of([3], next) as Tensor }, y: { s: Tensor.of([], tf.sum(tf.square(each))) } }
      }
    )
    return { loss: tf.add(tf.sum(tf.mul(carry.h as tf.Tensor, w)), tf.sum(ys.s)) }
  })

const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(1.3 * (i + 1)))
const given = { w: tf.tensor1d(numbers(3)), x: tf.tensor2d(numbers(3 * T), [T, 3]) }
const bodies = ({ nodes }: Graph): ReadonlyArray<ReadonlyArray<string>> =>
  nodes.filter(isScan).map((node) => scanOf(node).body.nodes.map(({ kernel }) => kernel))

test("only what depends on the carry stays in the loop of a recurrence", () => {
  const before = prune(graph())
  const after = verify(prune(hoistFromScans(before)), "hoist")
  expect(bodies(before)[0]).toEqual(expect.arrayContaining(["Exp", "Log", "Greater", "Square"]))
  for (const kernel of ["Exp", "Log", "Greater", "Square", "GreaterEqual"])
    expect(bodies(after)[0]).not.toContain(kernel)
  expect(bodies(after)[0]).toEqual(expect.arrayContaining(["Tanh", "Select"]))
  expect(hoistFromScans(after).nodes.length).toBe(after.nodes.length)
  tf.setBackend("cpu")
  const loss = (of: Graph): number => runGraph(of, given)["loss"]?.dataSync()[0] ?? Number.NaN
  expect(loss(after)).toBeCloseTo(loss(before), 5)
})

test("the way back computes nothing again in its loop, and gives the same gradients", () => {
  tf.setBackend("cpu")
  const before = prune(differentiate(graph(), "loss", ["w", "x"]))
  const after = verify(prune(hoistFromScans(before)), "hoist")
  expect(bodies(before)[1]).toEqual(expect.arrayContaining(["Exp", "Tanh"]))
  expect(bodies(after)[1]).not.toContain("Tanh")
  expect(bodies(after)[1]).not.toContain("Exp")
  const [found, right] = [runGraph(after, given), runGraph(before, given)]
  for (const name of ["grad:w", "grad:x"]) {
    const numbers = [...(right[name]?.dataSync() ?? [])]
    expect(numbers.length).toBeGreaterThan(2)
    found[name]?.dataSync().forEach((x, i) => void expect(x).toBeCloseTo(numbers[i] ?? Number.NaN, 5))
  }
})

test("the graph around it does not grow with the length, and large values stay in the loop", () => {
  expect(simplify(graph(1000)).nodes.length).toBe(simplify(graph(10)).nodes.length)
  const wide = record(({ input }) => {
    const x = input("x", [100, 2])
    const { carry } = scan(
      { h: Tensor.of([300, 300], tf.zeros([300, 300])) as Tensor },
      { x: x as Tensor<readonly [number, 2]> },
      ({ h }, row) => {
        const all = tf.tile(tf.reshape(tf.sum(tf.exp(row.x as tf.Tensor)), [1, 1]), [300, 300])
        return { carry: { h: Tensor.of([300, 300], tf.add(h as tf.Tensor, tf.sin(all))) as Tensor }, y: {} }
      }
    )
    return { loss: tf.sum(carry.h as tf.Tensor) }
  })
  const [body] = bodies(prune(hoistFromScans(prune(wide))))
  expect(body).toContain("Sin")
  expect(body).not.toContain("Exp")
})
