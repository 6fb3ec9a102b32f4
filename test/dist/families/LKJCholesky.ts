import fc from "fast-check"
import { LKJCholesky } from "../../../src/dist/LKJCholesky.ts"
import type { Matrix } from "../../support/matrices.ts"
import { interval, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"
import { number, type Row } from "../laws/Row.ts"

const n = 3

/** log Γ(a) − log Γ(a + m/2) for m = 1, …, n − 1: about m/2 log a each, and as much for the powers of π. */
export const constantSize = (eta: number, order = n): number =>
  (order ** 2 * (2 + Math.abs(Math.log(eta + order)))) / 4 + Math.abs(Math.log(eta)) + order

/** Σ (a − 1) (ψ(a) − ψ(a + m/2)), of differences of logarithms, beside it. */
export const entropySize = (eta: number, order = n): number =>
  constantSize(eta, order) + order * (eta + order) * (1 + Math.abs(Math.log(eta + order)) + 1 / eta)

export const termsOf = (x: Matrix, eta: number): number =>
  x.reduce(
    (sum, row, i) => {
      const power = 2 * eta + x.length + 2
      return sum + (i === 0 ? 0 : power * Math.abs(Math.log(row[i] ?? 1)))
    },
    constantSize(eta, x.length)
  )

export const lkjCholesky: Row<{ readonly concentration: number }> = {
  family: "LKJCholesky",
  make: ({ concentration }) => LKJCholesky(n, concentration),
  settings: fc.record({ concentration: number(1.05, 4) }),
  // L₂₁ = r, and of the disc to which (L₃₁, L₃₂) belongs L₃₁ = s and L₃₂ = √(1 − s²) t
  domain: () =>
    mapped(product([interval(-1, 1), interval(-1, 1), interval(-1, 1)], 40), ([r = 0, s = 0, t = 0]) => {
      const rest = Math.sqrt(1 - s * s)
      return {
        point: [
          [1, 0, 0],
          [r, Math.sqrt(1 - r * r), 0],
          [s, rest * t, rest * Math.sqrt(1 - t * t)]
        ],
        volume: rest
      }
    }),
  terms: (x: Matrix, { concentration }) => termsOf(x, concentration),
  sizes: {
    // E[Lᵢᵢ] is the exponential of a difference of logarithms of beta functions, and the variance E[Lᵢᵢ²] − E[Lᵢᵢ]²
    mean: ({ concentration }) => constantSize(concentration),
    variance: ({ concentration }) => 2 * constantSize(concentration),
    entropy: ({ concentration }) => entropySize(concentration)
  },
  outside: () => [
    [
      [1, 0, 0],
      [0, -1, 0],
      [0, 0, 1]
    ],
    [
      [1, 0, 0],
      [0, 1, 0],
      [0.8, 0, -0.6]
    ]
  ]
}
