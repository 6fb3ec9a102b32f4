// Small linear algebra on plain arrays, for the exact answers of the examples.

export type Matrix = ReadonlyArray<ReadonlyArray<number>>

export const transpose = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN))

export const inner = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? Number.NaN), 0)

export const times = (a: Matrix, b: Matrix): Matrix => {
  const columns = transpose(b)
  return a.map((row) => columns.map((column) => inner(row, column)))
}

export const norm = (a: ReadonlyArray<number>): number => Math.sqrt(inner(a, a))

/** The largest difference between the entries of two matrices. */
export const farthest = (a: Matrix, b: Matrix): number =>
  Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - (b[i]?.[j] ?? Number.NaN)))))

/** Numbers row after row as a matrix. */
export const rowsOf = (numbers: ArrayLike<number>, columns: number): Matrix =>
  Array.from({ length: numbers.length / columns }, (_, i) =>
    Array.from({ length: columns }, (_, j) => numbers[i * columns + j] ?? Number.NaN)
  )

/** Each column less its mean. */
export const centred = (a: Matrix): Matrix => {
  const means = transpose(a).map((column) => column.reduce((x, y) => x + y, 0) / column.length)
  return a.map((row) => row.map((x, j) => x - (means[j] ?? Number.NaN)))
}

export const covariance = (a: Matrix): Matrix => {
  const b = centred(a)
  return times(transpose(b), b).map((row) => row.map((x) => x / a.length))
}

/** The eigenvalues of a symmetric positive matrix, largest first, with their vectors: by its powers, one after the other. */
export const eigen = (a: Matrix): ReadonlyArray<{ readonly value: number; readonly vector: ReadonlyArray<number> }> => {
  const found: Array<{ readonly value: number; readonly vector: ReadonlyArray<number> }> = []
  let left = a
  for (const _ of a) {
    let vector: ReadonlyArray<number> = a.map((_, i) => 1 + Math.sin(i))
    for (let k = 0; k < 3000; k++) {
      const next = left.map((row) => inner(row, vector))
      vector = next.map((x) => x / norm(next))
    }
    const value = inner(
      vector,
      left.map((row) => inner(row, vector))
    )
    found.push({ value, vector })
    left = left.map((row, i) => row.map((x, j) => x - value * (vector[i] ?? 0) * (vector[j] ?? 0)))
  }
  return found
}
