/** Matrices in float64, as tests need them to say how far rounding may lead. */
export type Matrix = ReadonlyArray<ReadonlyArray<number>>
export type Vector = ReadonlyArray<number>

const at = (matrix: Matrix, i: number, j: number): number => matrix[i]?.[j] ?? 0
const indices = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

export const matrixOf = (n: number, m: number, entry: (i: number, j: number) => number): Matrix =>
  indices(n).map((i) => indices(m).map((j) => entry(i, j)))

export const identity = (n: number): Matrix => matrixOf(n, n, (i, j) => (i === j ? 1 : 0))
export const absolute = (matrix: Matrix): Matrix => matrix.map((row) => row.map(Math.abs))
export const transposed = (matrix: Matrix): Matrix =>
  matrixOf(matrix[0]?.length ?? 0, matrix.length, (i, j) => at(matrix, j, i))
export const add = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + at(b, i, j)))
export const lower = (matrix: Matrix): Matrix => matrix.map((row, i) => row.map((x, j) => (j <= i ? x : 0)))

export const times = (a: Matrix, b: Matrix): Matrix =>
  matrixOf(a.length, b[0]?.length ?? 0, (i, j) => (a[i] ?? []).reduce((sum, x, k) => sum + x * at(b, k, j), 0))

export const timesVector = (a: Matrix, v: Vector): Vector =>
  a.map((row) => row.reduce((sum, x, j) => sum + x * (v[j] ?? 0), 0))

/** The Cholesky factor. */
export const cholesky = (matrix: Matrix): Matrix => {
  const factor = matrix.map((row) => row.map(() => 0))
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = indices(j).reduce((sum, k) => sum - at(factor, i, k) * at(factor, j, k), at(matrix, i, j))
      const row = factor[i] as Array<number>
      row[j] = i === j ? Math.sqrt(rest) : rest / at(factor, j, j)
    }
  }
  return factor
}

/** The inverse of a lower-triangular matrix. */
export const lowerInverse = (triangle: Matrix): Matrix => {
  const inverse = triangle.map((row) => row.map(() => 0))
  for (let j = 0; j < triangle.length; j++) {
    for (let i = j; i < triangle.length; i++) {
      const rest = indices(i).reduce((sum, k) => sum - at(triangle, i, k) * at(inverse, k, j), i === j ? 1 : 0)
      const row = inverse[i] as Array<number>
      row[j] = rest / at(triangle, i, i)
    }
  }
  return inverse
}

/** The inverse of a positive definite matrix. */
export const inverse = (matrix: Matrix): Matrix => {
  const root = lowerInverse(cholesky(matrix))
  return times(transposed(root), root)
}

/** The largest of the sums of a matrix's rows, without signs. */
export const rowNorm = (matrix: Matrix): number =>
  Math.max(...absolute(matrix).map((row) => row.reduce((sum, x) => sum + x, 0)))

/** Skeel's condition ‖ |L⁻¹| |L| ‖ of a triangle, which does not count badly scaled rows: by so much solving with it can enlarge a rounding error. */
export const skeel = (triangle: Matrix): number => rowNorm(times(absolute(lowerInverse(triangle)), absolute(triangle)))
