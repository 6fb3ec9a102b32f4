import {
  absolute,
  cholesky,
  inverse,
  lower,
  lowerInverse,
  type Matrix,
  skeel,
  times,
  timesVector,
  transposed,
  type Vector
} from "../../support/matrices.ts"
import { bell, type Domain, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"

/** One of the ways to give the covariance of a normal vector. */
export interface Scale {
  readonly covariance?: Matrix | undefined
  readonly precision?: Matrix | undefined
  readonly scaleTril?: Matrix | undefined
}

export const rootOf = ({ covariance, precision, scaleTril }: Scale): Matrix => {
  if (scaleTril !== undefined) return lower(scaleTril)
  if (covariance !== undefined) return cholesky(covariance)
  if (precision !== undefined) return cholesky(inverse(precision))
  throw new Error("no matrix is given")
}

interface Sizes {
  /** z = L⁻¹ (x − loc) */
  readonly z: Vector
  /** the size of ½ |z|² and of the rounding in it, in units of a rounding */
  readonly squares: number
  /** the size of log |L|, likewise */
  readonly logDet: number
}

/**
 * Sizes for the terms of a log density with (x − loc)ᵀ (L Lᵀ)⁻¹ (x − loc). Solving with L gives z up to |L⁻¹| |L| |z| roundings (Higham 2002, theorem 8.5); the
 * factorisation of the covariance or of the precision enlarges them by L's condition once more.
 */
export const sizesOf = (root: Matrix, factorised: boolean, x: Vector, loc: Vector): Sizes => {
  const away = lowerInverse(root)
  const z = timesVector(
    away,
    x.map((value, i) => value - (loc[i] ?? 0))
  )
  const reach = absolute(away)
  const solving = timesVector(times(reach, absolute(root)), z.map(Math.abs))
  const ends = timesVector(
    reach,
    x.map((value, i) => Math.abs(value) + Math.abs(loc[i] ?? 0))
  )
  const condition = factorised ? skeel(root) ** 2 * root.length : 1
  const rounding = z.reduce((sum, value, i) => {
    return sum + Math.abs(value) * (condition * (solving[i] ?? 0) + (ends[i] ?? 0) + Math.abs(value))
  }, 0)
  const logs = root.reduce((sum, row, i) => sum + Math.abs(Math.log(row[i] ?? 1)) + 1, 0)
  return { z, squares: rounding, logDet: logs + (factorised ? condition : 0) }
}

/** Where a density of vectors with scale L is summed: z over the plane, x = loc + L z. */
export const around = (loc: Vector, root: Matrix, axis: Domain = bell(0, 1)): Domain =>
  mapped(product(root.map(() => axis)), (z) => ({
    point: timesVector(root, z).map((value, i) => value + (loc[i] ?? 0)),
    volume: root.reduce((volume, row, i) => volume * (row[i] ?? 1), 1)
  }))

export const squared = (root: Matrix): Matrix => times(root, transposed(root))
