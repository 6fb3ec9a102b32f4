import fc from "fast-check"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { interval, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"
import { type Row, vector } from "../laws/Row.ts"

/** The sizes of the logarithms of beta functions of which log B(α) is the sum. */
const betaSize = (alpha: ReadonlyArray<number>): number => {
  const total = alpha.reduce((sum, a) => sum + a, 0)
  return alpha.reduce((sum, a) => sum + a * (1 + Math.log(total / a)) + Math.abs(Math.log(a)) + 1, 0)
}

export const dirichlet: Row<{ readonly concentration: ReadonlyArray<number> }> = {
  family: "Dirichlet",
  make: ({ concentration }) => Dirichlet(concentration),
  settings: fc.record({ concentration: vector(1.05, 5, 3) }),
  // sticks broken off: x₁ = u, x₂ = (1 − u) v, the rest
  domain: () =>
    mapped(product([interval(0, 1), interval(0, 1)]), ([u = 0, v = 0]) => ({
      point: [u, (1 - u) * v, (1 - u) * (1 - v)],
      volume: 1 - u
    })),
  terms: (x: ReadonlyArray<number>, { concentration }) =>
    x.reduce((sum, value, i) => sum + (Math.abs((concentration[i] ?? 1) - 1) + 1) * Math.abs(Math.log(value)), 0) +
    betaSize(concentration),
  sizes: {
    // m (1 − m) takes the rounding of a mean near 1
    variance: ({ concentration }) => 1 / (1 + concentration.reduce((sum, a) => sum + a, 0)),
    // Σ (αᵢ − 1) (ψ(αᵢ) − ψ(Σ α)) cancels log B(α)
    entropy: ({ concentration }) => {
      const total = concentration.reduce((sum, a) => sum + a, 0)
      return (
        betaSize(concentration) +
        concentration.reduce((sum, a) => sum + Math.abs(a - 1) * (1 / a + 2 * Math.abs(Math.log(total)) + 1), 0)
      )
    }
  },
  outside: ({ concentration }) => [
    concentration.map((_, i) => (i === 0 ? -0.5 : i === 1 ? 1.5 : 0.25)),
    concentration.map((_, i) => (i === 0 ? 1.25 : -0.25))
  ]
}
