import type { Numbers } from "../chainNumbers.ts"
import { dot, plus } from "../hamiltonian.ts"

/** A step along a path, and the change of the gradient of −log density over it. */
export interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
}

/** A covariance Σ: the inverse Hessian of −log density, as far as the steps of a path have seen it. */
export interface Curvature {
  /** Σv */
  readonly times: (v: Float64Array) => Float64Array
  /** xᵀΣ⁻¹x */
  readonly square: (x: Float64Array) => number
  /** log|Σ| */
  readonly logDeterminant: number
  /** a draw of N(0, Σ) */
  readonly draw: (numbers: Numbers) => Float64Array
}

/**
 * The inverse Hessian of L-BFGS: a diagonal, to which the update of Broyden, Fletcher, Goldfarb and Shanno is applied for each pair (s, y) in turn (Nocedal and Wright 2006, chapters 6 and 7). The update
 *
 *     Σ′ = (I − ρsyᵀ) Σ (I − ρysᵀ) + ρssᵀ,  ρ = 1/yᵀs,
 *
 * is also the covariance of x′ = x − ρs(yᵀx) + √ρ s n with x ~ N(0, Σ) and n ~ N(0, 1), so that a draw takes no factorisation. Its inverse and determinant follow from those of Σ and b = Σ⁻¹s:
 * Σ′⁻¹ = Σ⁻¹ − bbᵀ/sᵀb + yyᵀ/yᵀs and |Σ′| = |Σ| sᵀb/yᵀs.
 */
export const curvatureOf = (diagonal: Float64Array, pairs: ReadonlyArray<Pair>): Curvature => {
  const updates: Array<Update> = []
  let logDeterminant = diagonal.reduce((sum, x) => sum + Math.log(x), 0)
  for (const { step, change } of pairs) {
    const inverse = inverseTimes(diagonal, updates, step)
    const [slope, curved] = [dot(change, step), dot(step, inverse)]
    updates.push({ step, change, slope, inverse, curved })
    logDeterminant += Math.log(curved) - Math.log(slope)
  }
  return {
    logDeterminant,
    times: (v) => {
      let q: Float64Array = v
      const factors = updates.toReversed().map(({ step, change, slope }) => {
        const factor = dot(step, q) / slope
        q = plus(q, change, -factor)
        return factor
      })
      const first = q.map((x, i) => x * (diagonal[i] ?? 1))
      return updates.reduce<Float64Array>(
        (r, { step, change, slope }, i) =>
          plus(r, step, (factors[updates.length - 1 - i] ?? 0) - dot(change, r) / slope),
        first
      )
    },
    square: (x) =>
      updates.reduce(
        (sum, { change, slope, inverse, curved }) => sum + dot(change, x) ** 2 / slope - dot(inverse, x) ** 2 / curved,
        x.reduce((sum, each, i) => sum + each ** 2 / (diagonal[i] ?? 1), 0)
      ),
    draw: ({ normal }) =>
      updates.reduce<Float64Array>(
        (x, { step, change, slope }) => plus(x, step, normal() / Math.sqrt(slope) - dot(change, x) / slope),
        diagonal.map((variance) => Math.sqrt(variance) * normal())
      )
  }
}

interface Update extends Pair {
  /** yᵀs */
  readonly slope: number
  /** b = Σ⁻¹s before the update */
  readonly inverse: Float64Array
  /** sᵀb */
  readonly curved: number
}

/** Σ⁻¹v after some updates. */
const inverseTimes = (diagonal: Float64Array, updates: ReadonlyArray<Update>, v: Float64Array): Float64Array =>
  updates.reduce<Float64Array>(
    (sum, { change, slope, inverse, curved }) =>
      plus(plus(sum, change, dot(change, v) / slope), inverse, -dot(inverse, v) / curved),
    v.map((x, i) => x / (diagonal[i] ?? 1))
  )

/** The diagonal after one more step (Gilbert and Lemaréchal 1989; algorithm 3 of Zhang et al. 2022): that of the Hessian is updated as BFGS updates all of it. */
export const nextDiagonal = (diagonal: Float64Array, { step, change }: Pair): Float64Array => {
  const a = change.reduce((sum, y, i) => sum + y ** 2 * (diagonal[i] ?? 1), 0)
  const b = dot(change, step)
  const c = step.reduce((sum, s, i) => sum + s ** 2 / (diagonal[i] ?? 1), 0)
  const next = diagonal.map((alpha, i) => {
    const [s, y] = [step[i] ?? 0, change[i] ?? 0]
    return 1 / (a / (b * alpha) + y ** 2 / b - (a * s ** 2) / (b * c * alpha ** 2))
  })
  // positive but for rounding
  return next.every((x) => x > 0 && Number.isFinite(x)) ? next : diagonal
}

/** Whether a pair says anything of a curvature: −log density curves upwards along it (the condition of Zhang et al. 2022, algorithm 3). */
export const isCurved = ({ step, change }: Pair): boolean => dot(change, step) > 1e-12 * dot(change, change)
