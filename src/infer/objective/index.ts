import { cubo } from "./cubo.ts"
import { doublyReparameterized, wakeSleepReparameterized } from "./doublyReparameterized.ts"
import { elbo } from "./elbo.ts"
import { freeBits } from "./freeBits.ts"
import { iwae } from "./iwae.ts"
import { renyi } from "./renyiBound.ts"
import { forwardKl, reweightedWakeSleep } from "./reweighted.ts"
import { sleep, wakeSleep } from "./sleep.ts"
import { stickingTheLanding } from "./stickingTheLanding.ts"
import { beta } from "./weighedKl.ts"

/** The losses that a fit can minimise. */
export const Objective = {
  elbo,
  iwae,
  beta,
  freeBits,
  stickingTheLanding,
  renyi,
  cubo,
  doublyReparameterized,
  reweightedWakeSleep,
  wakeSleepReparameterized,
  forwardKl,
  sleep,
  wakeSleep
}
