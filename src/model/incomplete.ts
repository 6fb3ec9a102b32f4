import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { positionsOf } from "../dist/combine/copies.ts"
import { Marginal } from "../dist/combine/Marginal.ts"
import { Masked } from "../dist/combine/Masked.ts"
import type { Dist } from "../dist/Dist.ts"
import type { Support } from "../dist/Support.ts"
import { GuideMismatch } from "../Errors.ts"
import { type Refused, type Shape, type Tensor, typed } from "../tensor/Tensor.ts"
import { Interpreter } from "./Interpreter.ts"
import { type Missing, partsOf } from "./missingValue.ts"
import { type Latent, observe, type Scored, type Value } from "./Site.ts"

/** `unknown` for a family that `masked` takes; otherwise which site to use, in words. */
type Apart<D> =
  D extends Dist<Shape, Support, string, "MultivariateNormal">
    ? Refused<"the numbers of a MultivariateNormal go together: use marginal, which is exact, or imputed">
    : unknown

/**
 * Observes a value with holes under a distribution of independent numbers: log p counts the numbers that are there. Right where what is missing says
 * nothing about the numbers themselves (missing at random: Rubin, 1976).
 *
 * @throws GuideMismatch for a distribution whose numbers go together
 * @example
 * ```ts
 * const rows = plate("rows", (row: { readonly y: Missing<Tensor<[3]>> }) => masked("y", Normal(0, 1).iid(3), row.y))
 * ```
 */
export const masked = <const N extends string, D extends Dist>(
  name: N,
  dist: D & Apart<D>,
  value: Missing<NoInfer<Value<D>>>
): Effect.Effect<void, never, Scored<N, D>> => {
  const base: Dist = dist
  return sited(
    Effect.suspend(() => {
      if (base.eventRank > 0) throw together(name, base)
      const { value: numbers, seen } = partsOf(value, name)
      return Effect.asVoid(observe(name, Masked(base, seen), numbers))
    })
  )
}

/**
 * Observes a vector with holes under a family that has the distribution of any of its numbers in closed form: log p is the exact one of those that are
 * there, as if the others had been integrated out.
 *
 * @throws GuideMismatch for another family than MultivariateNormal
 * @example
 * ```ts
 * const rows = plate("rows", (row: { readonly y: Missing<Tensor<[3]>> }) =>
 *   marginal("y", MultivariateNormal(Tensor.of([3], tf.zeros([3])), { covariance: Tensor.of([3, 3], tf.eye(3)) }), row.y)
 * )
 * ```
 */
export const marginal = <const N extends string, D extends Dist>(
  name: N,
  dist: D & Dist<D["shape"], "real", string, "MultivariateNormal">,
  value: Missing<NoInfer<Value<D>>>
): Effect.Effect<void, never, Scored<N, D>> => {
  const base: Dist = dist
  return sited(
    Effect.suspend(() => {
      if (base.family !== "MultivariateNormal") throw together(name, base)
      const { value: numbers, seen } = partsOf(value, name)
      return Effect.asVoid(observe(name, Marginal(base, seen), numbers))
    })
  )
}

/**
 * Observes a value with holes under any distribution with a density, by making the holes latent: the site `name.missing`, for which the guide supplies a
 * distribution of the value's whole shape, of independent numbers or a MultivariateNormal. Only the holes count in it. Gives the completed value.
 *
 * @throws GuideMismatch when a program is fitted and the guide's distribution has no part for the holes alone
 * @example
 * ```ts
 * const rows = plate("rows", (row: { readonly y: Missing<Tensor<[3]>> }) => imputed("y", Normal(0, 1).iid(3), row.y))
 * const guide = () => ({ rows: () => ({ "y.missing": Normal(param.row("y.loc", [3]), param.row.positive("y.scale", [3])) }) })
 * ```
 */
export const imputed = <const N extends string, D extends Dist>(
  name: N,
  dist: D,
  value: Missing<NoInfer<Value<D>>>
): Effect.Effect<Value<D>, never, Latent<`${N}.missing`, D> | Scored<N, D>> => {
  const base: Dist = dist
  return sited(
    Effect.withFiber((fiber) =>
      Effect.flatMap(Interpreter, (interpreter) => {
        const { value: numbers, seen } = partsOf<Tensor>(value, name)
        const isThere = tf.greater(seen, 0)
        const z = interpreter.site(
          {
            ...{
              kind: "sample",
              name: `${name}.missing`,
              value: undefined,
              scale: 1,
              mask: undefined,
              stream: undefined
            },
            dist: Masked(base, typed(tf.zeros(base.shape.slice(0, positionsOf(base))))),
            holes: typed(tf.cast(tf.logicalNot(isThere), "float32"))
          },
          fiber.id
        )
        return observe(name, base, typed(tf.where(isThere, numbers, z)))
      })
    )
  )
}

/** In the type these sites are those of the given distribution; at run time, of one made from it: see `asSite` in Site.ts. */
const sited = <A, R>(effect: Effect.Effect<unknown, never, unknown>): Effect.Effect<A, never, R> =>
  effect as Effect.Effect<A, never, never>

const together = (site: string, { family }: Dist): GuideMismatch =>
  new GuideMismatch({
    site,
    reason: `${family} says nothing of some numbers of a value alone. Use marginal for a MultivariateNormal, or imputed.`
  })
