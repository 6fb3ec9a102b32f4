import * as tf from "@tensorflow/tfjs"
import type { Dist, Gradient } from "../../dist/Dist.ts"
import { type Kinds, kindOf, type Support } from "../../dist/Support.ts"
import { Transformed } from "../../dist/Transformed.ts"
import { identity } from "../../dist/transform/identity.ts"
import { positive } from "../../dist/transform/parameters.ts"
import type { Transform } from "../../dist/transform/Transform.ts"
import { type Shape, typed } from "../../tensor/Tensor.ts"
import { currentStore, type Init, type ParamRequest } from "../Param.ts"

/** The supports on which distributions have densities. */
export type Continuous = { readonly [P in Support]: Kinds[P] extends "density" ? P : never }[Support]

export const isContinuous = (support: Support): support is Continuous => kindOf[support] === "density"

/** A latent site that is guided automatically: what a first run of the model alone says of it. */
export interface AutoSite {
  readonly name: string
  /** the plate that it stands in, if any */
  readonly plates: ReadonlyArray<string>
  readonly support: Continuous
  /** the shape of the real numbers that stand for its value */
  readonly real: Shape
  /** from these real numbers to the support; it may hold tensors, so it is made while a program is recorded */
  readonly way: () => Transform
  /** the real numbers at which the guide begins, row by row */
  readonly start: ReadonlyArray<number>
}

/** A site that was drawn before, with its value as one vector of real numbers. */
export interface Earlier {
  readonly site: AutoSite
  readonly reals: () => tf.Tensor
}

/** A learned tensor that begins at the given numbers; in a plate one for each of its rows. */
export const learned = (
  name: string,
  shape: Shape,
  start: number | ReadonlyArray<number>,
  { plates }: Pick<AutoSite, "plates"> = { plates: [] }
): tf.Tensor => ask({ name, shape, init: beginning(start), support: "real", plate: plates.at(-1) })

/** The same for numbers above 0. */
export const learnedPositive = (
  name: string,
  shape: Shape,
  start: number,
  { plates }: Pick<AutoSite, "plates"> = { plates: [] }
): tf.Tensor => {
  const init = beginning(positive.toReal(start))
  return positive.fromReal(ask({ name, shape, init, support: "positive", plate: plates.at(-1) }))
}

/** A learned matrix that begins with small random numbers, by the fit's seed. */
export const learnedRandom = (name: string, shape: Shape, bound: number): tf.Tensor =>
  ask({ name, shape, init: { kind: "uniform", bound }, support: "real", plate: undefined })

const ask = (request: ParamRequest): tf.Tensor => currentStore(request.name).get(request)

const beginning = (start: number | ReadonlyArray<number>): Init => {
  if (typeof start === "number") return { kind: "constant", value: start }
  const [first = 0] = start
  return start.every((x) => x === first) ? { kind: "constant", value: first } : { kind: "values", values: start }
}

/** A distribution of real numbers, mapped to the support of a site. */
export const mapped = (site: AutoSite, base: Dist<Shape, "real", Gradient>): Dist => {
  const way = site.way()
  if (way === identity) return base
  const transformed: Dist = Transformed<Dist<Shape, Support, Gradient>, Transform>(base, way)
  return transformed
}

/** The value of a site as one vector of real numbers. */
export const realsOf = (site: AutoSite, value: tf.Tensor): tf.Tensor => tf.reshape(site.way().inverse(value), [-1])

export const shaped = (vector: tf.Tensor, shape: Shape): tf.Tensor => typed(tf.reshape(vector, [...shape]))

/** The same distribution, with the guide's name for the plan. */
export const remarked = (dist: Dist, remark: string): Dist => ({
  ...dist,
  remark: [remark, ...(dist.remark === undefined ? [] : [dist.remark])].join("; ")
})
