import * as tf from "@tensorflow/tfjs"
import type { Alike, Param } from "../../tensor/Tensor.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { spread } from "../Dist.ts"
import { type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed, Linear } from "./Transform.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * y = loc + scale·x, log|dy/dx| = log scale.
 *
 * @param loc, scale numbers, or tensors of the value's shape; the scale above 0
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Transformed(Normal(0, 1), Transform.affine(1, 2)).variance() // => 4
 * ```
 */
export function affine(loc: number, scale: number): Affine & Fixed
export function affine<const A extends Param, const B extends Param>(loc: A, scale: B & Alike<A, B>): Affine
export function affine(loc: Param, scale: Param): Affine {
  return {
    ...elementwise({
      name: "affine(…)",
      domain: "real",
      codomain: "real",
      direction: "increasing",
      parameterShape: shapeOfParameters("affine", constraints, { loc, scale }),
      forward: (x) => tf.add(loc, tf.mul(scale, x)),
      inverse: (y) => tf.div(tf.sub(y, loc), scale),
      logSlope: (x) => spread(tf.log(scale), x.shape)
    }),
    ...(typeof loc === "number" &&
      typeof scale === "number" && {
        ofNumbers: { forward: (x: number) => loc + scale * x, inverse: (y: number) => (y - loc) / scale }
      }),
    varianceOf: (variance) => tf.mul(tf.square(scale), variance)
  }
}

type Affine = Elementwise<"real", "real", "affine(…)", "increasing"> & Linear
