import { Effect } from "effect"
import { inTurns, piece } from "../../data/pieces.ts"
import { noiseName } from "../../engine/Engine.ts"
import { fill, type Key, type NoiseDistribution, permutation, permuting } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Node, nameOf, noiseLabel, streamOf, type Values } from "../../trace/Graph.ts"
import { indicesInput, rowsInput, weightsInput } from "../joint/names.ts"
import type { Sizes } from "../step/trainingLoop.ts"

/** The way in which one plate is read: its rows in order, or in a new random order for each epoch, in batches, of which the last may be partial. */
export interface Reading {
  readonly plate: string
  readonly rows: number
  readonly batch: number
  readonly shuffle: boolean
  /** whether its rows are fed to each step, in the order in which a source gives them */
  readonly streamed?: boolean
  /** the weight of each row in a sum over the plate, from the number of rows in its batch */
  readonly weight: (count: number) => number
}

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

/** The number of real rows in a step of the largest plate; 1 for a program without plates. */
export const rowsInStep = ({ readings, steps }: BatchPlan, step: number): number => {
  const largest = readings.find(({ rows, batch }) => Math.ceil(rows / batch) === steps)
  return largest === undefined ? 1 : countIn(largest, step)
}

export const countIn = ({ rows, batch }: Reading, step: number): number => {
  const place = step % Math.ceil(rows / batch)
  return Math.min(batch, rows - place * batch)
}

/** Makes the feeds of `k` steps from step `from` on: row numbers, weights and noise. Each call makes new arrays, because engines may keep them. */
export const feeder = (
  plan: BatchPlan,
  graph: Graph,
  orders: Orders = ordersOf(plan)
): ((from: number, k: number) => Record<string, Values>) => {
  const noise = graph.nodes.filter((node) => node.kernel === "Noise")
  const inputs = new Set(graph.nodes.filter((node) => node.kernel === "Input").map(nameOf))
  const rowNumbers = plan.readings.map(({ plate }) => plate).filter((plate) => inputs.has(rowsInput(plate)))
  const withRowNumbers = (feeds: Record<string, Values>): Record<string, Values> => ({
    ...feeds,
    ...Object.fromEntries(rowNumbers.map((plate) => [rowsInput(plate), feeds[indicesInput(plate)] ?? new Int32Array()]))
  })
  return (from, k) =>
    withRowNumbers({
      ...Object.fromEntries(
        plan.readings.flatMap((reading, i) => rowFeeds(reading, orders.of[i] ?? identity, from, k))
      ),
      ...Object.fromEntries(noise.map((node) => noiseFeed(node, plan.seed, from, k)))
    })
}

type Order = (epoch: number, i: number) => number
const identity: Order = (_, i) => i

/** The orders of the rows of each plate. */
export interface Orders {
  readonly of: ReadonlyArray<Order>
  /** makes the orders of many rows that so many steps read, in turns with the rest of the program */
  readonly ready: (from: number, steps: number) => Effect.Effect<void>
}

export const ordersOf = ({ readings, seed }: Pick<BatchPlan, "readings" | "seed">): Orders => {
  const all = readings.map((reading) => (reading.shuffle ? shuffled(reading, seed) : undefined))
  return {
    of: all.map((each) => each?.order ?? identity),
    ready: (from, steps) => Effect.forEach(all, (each) => each?.ready(from, steps) ?? Effect.void, { discard: true })
  }
}

/** Only the order of the last epoch is kept, and those that the next call reads. */
const shuffled = ({ plate, rows, batch }: Reading, seed: number) => {
  const key = (epoch: number): Key => ({ seed, owner: "library", site: `rows of ${plate}`, step: epoch, lane: 0 })
  const perEpoch = Math.ceil(rows / batch)
  let last = -1
  let order: Int32Array = new Int32Array()
  const made = new Map<number, Int32Array>()
  const ready = (from: number, steps: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      if (rows <= piece) return
      const [first, end] = [Math.floor(from / perEpoch), Math.floor((from + steps - 1) / perEpoch)]
      for (const epoch of made.keys()) if (epoch < first || epoch > end) made.delete(epoch)
      for (let epoch = first; epoch <= end; epoch++)
        if (!made.has(epoch))
          made.set(
            epoch,
            epoch === last ? order : yield* inTurns(() => permuting(rows, key(epoch), piece / 4), neverFails)
          )
    })
  return {
    ready,
    order: (epoch: number, i: number): number => {
      if (epoch !== last) order = made.get(epoch) ?? permutation(rows, key(epoch))
      last = epoch
      return order[i] ?? 0
    }
  }
}

const neverFails = (_: unknown): _ is never => false

/** A partial batch is filled with row 0 at weight 0, so that all steps have the same shape and each row counts once. */
const rowFeeds = (
  reading: Reading,
  order: Order,
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
      indices[s * batch + i] = order(epoch, start + i)
      weights[s * batch + i] = each
    }
  }
  const weighed = [weightsInput(plate), weights] as const
  return streamed === true ? [weighed] : [[indicesInput(plate), indices], weighed]
}

const noiseFeed = (node: Node, seed: number, from: number, k: number): readonly [string, Float32Array] => {
  const distribution = node.attrs["law"] as NoiseDistribution
  const size = sizeOf(node.shape)
  const values = new Float32Array(k * size)
  for (let s = 0; s < k; s++)
    fill(distribution, values.subarray(s * size, (s + 1) * size), { ...streamOf(node), seed, step: from + s, lane: 0 })
  return [noiseName(noiseLabel(node), distribution), values]
}
