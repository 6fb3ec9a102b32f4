import * as tf from "@tensorflow/tfjs"
import type { Param } from "../../tensor/Tensor.ts"

/** How a law of counts up to `N` can be differentiated: it can be enumerated where `N` is a plain number, known before anything is computed. */
export type GradientUpTo<N extends Param> = N extends number ? "score" | "enumerable" : "score"

/** The closed form that goes with it. */
export type ValuesUpTo<N extends Param> = N extends number ? "supportValues" : never

/** What a family adds when its values are known beforehand, and when they are not. */
export const enumerated = (supportValues: (() => tf.Tensor) | undefined) =>
  supportValues === undefined
    ? { gradients: ["score"] as const }
    : { gradients: ["score", "enumerable"] as const, supportValues }

/** The whole numbers from one to another, or `undefined` where an end is not known beforehand. */
export const wholeNumbers = (low: Param, high: Param): (() => tf.Tensor) | undefined =>
  typeof low === "number" && typeof high === "number"
    ? () => tf.tensor1d(Float32Array.from({ length: high - low + 1 }, (_, i) => low + i))
    : undefined

/** All vectors of `parts` whole numbers from 0 that add up to `total`: C(total + parts − 1, parts − 1) of them. */
export const compositions = (total: Param, parts: number): (() => tf.Tensor) | undefined =>
  typeof total === "number" ? () => tf.tensor2d(splits(total, parts)) : undefined

const splits = (total: number, parts: number): Array<Array<number>> =>
  parts === 1
    ? [[total]]
    : Array.from({ length: total + 1 }, (_, first) => first).flatMap((first) =>
        splits(total - first, parts - 1).map((rest) => [first, ...rest])
      )
