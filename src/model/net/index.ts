import { flow } from "effect"
import { batchNorm } from "./batchNorm.ts"
import { conv2d, convTranspose2d, maxPool2d } from "./conv2d.ts"
import { activation, dense, flatten, residual, unflatten } from "./dense.ts"
import { dropout } from "./dropout.ts"
import { fromLayers } from "./fromLayers.ts"
import { mlp } from "./mlp.ts"
import { attention, embedding, gru, layerNorm } from "./sequence.ts"

/** Neural networks of one datum: layers are functions, and a net is one too. Batches, particles and plates are added by the library. */
export const Net = {
  mlp,
  fromLayers,
  dense,
  activation,
  /** Layers one after the other, each given the result of the one before. */
  sequential: flow,
  residual,
  flatten,
  unflatten,
  conv2d,
  convTranspose2d,
  maxPool2d,
  layerNorm,
  batchNorm,
  dropout,
  embedding,
  gru,
  attention
}
