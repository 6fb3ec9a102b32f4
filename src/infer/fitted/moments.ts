/** Mean and standard deviation of numbers, with n − 1 in the denominator. */
export const momentsOf = (values: Float64Array): { readonly mean: number; readonly sd: number } => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) }
}

/**
 * Linear between the two nearest numbers (Hyndman and Fan 1996, definition 7, as in R and NumPy).
 *
 * @param sorted numbers in increasing order; NaN come last
 */
export const quantileOf = (sorted: Float64Array, p: number): number => {
  if (Number.isNaN(sorted.at(-1))) return Number.NaN
  const place = p * (sorted.length - 1)
  const low = Math.floor(place)
  const [a = Number.NaN, b = a] = [sorted[low], sorted[low + 1]]
  return place === low ? a : a + (place - low) * (b - a)
}

/** The middle number, or the mean of the two in the middle, which may be infinite. */
export const medianOf = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [a = Number.NaN, b = a] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return a === b ? a : (a + b) / 2
}
