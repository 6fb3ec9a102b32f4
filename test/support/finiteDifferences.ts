import type { Numbers } from "./onCpu.ts"

/** A derivative estimated from values of the function alone, and how far from the truth it can be. */
export interface Estimate {
  readonly value: number
  readonly error: number
}

const h = 2 ** -7
const eps = 2 ** -24

/**
 * The derivative of Σ wᵢ·f(x)ᵢ along one coordinate of one operand, by the five-point central difference
 * D(h) = [8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))] / 12h, whose truncation error is O(h⁴), so that |D(2h) − D(h)|/15 estimates it.
 *
 * `f` gives float32 numbers, each with a relative error of `accuracy` (or that absolutely, when it is small); their weighted sum is taken in
 * float64, so that rounding adds at most (16 + 2)/12h · Σ|wᵢ|·accuracy·max(1, |fᵢ|). Steps are powers of two: x ± h is exact for an x on a grid.
 */
export const derivative = (
  f: (operands: ReadonlyArray<Numbers>) => Numbers,
  operands: ReadonlyArray<Numbers>,
  operand: number,
  coordinate: number,
  weights: ArrayLike<number>,
  accuracy = eps
): Estimate => estimate(around(operands, operand, coordinate).map(f), weights, accuracy)

/** The operands at which a derivative is estimated, for callers that evaluate many of them at once. */
export const around = (
  operands: ReadonlyArray<Numbers>,
  operand: number,
  coordinate: number
): ReadonlyArray<ReadonlyArray<Numbers>> =>
  steps.map((step) => operands.map((value, i) => (i === operand ? shifted(value, coordinate, step) : value)))

const steps = [h, -h, 2 * h, -2 * h, 4 * h, -4 * h]

/** The derivative from the values at these operands. */
export const estimate = (values: ReadonlyArray<Numbers>, weights: ArrayLike<number>, accuracy = eps): Estimate => {
  let magnitude = 0
  const sums = values.map(({ values }) => {
    let sum = 0
    let size = 0
    for (let i = 0; i < values.length; i++) {
      const [y, w] = [values[i] as number, weights[i] as number]
      sum += w * y
      size += Math.abs(w) * Math.max(1, Math.abs(y))
    }
    magnitude = Math.max(magnitude, size)
    return sum
  })
  const [one, two, four] = [0, 2, 4].map((i) => (sums[i] as number) - (sums[i + 1] as number)) as [
    number,
    number,
    number
  ]
  const fine = (8 * one - two) / (12 * h)
  const coarse = (8 * two - four) / (24 * h)
  return { value: fine, error: Math.abs(coarse - fine) / 15 + (18 / (12 * h)) * accuracy * magnitude }
}

const shifted = (value: Numbers, coordinate: number, step: number): Numbers => {
  const values = Float32Array.from(value.values)
  values[coordinate] = (values[coordinate] as number) + step
  return { ...value, values }
}
