import * as tf from "@tensorflow/tfjs"
import { affine } from "../../dist/transform/affine.ts"
import { compose } from "../../dist/transform/chain.ts"
import { elementwise } from "../../dist/transform/elementwise.ts"
import { exp } from "../../dist/transform/exp.ts"
import { fromReals } from "../../dist/transform/fromReals.ts"
import { identity } from "../../dist/transform/identity.ts"
import { sigmoid } from "../../dist/transform/sigmoid.ts"
import type { Transform } from "../../dist/transform/Transform.ts"
import { typed } from "../../tensor/Tensor.ts"
import type { Continuous } from "./AutoSite.ts"

/** One end of an interval: a number, which may be infinite, or a tensor of finite ones. */
export type End = tf.Tensor | number

/** The way from real numbers to a support; `ends` are those of an interval. */
export const wayTo = (support: Continuous, ends: readonly [low: End, high: End]): Transform =>
  support === "interval" ? between(...ends) : fromReals[support]

/** low + (high − low)·sigmoid(x), low + eˣ, high − eˣ, or x itself. */
const between = (low: End, high: End): Transform => {
  const [isLow, isHigh] = [low, high].map((end) => typeof end !== "number" || Number.isFinite(end))
  if (isLow && isHigh) return interval([sigmoid, moved(low, widthOf(low, high))])
  if (isLow) return interval([exp, moved(low, 1)])
  return interval([isHigh ? below(high) : identity])
}

const interval = (parts: ReadonlyArray<Transform>): Transform => compose(parts, { codomain: "interval" })

const moved = (by: End, width: End): Transform =>
  typeof by === "number" && typeof width === "number"
    ? affine(by, width)
    : affine(typed(tf.add(by, 0)), typed(tf.add(width, 0)))

/** The largest width with which float32 does not round low + width to a number above the end. */
const widthOf = (low: End, high: End): End => {
  if (typeof low !== "number" || typeof high !== "number") return tf.mul(tf.sub(high, low), 1 - 2 ** -23)
  const width = Math.fround(high - low)
  return Math.fround(Math.fround(low) + width) <= Math.fround(high) ? width : width * (1 - 2 ** -23)
}

const below = (high: End): Transform =>
  elementwise({
    name: "below(…)",
    domain: "real",
    codomain: "interval",
    direction: "decreasing",
    forward: (x) => tf.sub(high, tf.exp(x)),
    inverse: (y) => tf.log(tf.sub(high, y)),
    logSlope: (x) => x
  })
