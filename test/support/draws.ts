import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { layers } from "../../src/engine/layers.ts"
import { leafName } from "../../src/engine/leaves.ts"
import { fill, Key, type NoiseDistribution } from "../../src/tensor/random.ts"
import { sizeOf } from "../../src/tensor/Tensor.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { type Graph, streamOf } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"
import { nothing, pure, runOnce } from "../engine/harness.ts"
import { compute } from "./onCpu.ts"

/** What scripts/fixtures/draws-fixture.py wrote. Quantiles are at 1/40, …, 39/40; a row of slopes is parameter, quantile, derivative. */
export interface DrawsFixture {
  readonly gamma: ReadonlyArray<{ readonly concentration: number; readonly logQuantiles: ReadonlyArray<number> }>
  readonly beta: ReadonlyArray<{
    readonly a: number
    readonly b: number
    readonly logitQuantiles: ReadonlyArray<number>
  }>
  readonly gammaSlopes: ReadonlyArray<readonly [number, number, number]>
  readonly vonMisesSlopes: ReadonlyArray<readonly [number, number, number]>
}

export const drawsFixture: DrawsFixture = JSON.parse(
  readFileSync(new URL("../fixtures/draws.json", import.meta.url), "utf8")
)

/** The probability of each interval between neighbouring quantiles. */
export const fortieths: ReadonlyArray<number> = Array<number>(40).fill(1 / 40)

export const valuesOf = (f: () => tf.Tensor): Array<number> => [...compute(f).values]

type Draw = (key: Key, parameters: tf.Tensor, shape: ReadonlyArray<number>) => tf.Tensor

/** `n` draws that all have the same parameter, made on ONNX, which does that many soonest. */
export const sampled = async (n: number, parameter: number, draw: Draw): Promise<Array<number>> =>
  (await onOnnx(n, parameter, draw, false)).draws

/** The same with the derivative of each draw by its own parameter. */
export const withSlopes = (n: number, parameter: number, draw: Draw): Promise<Sample> =>
  onOnnx(n, parameter, draw, true)

interface Sample {
  readonly draws: Array<number>
  readonly slopes: Array<number>
}

const onOnnx = async (n: number, parameter: number, draw: Draw, slopes: boolean): Promise<Sample> => {
  const drawn = record((recorder) => {
    const y = draw(Key.of(0, "z"), recorder.input("x", [n]), [n])
    return { y, ...(slopes ? { total: tf.sum(y) } : {}) }
  })
  const graph = simplify(slopes ? differentiate(drawn, "total", ["x"]) : drawn)
  const feeds = { x: new Float32Array(n).fill(parameter), ...noiseFeeds(graph, Key.of(1, "z")) }
  const found = await runOnce(layers.onnx, pure(graph), nothing, 1, feeds)
  return { draws: [...(found["y"] ?? [])], slopes: [...(found["grad:x"] ?? [])] }
}

/** The numbers of a graph's noise, by the names under which an engine is fed. */
export const noiseFeeds = (graph: Graph, { seed, step }: Pick<Key, "seed" | "step">): Record<string, Float32Array> =>
  Object.fromEntries(
    graph.nodes.flatMap((node) => {
      if (node.kernel !== "Noise") return []
      const values = new Float32Array(sizeOf(node.shape))
      fill(node.attrs["law"] as NoiseDistribution, values, { ...streamOf(node), seed, step, lane: 0 })
      return [[leafName(node), values] as const]
    })
  )

/** ψ′ by its series, and by the Euler–Maclaurin formula from the thousandth term on. */
export const trigamma = (x: number): number => {
  const far = x + 1000
  const tail = 1 / far + 1 / (2 * far ** 2) + 1 / (6 * far ** 3)
  return Array.from({ length: 1000 }, (_, k) => 1 / (x + 999 - k) ** 2).reduce((sum, term) => sum + term, tail)
}

/** The largest of |found − expected|/|expected|. */
export const worstRelative = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>): number => {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  return Math.max(...expected.map((value, i) => Math.abs((found[i] ?? Number.NaN) / value - 1)))
}
