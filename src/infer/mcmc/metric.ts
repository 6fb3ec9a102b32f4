import { choleskyOf, halfway, solve } from "../fit/choleskyOf.ts"
import type { Numbers } from "./chainNumbers.ts"
import { roomFor } from "./room.ts"

/** The inverse M⁻¹ of the mass matrix: an estimate of the covariance of what is sampled. */
export interface Metric {
  /** M⁻¹p, put into a given array, or into a new one */
  readonly velocity: (momentum: Float64Array, into?: Float64Array) => Float64Array
  /** the diagonal of M⁻¹, where it has no other numbers */
  readonly variances?: Float64Array
  /** M x: the length of x in its own units is √(xᵀ M x) */
  readonly precision: (vector: Float64Array) => Float64Array
  /** p ~ N(0, M), put into a given array, or into a new one */
  readonly momentum: (numbers: Numbers, into?: Float64Array) => Float64Array
  /** a new array of as many numbers */
  readonly room: () => Float64Array
  /** log|M⁻¹|, of the estimate of the covariance */
  readonly logDeterminant: number
}

export type MetricKind = "diagonal" | "dense"

/** Variances of what is sampled, one for each number. */
export const diagonal = (variances: Float64Array): Metric => {
  const room = roomFor(variances.length)
  return {
    velocity: (momentum, velocity = room()) => {
      for (let i = 0; i < velocity.length; i++) velocity[i] = (momentum[i] ?? 0) * (variances[i] ?? 1)
      return velocity
    },
    variances,
    precision: (vector) => vector.map((x, i) => x / (variances[i] ?? 1)),
    momentum: ({ normal }, momentum = room()) => {
      for (let i = 0; i < momentum.length; i++) momentum[i] = normal() / Math.sqrt(variances[i] ?? 1)
      return momentum
    },
    room,
    logDeterminant: variances.reduce((sum, variance) => sum + Math.log(variance), 0)
  }
}

/** A covariance Σ = L Lᵀ: p = L⁻ᵀ n has the covariance Σ⁻¹. */
const dense = (
  covariance: ReadonlyArray<ReadonlyArray<number>>,
  lower: ReadonlyArray<ReadonlyArray<number>>
): Metric => {
  const size = lower.length
  const room = roomFor(size)
  const rows = Float64Array.from(covariance.flat())
  return {
    velocity: (momentum, velocity = room()) => {
      for (let i = 0, at = 0; i < size; i++) {
        let sum = 0
        for (let j = 0; j < size; j++) sum += (rows[at++] ?? 0) * (momentum[j] ?? 0)
        velocity[i] = sum
      }
      return velocity
    },
    precision: (vector) => Float64Array.from(solve(lower, Array.from(vector))),
    momentum: ({ normal }, momentum = room()) => {
      momentum.set(
        halfway(
          lower,
          lower.map(() => normal())
        )
      )
      return momentum
    },
    room,
    logDeterminant: lower.reduce((sum, row, i) => sum + 2 * Math.log(row[i] ?? Number.NaN), 0)
  }
}

export const unit = (size: number): Metric => diagonal(new Float64Array(size).fill(1))

/** A running estimate of a metric from draws. */
export interface MetricEstimate {
  readonly add: (draw: Float64Array) => void
  /** undefined where the estimate is no covariance */
  readonly metric: () => Metric | undefined
}

/** Stan's shrinkage of n draws' covariance towards 0.001 I (Stan reference manual, "Euclidean metric"). */
const shrinkage = (n: number): readonly [own: number, added: number] => [n / (n + 5), (1e-3 * 5) / (n + 5)]

/** The running mean and sums of squares of Welford (1962), of each number or of each pair. */
export const metricEstimateOf = (kind: MetricKind, size: number): MetricEstimate => {
  const mean = new Float64Array(size)
  const before = new Float64Array(size)
  const width = kind === "dense" ? size : 1
  const squares = new Float64Array(size * width)
  let n = 0
  const add = (draw: Float64Array): void => {
    n++
    for (let i = 0; i < size; i++) {
      before[i] = (draw[i] ?? 0) - (mean[i] ?? 0)
      mean[i] = (mean[i] ?? 0) + (before[i] ?? 0) / n
    }
    for (let i = 0; i < size; i++) {
      const after = (draw[i] ?? 0) - (mean[i] ?? 0)
      for (let j = 0; j < width; j++) {
        const at = i * width + j
        squares[at] = (squares[at] ?? 0) + after * (before[kind === "dense" ? j : i] ?? 0)
      }
    }
  }
  const metric = (): Metric | undefined => {
    if (n < 2) return undefined
    const [own, added] = shrinkage(n)
    const shrunk = squares.map((sum) => (own * sum) / (n - 1))
    if (kind === "diagonal") {
      const variances = shrunk.map((x) => x + added)
      return variances.every((x) => x > 0 && Number.isFinite(x)) ? diagonal(variances) : undefined
    }
    const entry = (i: number, j: number): number =>
      ((shrunk[i * size + j] ?? 0) + (shrunk[j * size + i] ?? 0)) / 2 + (i === j ? added : 0)
    const covariance = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => entry(i, j)))
    const lower = choleskyOf(covariance)
    return lower === undefined ? undefined : dense(covariance, lower)
  }
  return { add, metric }
}
