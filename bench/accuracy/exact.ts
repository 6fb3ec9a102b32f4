import { choleskyOf, solve } from "../../src/infer/fit/choleskyOf.ts"

/** The mean and the standard deviation of one number of a posterior. */
export interface Exact {
  readonly mean: number
  readonly sd: number
}

/** The posterior of the weights w ~ N(0, s²I) of a regression y ~ N(Xw, σ²): normal with precision XᵀX/σ² + I/s². */
export const regressionPosterior = (
  x: ReadonlyArray<ReadonlyArray<number>>,
  y: ReadonlyArray<number>,
  sigma: number,
  s: number
): ReadonlyArray<Exact> => {
  const d = x[0]?.length ?? 0
  const unit = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)))
  const precision = unit.map((row, i) =>
    row.map((e, j) => e / s ** 2 + x.reduce((sum, xs) => sum + (xs[i] ?? 0) * (xs[j] ?? 0), 0) / sigma ** 2)
  )
  const lower = choleskyOf(precision)
  if (lower === undefined) throw new Error("a precision is positive definite")
  const toY = unit.map((_, i) => x.reduce((sum, xs, n) => sum + (xs[i] ?? 0) * (y[n] ?? 0), 0) / sigma ** 2)
  const mean = solve(lower, toY)
  return unit.map((e, i) => ({ mean: mean[i] ?? Number.NaN, sd: Math.sqrt(solve(lower, e)[i] ?? Number.NaN) }))
}

/** Numbers of points of a grid that cover a density, with what is computed at each of them. */
export const onGrid = (
  axes: ReadonlyArray<readonly [low: number, high: number, points: number]>,
  at: (point: ReadonlyArray<number>) => { readonly log: number; readonly numbers: ReadonlyArray<Exact> }
): ReadonlyArray<Exact> => {
  const total = axes.reduce((product, [, , points]) => product * points, 1)
  const visit = (use: (log: number, numbers: ReadonlyArray<Exact>) => void): void => {
    for (let i = 0; i < total; i++) {
      let left = i
      const point = axes.map(([low, high, points]) => {
        const place = left % points
        left = Math.floor(left / points)
        return low + ((place + 0.5) / points) * (high - low)
      })
      const { log, numbers } = at(point)
      use(log, numbers)
    }
  }
  let largest = Number.NEGATIVE_INFINITY
  visit((log) => {
    largest = Math.max(largest, log)
  })
  let weights = 0
  const sums: Array<{ first: number; second: number }> = []
  visit((log, numbers) => {
    const weight = Math.exp(log - largest)
    weights += weight
    for (const [j, { mean, sd }] of numbers.entries()) {
      const sum = sums[j] ?? { first: 0, second: 0 }
      sums[j] = { first: sum.first + weight * mean, second: sum.second + weight * (mean ** 2 + sd ** 2) }
    }
  })
  return sums.map(({ first, second }) => {
    const mean = first / weights
    return { mean, sd: Math.sqrt(second / weights - mean ** 2) }
  })
}
