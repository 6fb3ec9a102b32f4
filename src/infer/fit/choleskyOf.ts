/** A matrix as rows of float64 numbers. */
type Matrix = ReadonlyArray<ReadonlyArray<number>>

/** The lower-triangular L with L Lᵀ = A; undefined if the symmetric matrix A is not positive definite. */
export const choleskyOf = (a: Matrix): Matrix | undefined => {
  const lower: Array<Array<number>> = []
  for (const [i, row] of a.entries()) {
    const current: Array<number> = Array.from(row, () => 0)
    lower.push(current)
    for (let j = 0; j <= i; j++) {
      const other = lower[j] ?? current
      let sum = row[j] ?? Number.NaN
      for (let k = 0; k < j; k++) sum -= (current[k] ?? 0) * (other[k] ?? 0)
      if (i === j && !(sum > 0 && Number.isFinite(sum))) return undefined
      current[j] = i === j ? Math.sqrt(sum) : sum / (other[j] ?? Number.NaN)
    }
  }
  return lower
}

/** x with L Lᵀ x = b. */
export const solve = (lower: Matrix, b: ReadonlyArray<number>): ReadonlyArray<number> => {
  const x: Array<number> = []
  for (const [i, row] of lower.entries()) {
    const known = x.reduce((sum, value, k) => sum + (row[k] ?? 0) * value, 0)
    x.push(((b[i] ?? 0) - known) / (row[i] ?? Number.NaN))
  }
  return halfway(lower, x)
}

/** x with Lᵀ x = b. */
export const halfway = (lower: Matrix, b: ReadonlyArray<number>): ReadonlyArray<number> => {
  const x = [...b]
  for (let i = b.length - 1; i >= 0; i--) {
    let sum = x[i] ?? 0
    for (let k = i + 1; k < b.length; k++) sum -= (lower[k]?.[i] ?? 0) * (x[k] ?? 0)
    x[i] = sum / (lower[i]?.[i] ?? Number.NaN)
  }
  return x
}

/** A⁻¹ of a symmetric positive definite matrix; NaN throughout for another one. */
export const inverseOf = (a: Matrix): Matrix => {
  const lower = choleskyOf(a)
  return a.map((row, i) =>
    lower === undefined
      ? row.map(() => Number.NaN)
      : solve(
          lower,
          row.map((_, j) => (i === j ? 1 : 0))
        )
  )
}
