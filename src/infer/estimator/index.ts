import type { Estimator } from "./Estimator.ts"
import { enumerated } from "./enumeration.ts"
import { implicit } from "./implicit.ts"
import { reparameterized } from "./reparameterized.ts"
import { score } from "./score.ts"
import { straightThrough } from "./straightThrough.ts"

/** All estimators, the best first: a site gets the first one that applies to it. To add an estimator, write its file and a line here. */
export const estimators: ReadonlyArray<Estimator> = [straightThrough, enumerated, reparameterized, implicit, score]
