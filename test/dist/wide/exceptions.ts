/** A quantity of a family, or a divergence of a pair, that float32 does not give to 2e-6 of its size. */
export interface Exception {
  /** a family, or a pair as the KL table has it */
  readonly of: string
  readonly what: "logProb" | "entropy" | "mean" | "variance" | "kl" | "gradient"
  readonly where: (p: ReadonlyArray<number>) => boolean
  /** the worst relative error that was measured there, rounded up */
  readonly bound: number
  readonly because: string
}

const at = (p: ReadonlyArray<number>, i: number): number => p[i] ?? Number.NaN

const choleskyRounds = "a triangular system is solved in float32, whose rounding counts df times"

/** Each is said in the family's docs page, too. */
export const exceptions: ReadonlyArray<Exception> = [
  {
    of: "LowRankMultivariateNormal‖LowRankMultivariateNormal",
    what: "kl",
    where: ([, factor = 1, diagonal = 1]) => factor ** 2 / diagonal > 1e8,
    bound: 5e-6,
    because: "the covariance has a condition number of 1e9, and is solved with in float32"
  },
  {
    of: "LowRankMultivariateNormal‖LowRankMultivariateNormal",
    what: "gradient",
    where: ([, factor = 1, diagonal = 1]) => factor ** 2 / diagonal > 1e8,
    bound: 3e-3,
    because: "the covariance has a condition number of 1e9, and is solved with in float32"
  },
  { of: "Wishart", what: "gradient", where: (p) => at(p, 0) >= 1e4, bound: 3e-2, because: choleskyRounds }
]
