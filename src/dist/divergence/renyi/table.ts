import { bounded } from "./bounded.ts"
import { counts } from "./counts.ts"
import { gammas } from "./gammas.ts"
import { gaussian } from "./gaussian.ts"

/** Every pair of families whose Rényi divergence has a closed form: the types of `renyiDivergence` are made from these keys. */
export const renyiTable = {
  ...gaussian,
  ...gammas,
  ...counts,
  ...bounded
} as const
