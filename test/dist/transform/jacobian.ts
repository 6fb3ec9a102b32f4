import type * as tf from "@tensorflow/tfjs"
import type { Transform } from "../../../src/dist/transform/Transform.ts"
import { type Shape, sizeOf } from "../../../src/tensor/Tensor.ts"
import { derivative } from "../../support/finiteDifferences.ts"
import { compute, type Numbers, tensorOf } from "../../support/onCpu.ts"

/** A matrix of numbers, row by row. */
export type Matrix = ReadonlyArray<ReadonlyArray<number>>

/** ∂yᵢ/∂xⱼ of the numbers that are free to move, by finite differences, and how far from the truth each can be. */
export interface Jacobian {
  readonly values: Matrix
  readonly errors: Matrix
}

/** One value as plain data. */
export const numbersOf = (values: ReadonlyArray<number>, shape: Shape): Numbers => ({
  values: Float32Array.from(values),
  shape,
  dtype: "float32"
})

/** What a function of one value gives at some numbers. */
export const at = (f: (x: tf.Tensor) => tf.Tensor, x: Numbers): ReadonlyArray<number> => [
  ...compute(() => f(tensorOf(x))).values
]

/** Twenty operations one after the other, each rounded, give about this relative error (the square root of 20, doubled). */
export const accuracy = 8 * 2 ** -24

/** The Jacobian at x of a transform, between the free numbers before and after. */
export const jacobian = (
  { forward }: Pick<Transform, "forward">,
  x: Numbers,
  free: { readonly before: ReadonlyArray<number>; readonly after: ReadonlyArray<number> }
): Jacobian => {
  const seen = new Map<string, Numbers>()
  const evaluate = ([given]: ReadonlyArray<Numbers>): Numbers => {
    const key = given?.values.join() ?? ""
    const known = seen.get(key) ?? compute(() => forward(tensorOf(given as Numbers)))
    seen.set(key, known)
    return known
  }
  const width = sizeOf(evaluate([x]).shape)
  const entries = free.after.map((i) => {
    const weights = Array.from({ length: width }, (_, k) => (k === i ? 1 : 0))
    return free.before.map((j) => derivative(evaluate, [x], 0, j, weights, accuracy))
  })
  return {
    values: entries.map((row) => row.map(({ value }) => value)),
    errors: entries.map((row) => row.map(({ error }) => error))
  }
}

/** The inverse of a matrix and log|det|, in float64, by Gauss and Jordan's elimination with row exchanges. */
export const invert = (matrix: Matrix): { readonly inverse: Matrix; readonly logDet: number } => {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  const entry = (i: number, j: number): number => rows[i]?.[j] ?? Number.NaN
  let logDet = 0
  for (let j = 0; j < n; j++) {
    let best = j
    for (let i = j; i < n; i++) if (Math.abs(entry(i, j)) > Math.abs(entry(best, j))) best = i
    const [a, b] = [rows[j], rows[best]]
    if (a === undefined || b === undefined) throw new Error("the matrix is not square")
    rows[j] = b
    rows[best] = a
    const pivot = entry(j, j)
    logDet += Math.log(Math.abs(pivot))
    rows[j] = b.map((x) => x / pivot)
    for (let i = 0; i < n; i++) {
      if (i === j) continue
      const factor = entry(i, j)
      rows[i] = (rows[i] ?? []).map((x, k) => x - factor * entry(j, k))
    }
  }
  return { inverse: rows.map((row) => row.slice(n)), logDet }
}
