import { affine } from "./affine.ts"
import { angle } from "./angle.ts"
import { chain } from "./chain.ts"
import { correlationCholesky } from "./correlationCholesky.ts"
import { exp } from "./exp.ts"
import { fromReals } from "./fromReals.ts"
import { gram } from "./gram.ts"
import { identity } from "./identity.ts"
import { inverse } from "./inverse.ts"
import { log } from "./log.ts"
import { lowerCholesky, lowerCholeskySoftplus } from "./lowerCholesky.ts"
import { ordered } from "./ordered.ts"
import { permute } from "./permute.ts"
import { power } from "./power.ts"
import { reshape } from "./reshape.ts"
import { sigmoid } from "./sigmoid.ts"
import { softmaxCentred } from "./softmaxCentred.ts"
import { softplus } from "./softplus.ts"
import { stickBreaking } from "./stickBreaking.ts"
import type { Transform as Bijection } from "./Transform.ts"
import { tanh } from "./tanh.ts"

/** Smooth bijections between supports, with the logarithm of the factor by which each changes volumes: see {@link Transformed}. */
export const Transform = {
  affine,
  angle,
  chain,
  correlationCholesky,
  exp,
  fromReals,
  gram,
  identity,
  inverse,
  log,
  lowerCholesky,
  lowerCholeskySoftplus,
  ordered,
  permute,
  power,
  reshape,
  sigmoid,
  softmaxCentred,
  softplus,
  stickBreaking,
  tanh
}
export type Transform = Bijection
