import { iaf, maf } from "./autoregressive.ts"
import { neuralSpline, realNvp } from "./coupling.ts"
import { linear } from "./linear.ts"
import { masks } from "./made.ts"
import { planar } from "./planar.ts"
import { radial } from "./radial.ts"
import { spline } from "./spline.ts"

/** Bijections with learned parameters. Nets are given to them as functions, with `Net.mlp` or without. */
export const Flow = { iaf, linear, maf, masks, neuralSpline, planar, radial, realNvp, spline }
