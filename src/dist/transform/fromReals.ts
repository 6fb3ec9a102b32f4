import type { Support } from "../Support.ts"
import { angle } from "./angle.ts"
import { chain } from "./chain.ts"
import { correlationCholesky } from "./correlationCholesky.ts"
import { exp } from "./exp.ts"
import { gram } from "./gram.ts"
import { identity } from "./identity.ts"
import { lowerCholesky } from "./lowerCholesky.ts"
import { ordered } from "./ordered.ts"
import { sigmoid } from "./sigmoid.ts"
import { stickBreaking } from "./stickBreaking.ts"
import type { Transform } from "./Transform.ts"

/**
 * For each support of a density, the transform from real numbers onto it, up to points of probability 0. An interval has none, because its bounds are
 * a distribution's parameters. Supports of masses have none either.
 */
export const fromReals = {
  real: identity,
  positive: exp,
  nonNegative: exp,
  unitInterval: sigmoid,
  interval: undefined,
  circle: angle,
  boolean: undefined,
  integer: undefined,
  natural: undefined,
  positiveInteger: undefined,
  integerInterval: undefined,
  category: undefined,
  oneHot: undefined,
  simplex: stickBreaking,
  ordered,
  positiveDefinite: chain(lowerCholesky, gram),
  lowerCholesky,
  correlationCholesky
} as const satisfies Readonly<Record<Support, Transform<"real"> | undefined>>
