import * as tf from "@tensorflow/tfjs"
import { Dataset } from "../../src/data/Dataset.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { logSumExp } from "../support/closedForms.ts"

/** Logits of the next state by rows, the state before; the last one is what the first state is drawn by. */
export const logits = [
  [0.5, -0.2, 0.1],
  [-1, 0.3, 0],
  [0.2, 0.4, -0.7],
  [0.1, 0, -0.4]
]
export const means = [-1, 0.5, 2]
export const table = () => Tensor.of([4, 3], tf.tensor2d(logits))
export const locs = () => Tensor.of([3], tf.tensor1d(means))

/** Observations as the rows of a sequence. */
export const rowsOf = (values: ReadonlyArray<number>) => ({ steps: { y: Dataset.of(values, []) } })

/** log p(now | before) */
export const step = (before: number, now: number, by = logits): number => {
  const row = by[before] ?? []
  return (row[now] ?? 0) - logSumExp(row)
}

/** log p of a way through the states. */
export const prior = (states: ReadonlyArray<number>, by = logits): number =>
  states.reduce((sum, s, t) => sum + step(t === 0 ? 3 : (states[t - 1] ?? 0), s, by), 0)

/** All ways through k states, the first position varying fastest. */
export const ways = (k: number, steps: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: k ** steps }, (_, i) => Array.from({ length: steps }, (_, t) => Math.floor(i / k ** t) % k))
