import type { Judged } from "../judged.ts"
import { groups } from "./groups.ts"
import { lifetimes } from "./lifetimes.ts"
import { mixtures } from "./mixtures.ts"
import { regressions } from "./regressions.ts"
import { sequences } from "./sequences.ts"
import { vectors } from "./vectors.ts"

/** Each program that is written in Stan, in scripts/fixtures/stan/programs, by the same name. */
export const programs: Readonly<Record<string, Judged>> = {
  ...regressions,
  ...groups,
  ...mixtures,
  ...sequences,
  ...vectors,
  ...lifetimes
}
