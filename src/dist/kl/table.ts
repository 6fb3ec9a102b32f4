import { discrete } from "./discrete.ts"
import { normal } from "./normal.ts"

/** Every pair of families whose Kullback–Leibler divergence has a closed form: the types of `klDivergence` are read off these keys. */
export const table = { ...normal, ...discrete } as const
