import * as tf from "@tensorflow/tfjs"
import { NoClosedForm, ShapeMismatch } from "../../../Errors.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../../tensor/Tensor.ts"
import { mustBeDist, shown } from "../../arguments.ts"
import type { Product } from "../../combine/Product.ts"
import { type Dist, spread, total } from "../../Dist.ts"
import { isTransformed } from "../../Transformed.ts"
import { sameTransform } from "../../transform/Transform.ts"
import type { ClosedForm } from "./closedForm.ts"
import type { Divergence } from "./listed.ts"
import { sameMask, underMask, unmasked } from "./masked.ts"

/** A divergence of two distributions, or `undefined` where there is no closed form. */
export type OfPair = (q: Dist, p: Dist) => Tensor<readonly []> | undefined

/**
 * The divergence of two distributions, or the sum over the factors of two products.
 *
 * @throws NoClosedForm where there is none
 */
export const ofPair = (of: OfPair, symbol: Divergence, q: Dist | Product, p: Dist | Product): Tensor<readonly []> => {
  for (const [name, each] of Object.entries({ q, p })) if (!isProduct(each)) mustBeDist(`${symbol}.${name}`, each)
  if (!("factors" in q)) return found(of, symbol, q, p)
  const parts = Object.entries(q.factors).map(([name, factor]) =>
    found(of, symbol, factor, "factors" in p ? p.factors[name] : undefined)
  )
  return typed(tf.addN(parts))
}

const isProduct = (x: unknown): x is Product => typeof x === "object" && x !== null && "factors" in x

const found = (of: OfPair, symbol: Divergence, q: Dist, p: Dist | Product | undefined): Tensor<readonly []> => {
  const other = p === undefined || "factors" in p ? undefined : p
  const value = other && of(q, other)
  if (value !== undefined) return value
  throw new NoClosedForm({
    of: `${symbol}(${q.family}‖${other?.family ?? "another value"})`,
    reason: other === undefined ? "" : differenceOf(q, other),
    advice: symbol === "KL" ? "use klMonteCarlo" : ""
  })
}

/** The parameter that prevents a closed form: the families have one only for the same mask and the same count. An empty string if neither is the reason. */
const differenceOf = (q: Dist, p: Dist): string =>
  tf.tidy(() => {
    const [a, b] = [q.parameters(), p.parameters()]
    if (!sameMask(a, b)) return "under two masks: there is one under the same tensor as mask"
    const [ours, theirs] = [a["count"], b["count"]]
    if (q.family !== p.family || ours === theirs) return ""
    return `of counts ${shown(ours)} and ${shown(theirs)}: there is one for the same number, or the same tensor, as count of both`
  })

/** The closed form of each event of two distributions, summed over the events that are not masked out. */
export const overEvents = (form: ClosedForm | undefined, q: Dist, p: Dist): Tensor<readonly []> | undefined =>
  tf.tidy(() => {
    const value = ofEvents(form, q, p)
    return value === undefined ? undefined : total(value, positionsOf(q))
  })

/** The closed form of each event of two distributions: one number for each position, 0 for events that are masked out. */
export const atEvents = (form: ClosedForm | undefined, q: Dist, p: Dist): tf.Tensor | undefined =>
  tf.tidy(() => {
    const value = ofEvents(form, q, p)
    return value === undefined ? undefined : spread(value, positionsOf(q))
  })

const positionsOf = ({ shape, eventRank }: Dist): Shape => shape.slice(0, shape.length - eventRank)

const ofEvents = (form: ClosedForm | undefined, q: Dist, p: Dist): tf.Tensor | undefined => {
  const [a, b] = [q.parameters(), p.parameters()]
  const value = sameMask(a, b) ? form?.(a, b) : undefined
  return value === undefined ? undefined : underMask(value, a)
}

/** The row of a table for a pair of distributions. */
export const rowOf = <F>(rows: Readonly<Record<string, F>>, q: Dist, p: Dist): F | undefined =>
  rows[unmasked(q.family, p.family)]

/** Removes a transform that both sides have: a divergence does not change under the same bijection of both. */
export const withoutSharedTransform = (q: Dist, p: Dist): readonly [Dist, Dist] =>
  isTransformed(q) && isTransformed(p) && sameTransform(q.transform, p.transform) ? [q.base, p.base] : [q, p]

/** Refuses distributions of values of different shape. */
export const mustMatch = (where: string, q: Dist, p: Dist): void => {
  if (sameShape(q.shape, p.shape)) return
  throw new ShapeMismatch({ site: undefined, where, expected: p.shape, actual: q.shape })
}
