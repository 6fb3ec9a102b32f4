import * as tf from "@tensorflow/tfjs"
import type { Param } from "../../tensor/Tensor.ts"

/** The gradients of a distribution of counts up to `N`: it can be enumerated if `N` is a plain number, which is known before anything is computed. */
export type GradientUpTo<N extends Param> = N extends number ? "score" | "enumerable" : "score"

/** The closed form that belongs to `enumerable`. */
export type ValuesUpTo<N extends Param> = N extends number ? "supportValues" : never

/** The gradients of a family of counts, and its values if they are known before anything is computed. */
export const enumerated = (supportValues: (() => tf.Tensor) | undefined) =>
  supportValues === undefined
    ? { gradients: ["score"] as const }
    : { gradients: ["score", "enumerable"] as const, supportValues }

/** The whole numbers from one to another, or `undefined` if a bound is not a plain number. */
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
