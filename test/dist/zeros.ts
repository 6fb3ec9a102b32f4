import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { expect } from "vitest"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { tidied } from "./laws/evaluate.ts"

export const inf = Number.POSITIVE_INFINITY
export const of = (x: tf.Tensor): Tensor => Tensor.of(x.shape, x)
export const number = (x: number): Tensor<readonly []> => Tensor.of([], tf.scalar(x))
export const vector = (x: ReadonlyArray<number>): Tensor<readonly [number]> =>
  Tensor.of([x.length], tf.tensor1d([...x]))

/** Equal up to the rounding of float32, or both the same infinity. */
export const close = (actual: number, expected: number, tolerance = 2e-6): void => {
  if (Number.isFinite(expected))
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)))
  else expect(actual).toBe(expected)
}
export const closeAll = (actual: ArrayLike<number>, expected: ReadonlyArray<number>, tolerance = 2e-6): void => {
  expect(actual.length).toBe(expected.length)
  expected.forEach((each, i) => {
    close(actual[i] as number, each, tolerance)
  })
}

/** A probability, or none of it, of which another part of the number line has what is left. */
export const xlogy = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(y))
export const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, x) => total + x, 0)
export const shares = (xs: ReadonlyArray<number>): ReadonlyArray<number> => xs.map((x) => x / sum(xs))

/** Probabilities of four labels, of which at least one is 0 and one is not. */
export const weights = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }), fc.nat(3), fc.nat(3))
  .map(([counts, none, some]) => counts.map((n, i) => (i === none ? 0 : i === some ? n + 1 : n)))
  .filter((counts) => sum(counts) > 0)
  .map(shares)

/** The derivative of a function of several numbers from 0, of which none leaves that range: one-sided where a number is 0. */
export const slopes = (f: (x: ReadonlyArray<number>) => number, x: ReadonlyArray<number>): ReadonlyArray<number> =>
  x.map((at, i) => {
    const h = 1e-6
    const moved = (by: number): number => f(x.map((each, j) => (i === j ? at + by : each)))
    return at === 0 ? (-3 * moved(0) + 4 * moved(h) - moved(2 * h)) / (2 * h) : (moved(h) - moved(-h)) / (2 * h)
  })

export const gradient = (f: (x: Tensor) => tf.Tensor, at: () => tf.Tensor): ReadonlyArray<number> => [
  ...tidied(() =>
    tf
      .grad((x) => f(of(x)).sum())(at())
      .dataSync()
  )
]
