import type { Dataset } from "../../../src/data/Dataset.ts"
import { mixingOf } from "../../../src/infer/mcmc/diagnostics.ts"

/** (mean − exact) in standard errors, of one number of each draw. */
export const zOf = ({ values, size }: Dataset, chains: number, of: (x: number) => number, exact: number): number => {
  const each = Array.from({ length: chains }, (_, c) =>
    Float64Array.from(values.slice((c * size) / chains, ((c + 1) * size) / chains), of)
  )
  return (each.flatMap((x) => [...x]).reduce((sum, x) => sum + x, 0) / size - exact) / mixingOf(each).mcse
}
