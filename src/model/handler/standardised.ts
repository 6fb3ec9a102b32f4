import * as tf from "@tensorflow/tfjs"
import { Cauchy } from "../../dist/Cauchy.ts"
import type { Dist } from "../../dist/Dist.ts"
import { rootOfScaleTril } from "../../dist/formula/covarianceRoot.ts"
import { Gumbel } from "../../dist/Gumbel.ts"
import { Laplace } from "../../dist/Laplace.ts"
import { Logistic } from "../../dist/Logistic.ts"
import { Normal } from "../../dist/Normal.ts"
import { StudentT } from "../../dist/StudentT.ts"
import { type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"

/** A distribution as a location and a scale around a standard one: x = loc + scale · z. */
export interface Standardised {
  /** the distribution of z */
  readonly base: Dist
  readonly fromStandard: (z: tf.Tensor) => tf.Tensor
  readonly toStandard: (x: tf.Tensor) => tf.Tensor
}

/** The families of location and scale. */
export type LocationScale = keyof typeof families

type Parameters = ReturnType<Dist["parameters"]>

/** The standard distribution of one number for each family, or of as many as its shape parameters have. */
const families = {
  Normal: () => Normal(0, 1),
  Laplace: () => Laplace(0, 1),
  Cauchy: () => Cauchy(0, 1),
  Logistic: () => Logistic(0, 1),
  Gumbel: () => Gumbel(0, 1),
  StudentT: ({ df }: Parameters) => StudentT(df as Tensor | number, 0, 1),
  MultivariateNormal: () => Normal(0, 1)
} as const satisfies Readonly<Record<string, (parameters: Parameters) => Dist>>

/** The names of these families, in words. */
export const locationScaleFamilies: string = Object.keys(families).join(", ")

/** A distribution around its standard one, if its family has a location and a scale. */
export const standardised = (dist: Dist): Standardised | undefined => {
  if (!Object.hasOwn(families, dist.family)) return undefined
  const parameters = dist.parameters()
  const { loc = 0, scale = 1, scaleTril } = parameters
  const base = copies(families[dist.family as LocationScale](parameters), dist.shape)
  if (typeof scaleTril === "object") {
    const { color, whiten } = rootOfScaleTril(scaleTril)
    return { base, fromStandard: (z) => tf.add(loc, color(z)), toStandard: (x) => whiten(tf.sub(x, loc)) }
  }
  return {
    base,
    fromStandard: (z) => tf.add(loc, tf.mul(scale, z)),
    toStandard: (x) => tf.div(tf.sub(x, loc), scale)
  }
}

/** Independent copies of a standard distribution, as many as the shape asks for. */
const copies = (one: Dist, shape: Shape): Dist =>
  sameShape(one.shape, shape)
    ? one
    : shape.slice(0, shape.length - one.shape.length).reduceRight<Dist>((dist, n) => dist.iid(n), one)
