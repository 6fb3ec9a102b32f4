import { disarm } from "./disarm.ts"
import type { Estimator } from "./Estimator.ts"
import { enumerated } from "./enumeration.ts"
import { generalized } from "./gRep.ts"
import { implicit } from "./implicit.ts"
import { measureValued } from "./measureValued.ts"
import { nvil } from "./nvil.ts"
import { rebar } from "./rebar.ts"
import { reparameterized } from "./reparameterized.ts"
import { score } from "./score.ts"
import { straightThrough } from "./straightThrough.ts"
import { unorderedSet } from "./unorderedSet.ts"

/**
 * All estimators: a site gets the first one that applies to it. Those after the score function apply where it does, and are taken where they are asked for, or found better by a measurement. To add an
 * estimator, write its file, and a line here and in index.ts.
 */
export const estimators: ReadonlyArray<Estimator> = [
  straightThrough,
  enumerated,
  reparameterized,
  implicit,
  score,
  nvil,
  generalized,
  disarm,
  rebar(),
  measureValued,
  unorderedSet
]
