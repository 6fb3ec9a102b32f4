/** The tolerance of a sum of n float32 numbers that is near 1. */
export const slack = (n: number): number => (n + 8) * 2 ** -22
const at = (matrix: ArrayLike<number>, n: number, i: number, j: number): number => matrix[i * n + j] ?? Number.NaN
const indices = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)
export const sum = (xs: ArrayLike<number>): number => Array.from(xs).reduce((total, x) => total + x, 0)

export const lowerTriangular = (matrix: ArrayLike<number>, n: number): boolean =>
  indices(n).every((i) => at(matrix, n, i, i) > 0 && indices(n).every((j) => j <= i || at(matrix, n, i, j) === 0))

export const unitRows = (matrix: ArrayLike<number>, n: number): boolean =>
  indices(n).every((i) => Math.abs(sum(indices(n).map((j) => at(matrix, n, i, j) ** 2)) - 1) <= slack(n))

/** Symmetric up to rounding, with a Cholesky factor: every pivot is positive. */
export const positiveDefinite = (matrix: ArrayLike<number>, n: number): boolean => {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [at(matrix, n, i, j), at(matrix, n, j, i)]
      if (!(Math.abs(a - b) <= slack(n) * Math.sqrt(Math.abs(at(matrix, n, i, i) * at(matrix, n, j, j))))) return false
      const rest = (a + b) / 2 - sum(indices(j).map((k) => at(factor, n, i, k) * at(factor, n, j, k)))
      if (i === j && !(rest > 0)) return false
      factor[i * n + j] = i === j ? Math.sqrt(rest) : rest / at(factor, n, j, j)
    }
  }
  return true
}
