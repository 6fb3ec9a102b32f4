import { acrossFamilies } from "./acrossFamilies.ts"
import { circle } from "./circle.ts"
import { continuous } from "./continuous.ts"
import { discrete } from "./discrete.ts"
import { gamma } from "./gamma.ts"
import { gaussian } from "./gaussian.ts"
import { multivariate } from "./multivariate.ts"
import { normal } from "./normal.ts"
import { positive } from "./positive.ts"
import { relaxed } from "./relaxed.ts"
import { unitInterval } from "./unitInterval.ts"

/** Every pair of families whose Kullback–Leibler divergence has a closed form: the types of `klDivergence` are made from these keys. */
export const table = {
  ...normal,
  ...continuous,
  ...acrossFamilies,
  ...discrete,
  ...gamma,
  ...positive,
  ...unitInterval,
  ...circle,
  ...gaussian,
  ...multivariate,
  ...relaxed
} as const
