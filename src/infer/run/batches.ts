import { noiseName } from "../../engine/Engine.ts"
import { filler, type NoiseDistribution } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Node, nameOf, noiseLabel, streamOf, type Values } from "../../trace/Graph.ts"
import { indicesInput, rowsInput, weightsInput } from "../joint/names.ts"
import type { Sizes } from "../step/trainingLoop.ts"
import { inOrder, type RowOrder, type Rows, rowOrders } from "./rowOrder.ts"

/** The way in which one plate is read: its rows in order, or in a new random order for each epoch, in batches, of which the last may be partial. */
export interface Reading extends Rows {
  /** whether its rows are fed to each step, in the order in which a source gives them */
  readonly streamed?: boolean
  /** the weight of each row in a sum over the plate, from the number of rows in its batch */
  readonly weight: (count: number) => number
}

/** Every row of a plate in each step, in order, each once. */
export const wholeReading = (plate: string, rows: number): Reading => ({
  ...{ plate, rows, batch: rows, shuffle: false },
  weight: () => 1
})

export interface BatchPlan {
  readonly seed: number
  readonly readings: ReadonlyArray<Reading>
  /** the number of steps in one epoch: enough for the largest plate */
  readonly steps: number
}

export const batchPlan = (seed: number, readings: ReadonlyArray<Reading>): BatchPlan => ({
  seed,
  readings,
  steps: Math.max(1, ...readings.map(({ rows, batch }) => Math.ceil(rows / batch)))
})

/** The sizes of the axes of one step. */
export const sizesOf = (readings: ReadonlyArray<Reading>, particles: number): Sizes => ({
  plates: new Map(readings.map(({ plate, batch }) => [plate, batch])),
  rows: new Map(readings.map(({ plate, rows }) => [plate, rows])),
  particles
})

/** A plate that every step reads completely needs no row numbers: its rows and weights are the same in each step. */
export const isWhole = ({ rows, batch, streamed }: Reading): boolean => rows === batch && streamed !== true

/** How much a step's loss counts in the mean of an epoch: the number of real rows of the largest plate. 1 where each row has one weight in all steps, or the program has no plates. */
export const shareOfStep = ({ readings, steps }: BatchPlan, step: number): number => {
  const largest = readings.find(({ rows, batch }) => Math.ceil(rows / batch) === steps)
  return largest === undefined || largest.streamed === true ? 1 : countIn(largest, step)
}

export const countIn = ({ rows, batch }: Reading, step: number): number => {
  const place = step % Math.ceil(rows / batch)
  return Math.min(batch, rows - place * batch)
}

/** Makes the feeds of `k` steps from step `from` on: row numbers, weights and noise. Each call makes new arrays, because engines may keep them. */
export const feeder = (
  plan: BatchPlan,
  graph: Graph,
  orders: ReadonlyArray<RowOrder> = rowOrders(plan.seed, plan.readings)
): ((from: number, k: number) => Record<string, Values>) => {
  const noise = graph.nodes.filter((node) => node.kernel === "Noise").map((node) => noiseOf(node, plan.seed))
  const inputs = new Set(graph.nodes.filter((node) => node.kernel === "Input").map(nameOf))
  const rowNumbers = plan.readings.map(({ plate }) => plate).filter((plate) => inputs.has(rowsInput(plate)))
  const withRowNumbers = (feeds: Record<string, Values>): Record<string, Values> => ({
    ...feeds,
    ...Object.fromEntries(rowNumbers.map((plate) => [rowsInput(plate), feeds[indicesInput(plate)] ?? new Int32Array()]))
  })
  return (from, k) =>
    withRowNumbers({
      ...Object.fromEntries(plan.readings.flatMap((reading, i) => rowFeeds(reading, orders[i] ?? inOrder, from, k))),
      ...Object.fromEntries(noise.map((each) => each(from, k)))
    })
}

/** A partial batch is filled with row 0 at weight 0, so that all steps have the same shape and each row counts once. */
const rowFeeds = (
  reading: Reading,
  order: RowOrder,
  from: number,
  k: number
): ReadonlyArray<readonly [string, Values]> => {
  const { plate, rows, batch, weight, streamed } = reading
  const perEpoch = Math.ceil(rows / batch)
  const indices = new Int32Array(k * batch)
  const weights = new Float32Array(k * batch)
  for (let s = 0; s < k; s++) {
    const epoch = Math.floor((from + s) / perEpoch)
    const start = ((from + s) % perEpoch) * batch
    const count = countIn(reading, from + s)
    const each = weight(count)
    for (let i = 0; i < count; i++) {
      indices[s * batch + i] = order.row(epoch, start + i)
      weights[s * batch + i] = each
    }
  }
  const weighed = [weightsInput(plate), weights] as const
  return streamed === true ? [weighed] : [[indicesInput(plate), indices], weighed]
}

/** The feeds of one noise node: hundreds of sites have one number each, so that their names must not be read again in each step. */
const noiseOf = (node: Node, seed: number): ((from: number, k: number) => readonly [string, Float32Array]) => {
  const distribution = node.attrs["law"] as NoiseDistribution
  const size = sizeOf(node.shape)
  const name = noiseName(noiseLabel(node), distribution)
  const fill = filler(distribution, { ...streamOf(node), seed, lane: 0 })
  return (from, k) => {
    const values = new Float32Array(k * size)
    for (let s = 0; s < k; s++) fill(values, s * size, size, from + s)
    return [name, values]
  }
}
