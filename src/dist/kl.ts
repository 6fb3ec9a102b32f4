import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import type { Key } from "../tensor/random.ts"
import { type Refused, sameShape, type Tensor, typed } from "../tensor/Tensor.ts"
import type { Product } from "./combine/Product.ts"
import { type Dist, total } from "./Dist.ts"
import type { ClosedForms } from "./kl/closedForm.ts"
import { sameMask, type Unmasked, underMask, unmasked } from "./kl/masked.ts"
import { table } from "./kl/table.ts"
import { type ToAny, toAny } from "./kl/toAny.ts"
import { isTransformed } from "./Transformed.ts"
import { sameTransform } from "./transform/Transform.ts"

/**
 * The pair of families whose divergence is asked: a transform without parameters under which both were bent is taken away. Of transforms with
 * parameters, `(…)`, a type does not know whether they are the same.
 */
type Unbent<Q extends string, P extends string> = [Q, P] extends [`${infer A} → ${infer S}`, `${infer B} → ${infer T}`]
  ? S extends `${string}(…)${string}`
    ? Unmasked<Q, P>
    : [S, T] extends [T, S]
      ? Unmasked<A, B>
      : Unmasked<Q, P>
  : Unmasked<Q, P>

/** `unknown` for a pair of families in the tables; otherwise what is wrong, in words. */
type InTable<Q extends Dist | Product, P extends Dist | Product> = [Q] extends [Dist]
  ? [P] extends [Dist]
    ? Q["family"] extends keyof typeof toAny
      ? unknown
      : Unbent<Q["family"], P["family"]> extends keyof typeof table
        ? unknown
        : Refused<`no closed form for KL(${Q["family"]}‖${P["family"]}): use klMonteCarlo`>
    : Refused<"a distribution and a product of several have no divergence">
  : [Q] extends [Product<infer A>]
    ? [P] extends [Product<infer B>]
      ? FactorsInTable<A, B>
      : Refused<"a distribution and a product of several have no divergence">
    : never

type FactorsInTable<A extends Product["factors"], B extends Product["factors"]> = [Unlisted<A, B>] extends [never]
  ? unknown
  : Refused<`no closed form for ${Unlisted<A, B>}`>
/** Those factors of two products that do not go together. */
type Unlisted<A extends Product["factors"], B extends Product["factors"]> = {
  readonly [K in (keyof A | keyof B) & string]: K extends keyof A & keyof B
    ? Unmasked<A[K]["family"], B[K]["family"]> extends keyof typeof table
      ? never
      : `${K}, KL(${A[K]["family"]}‖${B[K]["family"]})`
    : `${K}, which only one of them has`
}[(keyof A | keyof B) & string]

/**
 * The Kullback–Leibler divergence KL(q‖p) = E_q[log q(x) − log p(x)] in nats, in closed form. A pair of families without one does not compile.
 * Two products of the same names have the sum of their factors' divergences, two distributions under one mask that of the events that count.
 * Two distributions that went through the same transform have the divergence that they had before.
 *
 * @example
 * ```ts
 * klDivergence(Normal(1, 1), Normal(0, 1)) // => 0.5
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; RangeError when only other parameters of the two families
 * have a closed form (binomial laws of unequal counts)
 */
export const klDivergence = <Q extends Dist | Product, P extends Dist | Product>(
  q: Q,
  p: P & InTable<Q, P>
): Tensor<readonly []> => {
  if (!("factors" in q)) return mustHaveKl(q, p)
  const parts = Object.entries(q.factors).map(([name, factor]) =>
    mustHaveKl(factor, "factors" in p ? p.factors[name] : undefined)
  )
  return typed(tf.addN(parts))
}

const mustHaveKl = (q: Dist, p: Dist | Product | undefined): Tensor<readonly []> => {
  const value = p === undefined || "factors" in p ? undefined : closedKl(q, p)
  if (value !== undefined) return value
  const against = p === undefined || "factors" in p ? "another value" : p.family
  throw new RangeError(`no closed form for KL(${q.family}‖${against}): use klMonteCarlo`)
}

/**
 * An unbiased estimate of KL(q‖p) in nats for any two distributions of one shape: the mean of log q(x) − log p(x) over `n` draws from q.
 *
 * @example
 * ```ts
 * klMonteCarlo(LogNormal(0, 1), LogNormal(0, 1), Key.of(1), 100) // => 0
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; SupportViolation when n is not a whole number from 1
 */
export const klMonteCarlo = (q: Dist, p: Dist, key: Key, n: number): Tensor<readonly []> => {
  mustMatch("klMonteCarlo", q, p)
  const { value, logProb } = q.iid(n).sampleAndLogProb(key)
  return typed(tf.div(tf.sub(logProb, p.iid(n).logProb(value)), n))
}

/** A divergence does not change when both sides go through the same bijection, so that it may be taken away. */
const unbent = (q: Dist, p: Dist): readonly [Dist, Dist] =>
  isTransformed(q) && isTransformed(p) && sameTransform(q.transform, p.transform) ? [q.base, p.base] : [q, p]

/** Whether the tables have a closed form for a pair. */
export const hasKl = (given: Dist, prior: Dist): boolean => {
  const [q, p] = unbent(given, prior)
  return q.family in toAny || (unmasked(q.family, p.family) in table && sameMask(q.parameters(), p.parameters()))
}

/** KL(q‖p) in closed form, or `undefined` for a pair that has none: families that are known at run time only, or parameters at which there is none. */
export const closedKl = (given: Dist, prior: Dist): Tensor<readonly []> | undefined => {
  mustMatch("klDivergence", given, prior)
  const [q, p] = unbent(given, prior)
  const fromOne: Readonly<Record<string, ToAny>> = toAny
  const cross = fromOne[q.family]
  if (cross !== undefined) return typed(cross(q, p))
  const rows: Partial<ClosedForms> = table
  const closedForm = rows[unmasked(q.family, p.family)]
  const positions = q.shape.slice(0, q.shape.length - q.eventRank)
  const [a, b] = [q.parameters(), p.parameters()]
  const value = sameMask(a, b) ? closedForm?.(a, b) : undefined
  return value === undefined ? undefined : total(underMask(value, a), positions)
}

const mustMatch = (where: string, q: Dist, p: Dist): void => {
  if (sameShape(q.shape, p.shape)) return
  throw new ShapeMismatch({ site: undefined, where, expected: p.shape, actual: q.shape })
}
