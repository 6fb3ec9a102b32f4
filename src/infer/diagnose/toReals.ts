import type { Support } from "../../dist/Support.ts"

/** The way from a support to the real line along which an sd means the same at each place. */
export const toReals = (support: Support): ((x: number) => number) => {
  if (support === "positive" || support === "nonNegative") return (x) => Math.log(Math.max(x, 1e-38))
  if (support === "unitInterval")
    return (x) => {
      const inside = Math.min(Math.max(x, 1e-7), 1 - 1e-7)
      return Math.log(inside) - Math.log1p(-inside)
    }
  return (x) => x
}
